#include "ingest/simulator_options.h"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

void expect_refused(const SimulatorOptions& options, std::string_view name) {
  const Result<void> result = validate(options);
  ASSERT_FALSE(result) << name;
  EXPECT_EQ(result.error().fault, Fault::invalid);
  EXPECT_NE(result.error().message.find(name), std::string::npos) << result.error().message;
}

TEST(SimulatorOptions, the_defaults_are_valid) { EXPECT_TRUE(validate({})); }

TEST(SimulatorOptions, the_limits_themselves_are_valid) {
  SimulatorOptions options;
  options.products = 1;
  options.users = 1;
  options.promotion_rate = 0.15;
  options.stock_out_rate = 0.10;
  options.duplicate_rate = 0.9;
  options.late_rate = 0;
  options.bad_rate = 0;
  options.disorder = {};
  EXPECT_TRUE(validate(options));
}

TEST(SimulatorOptions, what_is_out_of_bounds_is_named_with_its_value) {
  expect_refused({.products = 0}, "the simulator's products must be from 1 to 100000: 0");
  expect_refused({.users = -1}, "users");
  expect_refused({.zipf_exponent = 2.5}, "zipf exponent");
  expect_refused({.promotion_rate = 0.2}, "promotion rate must be from 0 to 0.15: 0.2");
  expect_refused({.stock_out_rate = -0.1}, "stock-out rate");
  expect_refused({.cart_chance = 1.1}, "cart chance");
  expect_refused({.browse_chance = 1}, "browse chance");
  expect_refused({.day_noise = 1}, "day noise");
  expect_refused({.bad_rate = std::nan("")}, "bad rate");
  expect_refused({.disorder = seconds(-1)}, "disorder");
  expect_refused({.lateness = kDay * 31}, "lateness");
}

TEST(SimulatorOptions, rates_that_leave_no_room_for_good_events_are_refused) {
  expect_refused({.duplicate_rate = 0.4, .late_rate = 0.4, .bad_rate = 0.4}, "sum of the duplicate, late and bad");
}

}  // namespace
}  // namespace millrace
