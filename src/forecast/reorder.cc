#include "forecast/reorder.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.h"

namespace millrace {
namespace {

constexpr double kDaysOfForecast = 7;
constexpr double kRounding = 1e-6;  // sums of floats that are whole up to this are whole

std::int64_t whole_pieces(double pieces) { return static_cast<std::int64_t>(std::ceil(pieces - kRounding)); }

}  // namespace

double normal_quantile(double share) {
  CHECK(share > 0 && share < 1);
  double low = -10;
  double high = 10;
  for (int step = 0; step < 60; ++step) {  // halves 20 down to less than a double can tell
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < share ? low : high) = middle;
  }
  return (low + high) / 2;
}

Reorder reorder_of(double week, const Quantiles& quantiles, const ReorderRules& rules,
                   std::optional<std::int64_t> stock) {
  const double days = rules.lead_time_days;
  const double spread = std::max(0.0, static_cast<double>(quantiles[2] - quantiles[1])) / normal_quantile(0.9);
  Reorder reorder{.lead_time_demand = week * days / kDaysOfForecast,
                  .safety_stock = normal_quantile(rules.service_level) * spread * std::sqrt(days / kDaysOfForecast),
                  .reorder_point = 0,
                  .order_quantity = 0};
  reorder.reorder_point = whole_pieces(reorder.lead_time_demand + reorder.safety_stock);
  const std::int64_t present = stock.value_or(reorder.reorder_point);
  if (present <= reorder.reorder_point) {
    reorder.order_quantity = whole_pieces(week * rules.order_days / kDaysOfForecast) + reorder.reorder_point - present;
  }
  return reorder;
}

}  // namespace millrace
