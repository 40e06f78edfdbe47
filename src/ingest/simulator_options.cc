#include "ingest/simulator_options.h"

#include <string_view>

#include "base/format.h"

namespace millrace {
namespace {

/// An option and the closed interval that it must lie in; a NaN lies in none.
struct Bounds {
  std::string_view name;
  double value;
  double min;
  double max;
};

}  // namespace

Result<void> validate(const SimulatorOptions& o) {
  const Bounds all[] = {
      {"products", static_cast<double>(o.products), 1, 100'000},
      {"users", static_cast<double>(o.users), 1, 1e9},
      {"zipf exponent", o.zipf_exponent, 0, 2},
      {"price change days", o.price_change_days, 7, 3'650},
      {"promotion rate", o.promotion_rate, 0, 0.15},  // one promotion of 3 to 10 days in 5 weeks is at most 18 %
      {"stock-out rate", o.stock_out_rate, 0, 0.10},
      {"cart chance", o.cart_chance, 0, 1},
      {"order chance", o.order_chance, 0, 1},
      {"browse chance", o.browse_chance, 0, 0.99},
      {"return chance", o.return_chance, 0, 1},
      {"trend per year", o.trend_per_year, -0.9, 9},
      {"yearly strength", o.yearly_strength, 0, 1},
      {"weekly strength", o.weekly_strength, 0, 1},
      {"daily strength", o.daily_strength, 0, 1},
      {"day noise", o.day_noise, 0, 0.3},
      {"duplicate rate", o.duplicate_rate, 0, 0.9},
      {"late rate", o.late_rate, 0, 0.9},
      {"bad rate", o.bad_rate, 0, 0.9},
      {"sum of the duplicate, late and bad rates", o.duplicate_rate + o.late_rate + o.bad_rate, 0, 0.9},
      {"disorder in seconds", static_cast<double>(o.disorder.us) / 1e6, 0, 3'600},
      {"lateness in seconds", static_cast<double>(o.lateness.us) / 1e6, 0, 30 * 86'400},
  };
  for (const Bounds& option : all) {
    if (!(option.value >= option.min && option.value <= option.max)) {
      return fail(Fault::invalid, format("the simulator's {} must be from {} to {}: {}", option.name, option.min,
                                         option.max, option.value));
    }
  }
  return {};
}

}  // namespace millrace
