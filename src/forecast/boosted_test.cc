#include "forecast/boosted.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "forecast/naive.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

ModelOptions quick() {
  ModelOptions options;
  options.rounds = 30;
  return options;
}

double absolute_error(const Model& model, const Series& series, int begin, int end) {
  double error = 0;
  for (int origin = begin; origin < end; ++origin) {
    const auto predictions = model.predict(series, origin, std::array{kNextDay});
    for (std::size_t i = 0; i < predictions->products.size(); ++i) {
      error += static_cast<double>(
          std::abs(predictions->means[i] - series.value(Channel::units, predictions->products[i], origin + 1)));
    }
  }
  return error;
}

TEST(Boosted, learns_what_the_level_does_not_know) {
  // Every product sells on days whose number is divisible by three, and then ten pieces.
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 150; ++day) {
    for (int product = 0; product < 20; ++product) {
      if ((day + product) % 3 == 0) {
        rows.push_back({.product_id = format("P{:02}", product),
                        .category = "x",
                        .day = {kMonday.number + day},
                        .quantity = 10,
                        .orders = 1});
      }
    }
  }
  const Series series = series_of(rows);
  const auto model = make_xgboost(quick());
  ASSERT_TRUE(model->fit(series, 120, Learn::means));
  EXPECT_LT(absolute_error(*model, series, 119, 148), 0.5 * absolute_error(*make_moving_average(), series, 119, 148));
}

TEST(Boosted, quantiles_are_in_order_and_nothing_is_negative) {
  const Series series = series_of(shop_rows(25, 120, 6));
  const auto model = make_xgboost(quick());
  ASSERT_TRUE(model->fit(series, 110, Learn::means_and_quantiles));
  const auto predictions = model->predict(series, 112, kNextWeek);
  ASSERT_TRUE(predictions);
  ASSERT_EQ(predictions->quantiles.size(), predictions->means.size());
  for (std::size_t i = 0; i < predictions->means.size(); ++i) {
    EXPECT_TRUE(std::isfinite(predictions->means[i]));
    EXPECT_GE(predictions->means[i], 0);
    EXPECT_GE(predictions->quantiles[i][0], 0);
    EXPECT_TRUE(std::ranges::is_sorted(predictions->quantiles[i]));
    EXPECT_TRUE(std::isfinite(predictions->quantiles[i][2]));
  }
}

TEST(Boosted, the_same_seed_and_data_give_the_same_bits) {
  const Series series = series_of(shop_rows(15, 100, 6));
  const auto fit = [&](std::uint64_t seed) {
    ModelOptions options = quick();
    options.seed = seed;
    const auto model = make_xgboost(options);
    EXPECT_TRUE(model->fit(series, 90, Learn::means_and_quantiles));
    return *model->files();
  };
  EXPECT_EQ(fit(1), fit(1));
  EXPECT_NE(fit(1), fit(2));
}

TEST(Boosted, days_behind_the_end_and_the_origin_change_nothing) {
  std::vector<OwnedRow> rows = shop_rows(15, 100, 6);
  const Series series = series_of(rows);
  for (OwnedRow& row : rows) {
    row.quantity += row.day.number >= kMonday.number + 90 ? 50 : 0;
  }
  const Series other = series_of(rows);
  const auto model = make_xgboost(quick());
  const auto other_model = make_xgboost(quick());
  ASSERT_TRUE(model->fit(series, 90, Learn::means_and_quantiles));
  ASSERT_TRUE(other_model->fit(other, 90, Learn::means_and_quantiles));
  const auto predictions = model->predict(series, 89, kNextWeek);
  const auto other_predictions = other_model->predict(other, 89, kNextWeek);
  EXPECT_EQ(predictions->means, other_predictions->means);
  EXPECT_EQ(predictions->quantiles, other_predictions->quantiles);
}

TEST(Boosted, a_stored_model_predicts_the_same_bits) {
  const Series series = series_of(shop_rows(15, 100, 6));
  for (const Learn learn : {Learn::means, Learn::means_and_quantiles}) {
    const auto model = make_xgboost(quick());
    ASSERT_TRUE(model->fit(series, 90, learn));
    const auto files = model->files();
    ASSERT_TRUE(files);
    const auto again = read_xgboost(quick(), *files);
    ASSERT_TRUE(again) << again.error().message;
    const auto predictions = model->predict(series, 95, kNextWeek);
    const auto same = (*again)->predict(series, 95, kNextWeek);
    EXPECT_EQ(predictions->means, same->means);
    EXPECT_EQ(predictions->quantiles, same->quantiles);
  }
}

TEST(Boosted, a_few_features_are_enough) {
  const Series series = series_of(shop_rows(10, 80, 6));
  ModelOptions options = quick();
  options.features = {Feature::mean_28, Feature::weekday};
  const auto model = make_xgboost(options);
  ASSERT_TRUE(model->fit(series, 80, Learn::means));
  EXPECT_TRUE(model->predict(series, 79, kNextWeek));
  const auto other = read_xgboost(quick(), *model->files());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().fault, Fault::corrupt);
}

TEST(Boosted, missing_files_are_corrupt) {
  const Series series = series_of(shop_rows(10, 60, 6));
  const auto model = make_xgboost(quick());
  ASSERT_TRUE(model->fit(series, 60, Learn::means_and_quantiles));
  for (const char* file : {"next_day.ubj", "next_week.ubj", "next_day_quantiles.ubj", "next_week_quantiles.ubj"}) {
    ModelFiles files = *model->files();
    ASSERT_EQ(files.erase(file), 1U);
    const auto read = read_xgboost(quick(), files);
    ASSERT_FALSE(read) << file;
    EXPECT_EQ(read.error().fault, Fault::corrupt);
  }
}

TEST(Boosted, stops_when_asked) {
  const Series series = series_of(shop_rows(10, 60, 6));
  std::stop_source stop;
  stop.request_stop();
  ModelOptions options = quick();
  options.stop = stop.get_token();
  const auto fitted = make_xgboost(options)->fit(series, 60, Learn::means);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().fault, Fault::stopped);
}

}  // namespace
}  // namespace millrace
