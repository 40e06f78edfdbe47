// How much to buy, and when: the reorder point and the quantity of a product, from its forecast of a week.
//
// While an order is on its way (the lead time) the shop sells from what it has. The reorder point is the demand
// expected in that time and a safety stock for more than that: stock that falls to it is ordered again, and lasts in
// the share of order cycles that the service level names. The forecast of a week's total gives both: its mean a day,
// and its spread (P90 − P50 over the same distance of a normal distribution), which grows with the root of the days.
// The quantity is the demand of the days that an order shall last, and what is missing up to the reorder point. Whole
// pieces, rounded up. Source: E. Silver, D. Pyke & R. Thomas, "Inventory and Production Management in Supply Chains",
// 4th ed., ch. 6. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "forecast/model.h"

namespace millrace {

struct ReorderRules {
  int lead_time_days = 7;
  double service_level = 0.95;  // in (0.5, 1): the share of cycles without an empty shelf
  int order_days = 14;          // that an order shall last
};

struct Reorder {
  double lead_time_demand;      // pieces, the mean
  double safety_stock;          // pieces
  std::int64_t reorder_point;   // pieces
  std::int64_t order_quantity;  // pieces, now: 0 where the stock is above the reorder point
};

/// `week` is the mean, `quantiles` are those of the total of seven days. Without a known stock the quantity is that of
/// a product at its reorder point.
Reorder reorder_of(double week, const Quantiles& quantiles, const ReorderRules& rules,
                   std::optional<std::int64_t> stock);

/// The distance from the middle of a standard normal distribution below which a share of it lies. Precondition: 0 <
/// share < 1.
double normal_quantile(double share);

}  // namespace millrace
