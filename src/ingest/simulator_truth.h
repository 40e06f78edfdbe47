// The truth behind a simulated run, as CSV: what is expected of each product on each day, and why.
//
// One row for each product and each day with a view. `expected_demand` is how many units would be ordered on average
// were the product in stock, given how many views the day had; `expected_sales` is what the stock allows of it. Orders
// of the same day differ from it by chance alone (and by the few visits that cross midnight).
// Columns: date, product_id, category, list_price, price, discount_percent, in_stock, expected_views,
// expected_demand, expected_sales, day_chance (the part of it that nobody could know on the evening before: a factor of
// the whole shop's day). Days are UTC days.
// Errors: the file's. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "base/result.h"
#include "ingest/simulator_shop.h"

namespace millrace {

struct ExpectedDay {
  double views;
  double demand;  // units
  double sales;   // units
};

/// What is expected of a product on a day with `day_views` views, whose products' view weights sum to `weight_sum`.
ExpectedDay expected_of(const SimulatorOptions& options, const ProductDay& product, std::int64_t day_views,
                        std::uint64_t weight_sum);

/// Replaces the file, whole or not at all. `views` is Simulator::views().
Result<void> write_truth(const std::filesystem::path& path, const Shop& shop, const std::map<Day, std::int64_t>& views);

/// The promotions that begin on the days [first, end), for `ml.promotions`: a row for each run of days with one price,
/// announced two weeks before. Columns: product_id, first_day, last_day, price, known_since.
Result<void> write_promotions(const std::filesystem::path& path, const Shop& shop, Day first, Day end);

}  // namespace millrace
