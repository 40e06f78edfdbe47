#include "forecast/stock_outs.h"

#include <gtest/gtest.h>

#include <random>

#include "forecast/level.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

std::vector<float> steady(int days, float orders) { return std::vector<float>(static_cast<std::size_t>(days), orders); }
std::vector<char> open(std::size_t days) { return std::vector<char>(days, 0); }

void empty(std::vector<float>& orders, int begin, int end) {
  std::fill(orders.begin() + begin, orders.begin() + end, 0.F);
}

TEST(StockOuts, a_gap_that_chance_does_not_explain_is_one) {
  std::vector<float> orders = steady(100, 4);
  empty(orders, 50, 52);
  EXPECT_EQ(find_stock_outs(orders, open(100)), (std::vector<StockOut>{{50, 52}}));
  empty(orders, 70, 71);
  EXPECT_EQ(find_stock_outs(orders, open(100)).size(), 1U) << "one day of four orders: once in fifty times";
}

TEST(StockOuts, rare_products_closed_days_and_ends_are_none) {
  std::vector<float> orders(100, 0);
  for (std::size_t day = 0; day < 100; day += 5) {
    orders[day] = 1;
  }
  EXPECT_TRUE(find_stock_outs(orders, open(100)).empty());
  orders = steady(100, 4);
  empty(orders, 50, 52);
  std::vector<char> closed = open(100);
  closed[50] = closed[51] = 1;
  EXPECT_TRUE(find_stock_outs(orders, closed).empty());
  orders = steady(100, 4);
  empty(orders, 60, 95);
  EXPECT_TRUE(find_stock_outs(orders, open(100)).empty()) << "gone for five weeks";
  empty(orders, 60, 100);
  EXPECT_TRUE(find_stock_outs(orders, open(100)).empty()) << "gone";
  orders = steady(100, 4);
  empty(orders, 20, 24);
  EXPECT_TRUE(find_stock_outs(orders, open(100)).empty()) << "in its first four weeks hardly anything is known";
}

TEST(StockOuts, a_day_lies_in_one_or_in_none) {
  const std::vector<StockOut> found{{10, 12}, {20, 21}};
  std::vector<int> out;
  for (int day = 0; day < 30; ++day) {
    if (is_out_of_stock(found, day)) {
      out.push_back(day);
    }
  }
  EXPECT_EQ(out, (std::vector<int>{10, 11, 20}));
  EXPECT_FALSE(is_out_of_stock({}, 10));
}

TEST(StockOuts, by_chance_hardly_any_is_found) {
  std::mt19937 random(11);
  int found = 0;
  for (int product = 0; product < 200; ++product) {
    std::vector<float> orders;
    for (int day = 0; day < 400; ++day) {  // each of 8 visitors orders with a chance of a quarter: 2 a day
      int sold = 0;
      for (int visitor = 0; visitor < 8; ++visitor) {
        sold += random() % 4 == 0 ? 1 : 0;
      }
      orders.push_back(static_cast<float>(sold));
    }
    found += static_cast<int>(find_stock_outs(orders, open(400)).size());
  }
  EXPECT_LT(found, 20) << "of 80,000 days";
}

TEST(StockOuts, do_not_lower_the_level_once_they_are_over) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 120; ++day) {
    if (day < 100 || day >= 110) {
      rows.push_back({.product_id = "A", .category = "x", .day = {kMonday.number + day}, .quantity = 6, .orders = 3});
    }
    rows.push_back({.product_id = "B", .category = "x", .day = {kMonday.number + day}, .quantity = 6, .orders = 3});
  }
  const Series series = series_of(rows);
  EXPECT_EQ(series.stock_outs(0, 110).size(), 0U) << "not over yet: it could be the end";
  ASSERT_EQ(series.stock_outs(0, 111).size(), 1U);
  EXPECT_EQ(series.stock_outs(0, 111)[0], (StockOut{100, 110}));
  EXPECT_TRUE(series.stock_outs(1, 120).empty());
  EXPECT_LT(LevelReader(series, 110).level(0), 5.5);
  EXPECT_DOUBLE_EQ(LevelReader(series, 111).level(0), 6);
  EXPECT_DOUBLE_EQ(LevelReader(series, 120).mean_of_eight_weeks(0), 6);
}

}  // namespace
}  // namespace millrace
