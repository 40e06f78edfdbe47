// For tests: small shops as series.
//
// Thread rule: pure functions.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "forecast/calendar.h"
#include "forecast/series.h"

namespace millrace {

/// A row that owns its texts, so that rows can be kept, shuffled and changed.
struct OwnedRow {
  std::string product_id;
  std::string category;
  Day day;
  double quantity = 0;
  double orders = 0;
  double price = 0;
  double views = 0;
  double carts = 0;
  double returned = 0;

  SalesRow view() const {
    return {.product_id = product_id,
            .category = category,
            .day = day,
            .quantity = quantity,
            .revenue = quantity * price,
            .orders = orders,
            .average_price = price,
            .views = views,
            .carts = carts,
            .returned_quantity = returned};
  }
};

inline Series series_of(const std::vector<OwnedRow>& rows, std::optional<Day> last = {}) {
  SeriesBuilder builder;
  for (const OwnedRow& row : rows) {
    CHECK(builder.add(row.view()).has_value());
  }
  auto series = builder.build(last);
  CHECK(series.has_value());
  return *std::move(series);
}

/// 2024-01-01, a Monday.
inline const Day kMonday = day_from_civil({.year = 2024, .month = 1, .day = 1});

/// The same every day, on days [begin, end).
inline std::vector<OwnedRow> daily_rows(const std::string& product, int begin, int end, double quantity) {
  std::vector<OwnedRow> rows;
  for (int day = begin; day < end; ++day) {
    rows.push_back({.product_id = product, .category = "x", .day = {kMonday.number + day}, .quantity = quantity});
  }
  return rows;
}

/// A shop that is closed on Sundays and busy on Fridays; product i sells about `level` × (i % 7 + 1) / 4 a day, starts
/// on day 3 × (i % 11), has a price of its own, views and carts.
inline std::vector<OwnedRow> shop_rows(int products, int days, std::uint32_t seed, double level = 4) {
  std::mt19937 generator(seed);
  std::vector<OwnedRow> rows;
  const double factors[] = {1, 0.9, 1, 1.1, 1.6, 0.7, 0};
  for (int product = 0; product < products; ++product) {
    for (int day = 3 * (product % 11); day < days; ++day) {
      const Day date{kMonday.number + day};
      const double mean = level * (product % 7 + 1) / 4 * factors[weekday_of(date)];
      // A draw by hand: the standard distributions differ between libraries.
      double left = mean;
      int sold = 0;
      while (left > 0) {
        left += std::log((static_cast<double>(generator()) + 1) / 4294967297.0);
        sold += left > 0 ? 1 : 0;
      }
      if (sold > 0) {
        rows.push_back({.product_id = format("P{:03}", product),
                        .category = product % 3 == 0 ? "Home" : "Toys",
                        .day = date,
                        .quantity = static_cast<double>(sold),
                        .orders = static_cast<double>(sold + 1) / 2,
                        .price = 1.5 + product + (day % 30 < 5 ? -0.5 : 0.0),
                        .views = sold * 5.0,
                        .carts = sold * 2.0,
                        .returned = day % 17 == 0 ? 1.0 : 0.0});
      }
    }
  }
  return rows;
}

}  // namespace millrace
