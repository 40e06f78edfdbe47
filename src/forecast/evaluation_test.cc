#include "forecast/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

/// Every weekday sells the same week after week: seasonal naive is always right.
Series repeating_weeks(int days) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < days; ++day) {
    for (int product = 0; product < 3; ++product) {
      rows.push_back({.product_id = format("P{}", product),
                      .category = "x",
                      .day = {kMonday.number + day},
                      .quantity = (day % 7) * (product + 1.0) + 1,
                      .orders = 1});
    }
  }
  return series_of(rows);
}

TEST(Evaluation, a_forecast_that_is_always_right_scores_so) {
  const Series series = repeating_weeks(120);
  const auto forecaster = Forecaster::fit("seasonal_naive", {}, series, 92);
  ASSERT_TRUE(forecaster);
  const auto evaluation = evaluate(*forecaster, series, 92, 120);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->first, series.day(92));
  EXPECT_EQ(evaluation->last, series.day(119));
  EXPECT_EQ(evaluation->next_day.cells, 28 * 3);
  EXPECT_EQ(evaluation->next_week.cells, 4 * 7 * 3);
  EXPECT_EQ(evaluation->week_total.cells, 4 * 3);
  EXPECT_EQ(evaluation->rmse(), 0);
  EXPECT_DOUBLE_EQ(*evaluation->next_week.r2, 1);
  EXPECT_DOUBLE_EQ(*evaluation->week_total.wape, 0);
  EXPECT_DOUBLE_EQ(evaluation->next_day.coverage, 1);
}

TEST(Evaluation, agrees_with_a_sum_by_hand) {
  const Series series = series_of(shop_rows(6, 100, 3));
  const auto forecaster = Forecaster::fit("moving_average", {}, series, 86);
  ASSERT_TRUE(forecaster);
  const auto evaluation = evaluate(*forecaster, series, 86, 100);
  ASSERT_TRUE(evaluation);
  double squares = 0;
  int cells = 0;
  for (const int origin : {85, 92}) {
    const auto forecasts = forecaster->predict(series, origin, kNextWeek);
    ASSERT_TRUE(forecasts);
    for (const Forecast& forecast : *forecasts) {
      const auto sold = series.value(Channel::units, forecast.product, origin + forecast.horizon);
      squares += std::pow(static_cast<double>(forecast.mean - sold), 2);
      ++cells;
    }
  }
  EXPECT_EQ(evaluation->next_week.cells, cells);
  EXPECT_NEAR(evaluation->next_week.rmse, std::sqrt(squares / cells), 1e-6);
}

TEST(Evaluation, young_products_are_judged_only_where_there_are_no_others) {
  std::vector<OwnedRow> rows = shop_rows(3, 100, 3);
  for (int day = 80; day < 100; ++day) {
    rows.push_back({.product_id = "new", .category = "x", .day = {kMonday.number + day}, .quantity = 9, .orders = 1});
  }
  const Series series = series_of(rows);
  const auto forecaster = Forecaster::fit("moving_average", {}, series, 90);
  ASSERT_TRUE(forecaster);
  EXPECT_EQ(evaluate(*forecaster, series, 90, 100)->next_day.cells, 10 * 3);

  const Series young = series_of(shop_rows(3, 40, 3));
  const auto early = Forecaster::fit("moving_average", {}, young, 28);
  ASSERT_TRUE(early);
  EXPECT_EQ(evaluate(*early, young, 28, 40)->next_day.cells, 12 * 3);
}

TEST(Evaluation, a_split_shorter_than_a_week_has_next_days_alone) {
  const Series series = repeating_weeks(60);
  const auto forecaster = Forecaster::fit("moving_average", {}, series, 56);
  ASSERT_TRUE(forecaster);
  const auto evaluation = evaluate(*forecaster, series, 56, 60);
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->next_day.cells, 4 * 3);
  EXPECT_EQ(evaluation->next_week.cells, 0);
  EXPECT_DOUBLE_EQ(evaluation->rmse(), evaluation->next_day.rmse);
}

}  // namespace
}  // namespace millrace
