#include "forecast/features.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

float at(const FeatureRow& row, Feature feature) { return row[static_cast<std::size_t>(feature)]; }

/// Ten days from a Monday: 4 on the first day, 8 on the sixth, 2 on the last; closed on the third.
Series tiny_series() {
  std::vector<OwnedRow> rows;
  const auto sell = [&](const char* product, int day, double quantity, double price) {
    rows.push_back({.product_id = product,
                    .category = "x",
                    .day = {kMonday.number + day},
                    .quantity = quantity,
                    .orders = 1,
                    .price = price,
                    .views = quantity * 10});
  };
  sell("A", 0, 4, 3);
  sell("A", 5, 8, 3);
  sell("A", 9, 2, 1.5);
  for (int day = 0; day < 10; ++day) {
    if (day != 2) {
      sell("B", day, 1, 1);
    }
  }
  return series_of(rows);
}

TEST(Features, by_hand_on_a_tiny_series) {
  const Series series = tiny_series();
  FeatureReader reader(series, 9);
  reader.select(0);
  FeatureRow row;
  reader.read(1, row);
  EXPECT_FLOAT_EQ(at(row, Feature::mean_7), 10 / 7.F);
  EXPECT_FLOAT_EQ(at(row, Feature::mean_14), 1.4F);  // its life is ten days
  EXPECT_FLOAT_EQ(at(row, Feature::mean_182), 1.4F);
  EXPECT_FLOAT_EQ(at(row, Feature::deviation_91), std::sqrt((16 + 64 + 4) / 10.F - 1.96F));
  EXPECT_FLOAT_EQ(at(row, Feature::lag_0), 2);
  EXPECT_FLOAT_EQ(at(row, Feature::lag_1), 0);
  EXPECT_FLOAT_EQ(at(row, Feature::orders_28), 0.3F);
  EXPECT_FLOAT_EQ(at(row, Feature::sold_share_28), 0.3F);
  EXPECT_FLOAT_EQ(at(row, Feature::log_mean_91), (std::log(5.F) + std::log(9.F) + std::log(3.F)) / 10);
  EXPECT_FLOAT_EQ(at(row, Feature::days_since_sale), 0);
  EXPECT_FLOAT_EQ(at(row, Feature::age_days), 10);
  EXPECT_FLOAT_EQ(at(row, Feature::price), 1.5F);
  EXPECT_FLOAT_EQ(at(row, Feature::price_ratio_28), 1.5F / ((9 * 3 + 1.5F) / 10));
  EXPECT_FLOAT_EQ(at(row, Feature::views_28), 14);
  EXPECT_FLOAT_EQ(at(row, Feature::carts_28), 0);
  // Day 10 is a Thursday; the last one, day 3, sold nothing of A. Wednesdays are open every second time (day 2, 9).
  EXPECT_FLOAT_EQ(at(row, Feature::weekday), 3);
  EXPECT_FLOAT_EQ(at(row, Feature::weekday_last), 0);
  EXPECT_FLOAT_EQ(at(row, Feature::shop_weekday_open), 1);
  EXPECT_FLOAT_EQ(at(row, Feature::horizon), 1);
  EXPECT_FLOAT_EQ(at(row, Feature::day_of_month), 11);
  EXPECT_FLOAT_EQ(at(row, Feature::last_year_21), 0);
  // Smoothed over the nine open days, newest first.
  double sum = 0;
  double weights = 0;
  double weight = 1;
  for (const double sold : {2., 0., 0., 0., 8., 0., 0., 0., 4.}) {
    sum += weight * sold;
    weights += weight;
    weight *= 0.9;
  }
  EXPECT_FLOAT_EQ(at(row, Feature::smoothed_fast), static_cast<float>(sum / weights));

  reader.read(7, row);  // Wednesday
  EXPECT_FLOAT_EQ(at(row, Feature::weekday), 2);
  EXPECT_FLOAT_EQ(at(row, Feature::weekday_last), 2);
  EXPECT_FLOAT_EQ(at(row, Feature::weekday_mean_4), 1);
  EXPECT_FLOAT_EQ(at(row, Feature::shop_weekday_open), 0.5F);
}

TEST(Features, last_years_windows_lie_fifty_two_weeks_before_the_target) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 600; ++day) {
    rows.push_back({.product_id = "A",
                    .category = "x",
                    .day = {kMonday.number + day},
                    .quantity = day >= 240 && day < 247 ? 10. : 1.,
                    .orders = 1});
  }
  const Series series = series_of(rows);
  FeatureReader reader(series, 599);
  reader.select(0);
  FeatureRow row;
  reader.read(8, row);  // the target is day 607, a year before it is day 243
  EXPECT_FLOAT_EQ(at(row, Feature::last_year_7), 10);
  EXPECT_FLOAT_EQ(at(row, Feature::last_year_21), (7 * 10 + 14) / 21.F);
  EXPECT_FLOAT_EQ(at(row, Feature::last_year_ratio), (4 + 0.1F) / (1 + 0.1F));
  EXPECT_GT(at(row, Feature::month), 0);
}

/// Everything after the origin is changed: values, prices, categories; rows are added and taken away.
std::vector<OwnedRow> with_another_future(std::vector<OwnedRow> rows, Day origin, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::erase_if(rows, [&](const OwnedRow& row) { return row.day > origin && generator() % 4 == 0; });
  const auto draw = [&](std::uint32_t below) { return static_cast<double>(generator() % below); };
  const std::size_t count = rows.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (rows[i].day > origin) {
      rows[i].quantity = draw(1000);
      rows[i].orders = draw(10);
      rows[i].price = draw(50);
      rows[i].views = draw(500);
      rows[i].category = generator() % 2 == 0 ? "Home" : "Toys";
      OwnedRow added = rows[i];
      added.carts = 77;
      added.returned = 9;
      rows.push_back(added);
    }
  }
  return rows;
}

TEST(Features, nothing_after_the_origin_changes_any_of_them_by_a_bit) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    const std::vector<OwnedRow> rows = shop_rows(12, 620, seed);
    const Day last{kMonday.number + 619};
    const Series series = series_of(rows, last);
    for (const int origin : {9, 60, 200, 560}) {
      const Series other = series_of(with_another_future(rows, series.day(origin), seed + 10), last);
      ASSERT_NE(series.content_hash(), other.content_hash());
      FeatureReader reader(series, origin);
      FeatureReader other_reader(other, origin);
      for (int product = 0; product < series.products(); ++product) {
        if (!is_alive(series, product, origin + 1)) {
          continue;
        }
        reader.select(product);
        other_reader.select(*other.find(series.product_id(product)));
        for (int horizon = 1; horizon <= 7; ++horizon) {
          FeatureRow row;
          FeatureRow other_row;
          reader.read(horizon, row);
          other_reader.read(horizon, other_row);
          for (std::size_t i = 0; i < kFeatures; ++i) {
            EXPECT_EQ(std::bit_cast<std::uint32_t>(row[i]), std::bit_cast<std::uint32_t>(other_row[i]))
                << to_string(static_cast<Feature>(i)) << " at " << origin << ": " << row[i] << ", " << other_row[i];
            EXPECT_TRUE(std::isfinite(row[i])) << to_string(static_cast<Feature>(i));
          }
        }
      }
    }
  }
}

TEST(Features, are_finite_on_the_first_day_of_a_product_that_gave_away_a_single_piece) {
  const Series series = series_of({{.product_id = "A", .category = "x", .day = kMonday, .quantity = 1}});
  FeatureReader reader(series, 0);
  reader.select(0);
  FeatureRow row;
  for (int horizon = 1; horizon <= FeatureReader::kHorizonMax; ++horizon) {
    reader.read(horizon, row);
    for (std::size_t i = 0; i < kFeatures; ++i) {
      EXPECT_TRUE(std::isfinite(row[i])) << to_string(static_cast<Feature>(i));
    }
    EXPECT_GT(reader.expected(horizon), 0);
  }
}

}  // namespace
}  // namespace millrace
