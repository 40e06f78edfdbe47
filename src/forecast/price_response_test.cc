#include "forecast/price_response.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/level.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

/// Products with promotions of a week now and then, whose demand follows price^-elasticity; `noise` is multiplied on.
std::vector<OwnedRow> promoted_shop(double elasticity, int days, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<OwnedRow> rows;
  for (int product = 0; product < 12; ++product) {
    for (int day = 0; day < days; ++day) {
      const bool promoted = (day + 11 * product) % 40 < 6;
      const double mean = (4.0 + product) * (promoted ? std::pow(0.75, -elasticity) : 1);
      const double units = std::floor(mean * (0.5 + static_cast<double>(random() % 1000) / 1000) + 0.5);
      if (units > 0) {
        rows.push_back({.product_id = format("P{:02}", product),
                        .category = "x",
                        .day = {kMonday.number + day},
                        .quantity = units,
                        .orders = units,
                        .price = promoted ? 7.5 : 10.0});
      }
    }
  }
  return rows;
}

TEST(PriceResponse, finds_the_elasticity_that_a_shop_has) {
  for (const double elasticity : {0.0, 1.0, 2.0, 3.0}) {
    EXPECT_NEAR(find_price_response(series_of(promoted_shop(elasticity, 300, 3)), 300).elasticity, elasticity, 0.5)
        << elasticity;
  }
}

TEST(PriceResponse, is_none_without_prices_or_history) {
  EXPECT_FALSE(find_price_response(series_of(shop_rows(5, 40, 1)), 40).has_price_response());
  std::vector<OwnedRow> rows = promoted_shop(2, 200, 3);
  for (OwnedRow& row : rows) {
    row.price = 0;
  }
  EXPECT_FALSE(find_price_response(series_of(rows), 200).has_price_response());
}

TEST(PriceResponse, reads_no_day_from_the_end_on) {
  std::vector<OwnedRow> rows = promoted_shop(2, 200, 3);
  const DemandSignals before = find_price_response(series_of(rows), 150);
  for (OwnedRow& row : rows) {
    row.quantity *= row.day.number >= kMonday.number + 150 ? 50 : 1;
  }
  EXPECT_EQ(find_price_response(series_of(rows), 150), before);
}

TEST(PriceResponse, effects_follow_the_elasticity) {
  EXPECT_DOUBLE_EQ(price_effect(5, 10, 2), 4);
  EXPECT_DOUBLE_EQ(price_effect(20, 10, 1), 0.5);
  EXPECT_DOUBLE_EQ(price_effect(1, 10, 4), 5) << "no more than five times";
  EXPECT_DOUBLE_EQ(price_effect(0, 10, 2), 1);
  EXPECT_DOUBLE_EQ(price_effect(5, 0, 2), 1);
}

TEST(PriceResponse, a_promotion_that_is_over_does_not_stay_in_the_level) {
  // 28 days, the last week but one at a lower price and four times the demand.
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 84; ++day) {
    const bool promoted = day >= 70 && day < 77;
    rows.push_back({.product_id = "A",
                    .category = "x",
                    .day = {kMonday.number + day},
                    .quantity = promoted ? 32.0 : 8.0,
                    .orders = 4,
                    .price = promoted ? 5.0 : 10.0});
  }
  const Series series = series_of(rows);
  EXPECT_GT(LevelReader(series, 84).level(0), 11);
  const LevelReader aware(series, 84, {.elasticity = 2});
  EXPECT_NEAR(aware.level(0), 8, 1e-6);
  EXPECT_DOUBLE_EQ(aware.price_effects(0).effect(84), 1);
  EXPECT_DOUBLE_EQ(LevelReader(series, 75, {.elasticity = 2}).price_effects(0).effect(75), 4);
}

}  // namespace
}  // namespace millrace
