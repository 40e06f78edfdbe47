// The checks of price and quantity at their edges.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "event/rules_testing.h"

namespace millrace {
namespace {

using rules_testing::Change;
using rules_testing::check;
using rules_testing::Checked;
using rules_testing::expect_rejected;
using rules_testing::json;
using rules_testing::text;

TEST(RulesNumber, read_a_price_from_a_number_or_a_string_exactly) {
  const std::string longest = "0." + std::string(62, '1');
  const struct {
    std::string_view value;
    std::string_view price;
  } kPrices[] = {
      {"299.99", "299.9900"},
      {"0", "0.0000"},
      {"-0", "0.0000"},
      {"-0.0", "0.0000"},
      {"-0e5", "0.0000"},
      {"1E+2", "100.0000"},
      {"1e-4", "0.0001"},
      {"12.34564", "12.3456"},
      {"12.34565", "12.3457"},
      {"12.345649999", "12.3456"},
      {"0.00005", "0.0001"},
      {"0.00004999", "0.0000"},
      {"1e-7", "0.0000"},
      {"1e-999", "0.0000"},
      {"0e999", "0.0000"},
      {"0e-999", "0.0000"},
      {"9999999.99994", "9999999.9999"},
      {"9999999999.9999", "9999999999.9999"},
      {"9999999999.99994", "9999999999.9999"},
      {"99999999999999e-4", "9999999999.9999"},
      {"0.00000000000000000001e20", "1.0000"},
      {longest, "0.1111"},
  };
  for (const auto& [value, price] : kPrices) {
    const std::vector<Change> one = {{Field::quantity, text("1")}};
    const Checked as_text = check({{Field::price, text(value)}, one.front()});
    const Checked as_number = check({{Field::price, json(value)}, one.front()});
    ASSERT_TRUE(as_text.valid()) << value;
    ASSERT_TRUE(as_number.valid()) << value;
    EXPECT_EQ(to_string(as_text.event.price), price) << value;
    EXPECT_EQ(to_string(as_number.event.price), price) << value;
    EXPECT_EQ(as_text.event.revenue, as_text.event.price);
  }
  EXPECT_EQ(to_string(check({{Field::price, text("007.50")}}).event.price), "7.5000") << "leading zeros in a string";
  EXPECT_EQ(to_string(check({{Field::price, text("000")}}).event.price), "0.0000");
  EXPECT_EQ(to_string(check({{Field::price, text(std::string(60, '0') + "1.50")}}).event.price), "1.5000");
}

TEST(RulesNumber, refuse_a_price_that_is_none) {
  for (const std::string& value : {
           std::string("-0.01"),
           std::string("-5"),
           std::string("-1e-999"),
           std::string("-0.00001"),
           std::string("NaN"),
           std::string("inf"),
           std::string("abc"),
           std::string(""),
           std::string("12,50"),
           std::string("+1"),
           std::string(".5"),
           std::string("5."),
           std::string(" 1"),
           std::string("1 "),
           std::string("1e"),
           std::string("1e+"),
           std::string("1e-"),
           std::string("e1"),
           std::string("0x10"),
           std::string("1_0"),
           std::string("--1"),
           std::string("-"),
           std::string("1.2.3"),
           std::string("1e1.5"),
           std::string("\xD9\xA1"),
           std::string("1\0", 2),
           std::string("$1"),
           std::string("10000000000"),
           std::string("1e10"),
           std::string("9999999999.99995"),
           std::string("9999999999.999951"),
           std::string("99999999999999999999"),
           std::string("1e400"),
           std::string("1e999"),
           std::string("1e1000"),
           std::string("0e1000"),
           std::string("1e-1000"),
           std::string("0e-1000"),
           std::string("1e99999999999999999999"),
           std::string(65, '1'),
           "0." + std::string(63, '1'),
           std::string(65, '0'),
           "1" + std::string(63, '0'),
       }) {
    expect_rejected({{Field::price, text(value)}}, Outcome::bad_price, Field::price);
    expect_rejected({{Field::price, json(value)}}, Outcome::bad_price, Field::price);
  }
  for (const char* const value : {"true", "false", "{}", "[]", "[1]", "{\"amount\":1}"}) {
    expect_rejected({{Field::price, json(value)}}, Outcome::bad_price, Field::price);
  }
}

TEST(RulesNumber, read_an_integral_quantity_in_every_form) {
  const struct {
    std::string_view value;
    std::int32_t quantity;
  } kQuantities[] = {{"1", 1},
                     {"2", 2},
                     {"2.0", 2},
                     {"2.000000", 2},
                     {"1e0", 1},
                     {"0.2e1", 2},
                     {"20e-1", 2},
                     {"1e6", 1'000'000},
                     {"1E+6", 1'000'000},
                     {"1000000", 1'000'000},
                     {"1000000.0", 1'000'000},
                     {"999999", 999'999},
                     {"0.000001e6", 1},
                     {"1000000e-6", 1}};
  for (const auto& [value, quantity] : kQuantities) {
    const Checked as_text = check({{Field::quantity, text(value)}});
    const Checked as_number = check({{Field::quantity, json(value)}});
    ASSERT_TRUE(as_text.valid()) << value;
    ASSERT_TRUE(as_number.valid()) << value;
    EXPECT_EQ(as_text.event.quantity, quantity) << value;
    EXPECT_EQ(as_number.event.quantity, quantity) << value;
    EXPECT_EQ(as_text.event.revenue.ticks, 2'999'900 * std::int64_t{quantity}) << value;
  }
  EXPECT_EQ(check({{Field::quantity, text("0003")}}).event.quantity, 3);
}

TEST(RulesNumber, refuse_a_quantity_that_is_none) {
  for (const std::string& value : {
           std::string("0"),
           std::string("-0"),
           std::string("0.0"),
           std::string("-1"),
           std::string("-3"),
           std::string("2.5"),
           std::string("0.5"),
           std::string("1.0000001"),
           std::string("1e-1"),
           std::string("1000001"),
           std::string("1000000.5"),
           std::string("1e7"),
           std::string("9999999999"),
           std::string("1e18"),
           std::string("1e999"),
           std::string("1e-999"),
           std::string("1e1000"),
           std::string("18446744073709551617"),
           std::string("4294967297"),
           std::string(""),
           std::string("two"),
           std::string("1."),
           std::string("+1"),
           std::string(" 1"),
           std::string("0x1"),
           std::string("1,0"),
           "1." + std::string(61, '0') + "1",
           std::string(65, '1'),
           "1." + std::string(63, '0'),
       }) {
    expect_rejected({{Field::quantity, text(value)}}, Outcome::bad_quantity, Field::quantity);
    expect_rejected({{Field::quantity, json(value)}}, Outcome::bad_quantity, Field::quantity);
  }
  EXPECT_TRUE(check({{Field::quantity, text("1." + std::string(62, '0'))}}).valid()) << "64 bytes";
  for (const char* const value : {"true", "false", "{}", "[1]"}) {
    expect_rejected({{Field::quantity, json(value)}}, Outcome::bad_quantity, Field::quantity);
  }
}

TEST(RulesNumber, bound_price_times_quantity_after_rounding_the_price) {
  const auto both = [](std::string_view price, std::string_view quantity) {
    return std::vector<Change>{{Field::price, text(price)}, {Field::quantity, text(quantity)}};
  };
  const Checked largest = check(both("99999999.9999", "1000000"));
  ASSERT_TRUE(largest.valid());
  EXPECT_EQ(to_string(largest.event.revenue), "99999999999900.0000");
  EXPECT_TRUE(check(both("99999999.99994", "1000000")).valid());
  EXPECT_TRUE(check(both("9999999999.9999", "10000")).valid());
  EXPECT_EQ(to_string(check(both("9999999999.9999", "10000")).event.revenue), "99999999999999.0000");
  expect_rejected(both("99999999.99995", "1000000"), Outcome::bad_quantity, Field::quantity);
  expect_rejected(both("100000000", "1000000"), Outcome::bad_quantity, Field::quantity);
  expect_rejected(both("9999999999.9999", "10001"), Outcome::bad_quantity, Field::quantity);
  expect_rejected(both("9999999999.9999", "1000000"), Outcome::bad_quantity, Field::quantity);
}

}  // namespace
}  // namespace millrace
