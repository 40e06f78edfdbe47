#include "forecast/samples.h"

#include <gtest/gtest.h>

#include <map>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

std::size_t column_of(const FeatureSet& features, Feature feature) {
  return static_cast<std::size_t>(std::ranges::find(features, feature) - features.begin());
}

TEST(Samples, the_target_is_what_was_sold_on_the_horizons_day) {
  std::vector<OwnedRow> rows;  // the quantity is the day's number, so every row can be checked
  for (int day = 0; day < 60; ++day) {
    rows.push_back(
        {.product_id = "A", .category = "x", .day = {kMonday.number + day}, .quantity = day + 1.0, .orders = 1});
  }
  const Series series = series_of(rows);
  const ModelOptions options;
  const auto samples = training_samples(series, 50, kNextWeek, options);
  ASSERT_TRUE(samples);
  const std::size_t lag = column_of(options.features, Feature::lag_0);
  const std::size_t horizon = column_of(options.features, Feature::horizon);
  std::map<float, int> horizons;
  for (std::size_t row = 0; row < samples->rows(); ++row) {
    const float* values = &samples->values[row * samples->columns];
    EXPECT_EQ(samples->targets[row], values[lag] + values[horizon]);
    EXPECT_LE(samples->targets[row], 50);  // day 49 is the last before the end
    EXPECT_GT(samples->expected[row], 0);
    ++horizons[values[horizon]];
  }
  EXPECT_GE(horizons.size(), 5U);
  EXPECT_EQ(samples->rows(), 49 - 50 / 8U);
}

TEST(Samples, days_behind_the_end_change_nothing) {
  std::vector<OwnedRow> rows = shop_rows(8, 90, 4);
  const Series series = series_of(rows);
  for (OwnedRow& row : rows) {
    row.quantity += row.day.number >= kMonday.number + 70 ? 100 : 0;
  }
  const Series other = series_of(rows);
  const auto samples = training_samples(series, 70, kNextWeek, {});
  const auto same = training_samples(other, 70, kNextWeek, {});
  ASSERT_TRUE(samples && same);
  EXPECT_EQ(samples->values, same->values);
  EXPECT_EQ(samples->targets, same->targets);
  EXPECT_NE(training_samples(other, 71, kNextWeek, {})->targets, samples->targets);
}

TEST(Samples, more_than_rows_max_are_sampled_by_the_seed) {
  const Series series = series_of(shop_rows(40, 200, 4));
  ModelOptions options;
  options.rows_max = 1'000;
  const auto samples = training_samples(series, 200, kNextWeek, options);
  ASSERT_TRUE(samples);
  EXPECT_NEAR(static_cast<double>(samples->rows()), 1'000, 150);
  EXPECT_EQ(training_samples(series, 200, kNextWeek, options)->values, samples->values);
  options.seed = 2;
  EXPECT_NE(training_samples(series, 200, kNextWeek, options)->values, samples->values);
}

TEST(Samples, in_a_short_history_features_that_products_share_are_blank) {
  const Series series = series_of(shop_rows(10, 120, 4));
  const ModelOptions options;
  auto samples = training_samples(series, 120, std::array{kNextDay}, options);
  ASSERT_TRUE(samples);
  const std::vector<float> before = samples->values;
  blank_shared_features(options.features, 501, *samples);
  EXPECT_EQ(samples->values, before);  // long enough
  blank_shared_features(options.features, 500, *samples);
  EXPECT_NE(samples->values, before);
  for (const Feature feature : {Feature::shop_trend_7_28, Feature::day_of_month}) {
    const std::size_t column = column_of(options.features, feature);
    for (std::size_t row = 0; row < samples->rows(); ++row) {
      ASSERT_EQ(samples->values[row * samples->columns + column], 0);
    }
  }
}

TEST(Samples, without_a_product_that_is_old_enough_there_are_none) {
  const Series series = series_of({{.product_id = "A", .category = "x", .day = kMonday, .quantity = 1}});
  const auto samples = training_samples(series, 1, std::array{kNextDay}, {});
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().fault, Fault::invalid);
  const Series longer = series_of(shop_rows(5, 60, 1));
  ModelOptions none;
  none.rows_max = 0;
  EXPECT_FALSE(training_samples(longer, 60, std::array{kNextDay}, none));
}

}  // namespace
}  // namespace millrace
