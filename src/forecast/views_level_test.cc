#include "forecast/views_level.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/level.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

/// Ten products whose demand moves and doubles on day 130; a tenth of the views buys one piece, or views have nothing
/// to do with what is sold.
std::vector<OwnedRow> viewed_shop(bool views_tell, int days, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto scattered = [&random](double mean) {
    return std::floor(mean * (0.4 + 1.2 * static_cast<double>(random() % 1000) / 1000) + 0.5);
  };
  std::vector<OwnedRow> rows;
  for (int product = 0; product < 10; ++product) {
    for (int day = 0; day < days; ++day) {
      const double mean = (5.0 + product) * (day >= 130 ? 2 : 1) * (1 + 0.5 * std::sin((day + 9 * product) / 20.0));
      const double units = std::max(1.0, scattered(mean));
      const double views = views_tell ? std::floor(mean * 10) : 10.0 + static_cast<double>(random() % 400);
      rows.push_back({.product_id = format("P{}", product),
                      .category = "x",
                      .day = {kMonday.number + day},
                      .quantity = units,
                      .orders = units,
                      .price = 10,
                      .views = views});
    }
  }
  return rows;
}

std::optional<double> level_of(const Series& series, int product, int end) {
  return level_by_views(series, product, end, PriceEffects(series, product, end, {}));
}

TEST(ViewsLevel, is_the_views_of_two_weeks_times_what_a_view_was_worth) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 91; ++day) {
    rows.push_back({.product_id = "A",
                    .category = "x",
                    .day = {kMonday.number + day},
                    .quantity = 2,
                    .orders = 2,
                    .price = 10,
                    .views = day < 77 ? 20.0 : 40.0});
  }
  const auto level = level_of(series_of(rows), 0, 91);
  ASSERT_TRUE(level);
  EXPECT_DOUBLE_EQ(*level, 40 * (91 * 2.0) / (77 * 20 + 14 * 40));
}

TEST(ViewsLevel, says_nothing_where_little_was_seen) {
  EXPECT_FALSE(level_of(series_of(viewed_shop(true, 20, 1)), 0, 20)) << "too few days";
  std::vector<OwnedRow> rows = viewed_shop(true, 100, 1);
  for (OwnedRow& row : rows) {
    row.views = 1;
  }
  EXPECT_FALSE(level_of(series_of(rows), 0, 100)) << "too few views";
}

TEST(ViewsLevel, counts_as_far_as_it_helped_the_shop) {
  EXPECT_GE(find_views_weight(series_of(viewed_shop(true, 170, 1)), 170, {}), 0.75);
  EXPECT_EQ(find_views_weight(series_of(viewed_shop(false, 170, 1)), 170, {}), 0);
  std::vector<OwnedRow> rows = viewed_shop(true, 170, 1);
  for (OwnedRow& row : rows) {
    row.views = 0;
  }
  EXPECT_EQ(find_views_weight(series_of(rows), 170, {}), 0);
}

TEST(ViewsLevel, reads_no_day_from_the_end_on) {
  std::vector<OwnedRow> rows = viewed_shop(true, 170, 1);
  const double weight = find_views_weight(series_of(rows), 150, {});
  const auto level = level_of(series_of(rows), 3, 150);
  for (OwnedRow& row : rows) {
    row.views *= row.day.number >= kMonday.number + 150 ? 9 : 1;
    row.quantity *= row.day.number >= kMonday.number + 150 ? 3 : 1;
  }
  EXPECT_EQ(find_views_weight(series_of(rows), 150, {}), weight);
  EXPECT_EQ(level_of(series_of(rows), 3, 150), level);
}

TEST(ViewsLevel, moves_the_level_by_its_weight) {
  const Series series = series_of(viewed_shop(true, 150, 1));
  const double by_units = LevelReader(series, 150).level(4);
  const auto by_views = level_of(series, 4, 150);
  ASSERT_TRUE(by_views);
  EXPECT_NEAR(LevelReader(series, 150, {.views_weight = 0.5}).level(4), (by_units + *by_views) / 2, 1e-9);
}

}  // namespace
}  // namespace millrace
