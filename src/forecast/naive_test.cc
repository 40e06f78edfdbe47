#include "forecast/naive.h"

#include <gtest/gtest.h>

#include "forecast/level.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

std::vector<OwnedRow> counting_days(int days) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < days; ++day) {
    rows.push_back(
        {.product_id = "A", .category = "x", .day = {kMonday.number + day}, .quantity = day + 1.0, .orders = 1});
  }
  return rows;
}

TEST(Naive, seasonal_naive_repeats_the_last_week) {
  const Series series = series_of(counting_days(21));
  const auto predictions = make_seasonal_naive()->predict(series, 20, kNextWeek);
  ASSERT_TRUE(predictions);
  EXPECT_EQ(predictions->means, (std::vector<float>{15, 16, 17, 18, 19, 20, 21}));
  const auto later = make_seasonal_naive()->predict(series, 20, std::array{8, 14});
  ASSERT_TRUE(later);
  EXPECT_EQ(later->means, (std::vector<float>{15, 21}));
}

TEST(Naive, moving_average_is_the_mean_of_eight_weeks_times_the_profile) {
  const Series series = series_of(shop_rows(5, 120, 1));
  const auto predictions = make_moving_average()->predict(series, 119, kNextWeek);
  ASSERT_TRUE(predictions);
  const LevelReader levels(series, 120);
  for (std::size_t i = 0; i < predictions->products.size(); ++i) {
    double total = 0;
    for (std::size_t k = 0; k < kNextWeek.size(); ++k) {
      total += static_cast<double>(predictions->means[predictions->index(i, k)]);
    }
    EXPECT_NEAR(total, 7 * levels.mean_of_eight_weeks(predictions->products[i]), 1e-4);
  }
}

TEST(Naive, a_product_in_its_first_week_gets_a_forecast) {
  const Series series = series_of(counting_days(2));
  const auto predictions = make_seasonal_naive()->predict(series, 1, kNextWeek);
  ASSERT_TRUE(predictions);
  EXPECT_GT(predictions->means[0], 0);  // Wednesday was not seen yet
  EXPECT_EQ(predictions->means[5], 1);  // the Monday was
}

TEST(Naive, products_that_come_later_are_not_forecast) {
  const Series series = series_of(shop_rows(5, 40, 1));
  const auto predictions = make_moving_average()->predict(series, 0, kNextWeek);
  ASSERT_TRUE(predictions);
  EXPECT_LT(predictions->products.size(), 5U);
}

}  // namespace
}  // namespace millrace
