#include "forecast/price_plan.h"

#include <gtest/gtest.h>

#include "forecast/price_response.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

TEST(PricePlan, finds_what_covers_a_day) {
  PricePlan plan(2);
  EXPECT_EQ(plan.find(0, 3, 10), nullptr);
  plan.add(0, {.begin = 5, .end = 8, .known_from = 0, .price = 4});
  plan.add(0, {.begin = 20, .end = 40, .known_from = 0, .price = 3});
  for (int day = 0; day < 50; ++day) {
    const PlannedPrice* const found = plan.find(0, day, 10);
    if (day >= 5 && day < 8) {
      EXPECT_EQ(found->price, 4) << day;
    } else if (day >= 20 && day < 40) {
      EXPECT_EQ(found->price, 3) << day;
    } else {
      EXPECT_EQ(found, nullptr) << day;
    }
    EXPECT_EQ(plan.find(1, day, 10), nullptr);
  }
}

TEST(PricePlan, of_two_on_a_day_the_later_one_counts_as_far_as_it_is_known) {
  PricePlan plan(1);
  plan.add(0, {.begin = 10, .end = 30, .known_from = 0, .price = 8});
  plan.add(0, {.begin = 15, .end = 18, .known_from = 12, .price = 5});
  plan.add(0, {.begin = 15, .end = 16, .known_from = 14, .price = 4});
  EXPECT_EQ(plan.find(0, 16, 11)->price, 8) << "not announced yet";
  EXPECT_EQ(plan.find(0, 16, 12)->price, 5);
  EXPECT_EQ(plan.find(0, 15, 13)->price, 5);
  EXPECT_EQ(plan.find(0, 15, 14)->price, 4);
  EXPECT_EQ(plan.find(0, 20, 14)->price, 8);
}

/// 60 days at 10.
std::vector<OwnedRow> plain_rows() {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 60; ++day) {
    rows.push_back({.product_id = "A",
                    .category = "x",
                    .day = {kMonday.number + day},
                    .quantity = 4,
                    .orders = 2,
                    .price = day >= 55 ? 5.0 : 10.0});
  }
  return rows;
}

Series planned_series(std::optional<Day> known_since) {
  SeriesBuilder builder;
  for (const OwnedRow& row : plain_rows()) {
    EXPECT_TRUE(builder.add(row.view()).has_value());
  }
  const auto add = [&](int first, int last, double price) {
    EXPECT_TRUE(builder
                    .add(PlannedPriceRow{.product_id = "A",
                                         .first = {kMonday.number + first},
                                         .last = {kMonday.number + last},
                                         .price = price,
                                         .known_since = known_since})
                    .has_value());
  };
  add(55, 60, 5);
  add(62, 62, 8);
  EXPECT_TRUE(
      builder
          .add(PlannedPriceRow{.product_id = "none", .first = kMonday, .last = kMonday, .price = 1, .known_since = {}})
          .has_value());
  return *builder.build();
}

TEST(PriceEffects, know_the_prices_of_days_to_come_by_the_plan) {
  const Series series = planned_series(std::nullopt);
  const PriceEffects prices(series, 0, 60, {.elasticity = 1, .promotion_lift = 1.5});
  EXPECT_EQ(prices.usual(), 10);
  EXPECT_EQ(prices.price(54), 10);
  EXPECT_EQ(prices.price(59), 5);
  EXPECT_EQ(prices.price(60), 5) << "the promotion's last day";
  EXPECT_EQ(prices.price(61), 10) << "it is over";
  EXPECT_EQ(prices.price(62), 8) << "the next one";
  EXPECT_DOUBLE_EQ(prices.effect(60), 3);
  EXPECT_DOUBLE_EQ(prices.effect(61), 1);
  EXPECT_DOUBLE_EQ(prices.effect(62), 10.0 / 8 * 1.5);
}

TEST(PriceEffects, do_not_know_a_plan_before_it_is_announced) {
  const Series series = planned_series(Day{kMonday.number + 58});
  const PriceEffects before(series, 0, 58, {.elasticity = 1, .promotion_lift = 1.5});
  EXPECT_EQ(before.price(61), 5) << "the last price, for want of a plan";
  EXPECT_DOUBLE_EQ(before.effect(57), 2) << "a price, not a promotion";
  const PriceEffects after(series, 0, 59, {.elasticity = 1, .promotion_lift = 1.5});
  EXPECT_EQ(after.price(61), 10);
  EXPECT_DOUBLE_EQ(after.effect(57), 3);
}

TEST(Series, refuses_a_promotion_that_is_none) {
  SeriesBuilder builder;
  EXPECT_FALSE(
      builder.add(PlannedPriceRow{.product_id = "A", .first = {5}, .last = {4}, .price = 1, .known_since = {}}));
  EXPECT_FALSE(
      builder.add(PlannedPriceRow{.product_id = "A", .first = {5}, .last = {5}, .price = 0, .known_since = {}}));
}

TEST(Series, tells_data_with_another_plan_apart) {
  EXPECT_NE(planned_series(std::nullopt).content_hash(), series_of(plain_rows()).content_hash());
}

}  // namespace
}  // namespace millrace
