#include "forecast/series.h"

#include <gmock/gmock.h>

#include <limits>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;

Day day(int offset) { return {kMonday.number + offset}; }

TEST(Series, has_zeros_between_the_first_sale_and_the_end) {
  const Series series = series_of({{.product_id = "A", .category = "x", .day = day(0), .quantity = 3, .orders = 1},
                                   {.product_id = "A", .category = "x", .day = day(3), .quantity = 2, .orders = 1},
                                   {.product_id = "B", .category = "x", .day = day(2), .quantity = 5, .orders = 1}},
                                  day(4));
  ASSERT_EQ(series.products(), 2);
  EXPECT_EQ(series.days(), 5);
  EXPECT_EQ(series.last_day(), day(4));
  EXPECT_THAT(series.values(Channel::units, 0, 5), ElementsAre(3, 0, 0, 2, 0));
  EXPECT_EQ(series.first_sale(1), 2);
  EXPECT_THAT(series.values(Channel::units, 1, 5), ElementsAre(5, 0, 0));
  EXPECT_THAT(series.values(Channel::units, 1, 2), ElementsAre());
  EXPECT_EQ(series.value(Channel::units, 1, 1), 0);
  EXPECT_EQ(series.cells(), 8);
  EXPECT_EQ(series.find("B"), 1);
  EXPECT_EQ(series.find("C"), std::nullopt);
  EXPECT_THAT(series.shop_units(5), ElementsAre(3, 0, 5, 2, 0));
  EXPECT_TRUE(series.is_closed(1));
  EXPECT_FALSE(series.is_closed(2));
}

TEST(Series, the_order_of_rows_does_not_matter) {
  std::vector<OwnedRow> rows = shop_rows(20, 60, 1);
  for (std::size_t i = 0; i < 200; ++i) {  // the same product and day in several rows
    rows.push_back(rows[i * 3]);
    rows.back().category = i % 2 == 0 ? "Other" : "Toys";
    rows.back().price += 0.1 * static_cast<double>(i);
  }
  const std::uint64_t hash = series_of(rows).content_hash();
  const std::uint32_t seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937 generator(seed);
  for (int round = 0; round < 5; ++round) {
    std::ranges::shuffle(rows, generator);
    EXPECT_EQ(series_of(rows).content_hash(), hash);
  }
  rows.front().quantity += 1;
  EXPECT_NE(series_of(rows).content_hash(), hash);
}

TEST(Series, rows_of_one_product_and_day_add_up) {
  const Series series = series_of(
      {{.product_id = "A", .category = "x", .day = day(0), .quantity = 3, .orders = 1, .price = 2, .views = 4},
       {.product_id = "A", .category = "y", .day = day(0), .quantity = 5, .orders = 3, .price = 4, .returned = 2}});
  EXPECT_EQ(series.value(Channel::units, 0, 0), 8);
  EXPECT_EQ(series.value(Channel::orders, 0, 0), 4);
  EXPECT_EQ(series.value(Channel::price, 0, 0), 3.5F);  // over the orders
  EXPECT_EQ(series.value(Channel::revenue, 0, 0), 26);
  EXPECT_EQ(series.value(Channel::views, 0, 0), 4);
  EXPECT_EQ(series.value(Channel::returned, 0, 0), 2);
  EXPECT_EQ(series.category_name(series.category(0, 1)), "y");  // the row that sold most
}

TEST(Series, a_price_stays_until_the_next_is_known) {
  const Series series =
      series_of({{.product_id = "A", .category = "x", .day = day(0), .quantity = 1, .orders = 1, .price = 2},
                 {.product_id = "A", .category = "x", .day = day(1), .views = 3},
                 {.product_id = "A", .category = "x", .day = day(3), .quantity = 1, .orders = 1, .price = 5}},
                day(5));
  EXPECT_THAT(series.values(Channel::price, 0, 6), ElementsAre(2, 2, 2, 5, 5, 5));
}

TEST(Series, a_category_is_that_of_the_days_before_the_end) {
  const Series series = series_of({{.product_id = "A", .category = "old", .day = day(0), .quantity = 1},
                                   {.product_id = "A", .category = "new", .day = day(4), .quantity = 2}});
  EXPECT_EQ(series.category_name(series.category(0, 0)), "old");
  EXPECT_EQ(series.category_name(series.category(0, 4)), "old");
  EXPECT_EQ(series.category_name(series.category(0, 5)), "new");
  EXPECT_THAT(series.category_units(series.category(0, 5), 5), ElementsAre(0, 0, 0, 0, 2));
}

TEST(Series, channels_that_are_zero_take_no_memory) {
  const std::vector<OwnedRow> rows = {{.product_id = "A", .category = "x", .day = day(0), .quantity = 1},
                                      {.product_id = "A", .category = "x", .day = day(99), .quantity = 1}};
  const Series series = series_of(rows);
  EXPECT_FALSE(series.has(Channel::views, 100));
  EXPECT_TRUE(series.has(Channel::units, 100));
  EXPECT_THAT(series.values(Channel::views, 0, 2), ElementsAre(0, 0));
  EXPECT_LE(series.memory_bytes(), 100 * sizeof(float) + 100 * sizeof(double));
}

TEST(Series, rows_after_the_last_day_and_long_ago_are_left_out) {
  const Series series = series_of({{.product_id = "A", .category = "x", .day = Day{0}, .quantity = 9},
                                   {.product_id = "A", .category = "x", .day = day(0), .quantity = 1},
                                   {.product_id = "A", .category = "x", .day = day(3), .quantity = 7}},
                                  day(1));
  EXPECT_EQ(series.days(), 2);
  EXPECT_THAT(series.values(Channel::units, 0, 2), ElementsAre(1, 0));
}

TEST(Series, a_product_that_was_never_sold_is_not_there) {
  const Series series = series_of({{.product_id = "A", .category = "x", .day = day(1), .quantity = 1},
                                   {.product_id = "B", .category = "x", .day = day(0), .views = 10}});
  EXPECT_EQ(series.products(), 1);
  EXPECT_EQ(series.first_day(), day(1));
}

TEST(Series, without_a_sale_there_is_no_series) {
  SeriesBuilder builder;
  auto empty = builder.build();
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().fault, Fault::invalid);
  ASSERT_TRUE(builder.add({.product_id = "A", .category = "x", .day = day(0), .quantity = 1}));
  EXPECT_FALSE(builder.build(day(-1)));
}

TEST(Series, impossible_numbers_are_refused) {
  SeriesBuilder builder;
  const double impossible[] = {-1, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                               1e300};
  for (const double number : impossible) {
    const auto added = builder.add({.product_id = "A", .category = "x", .day = day(0), .quantity = number});
    ASSERT_FALSE(added) << number;
    EXPECT_EQ(added.error().fault, Fault::invalid);
  }
  // The average price means nothing where there is no order.
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(builder.add({.product_id = "A", .category = "x", .day = day(0), .quantity = 1, .average_price = none}));
}

}  // namespace
}  // namespace millrace
