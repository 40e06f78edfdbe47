#include "forecast/linear.h"

#include <gtest/gtest.h>

#include "forecast/level.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

TEST(Linear, a_product_that_always_sells_the_same_is_forecast_to) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 120; ++day) {
    for (const auto& [product, quantity] : {std::pair("A", 6.), std::pair("B", 40.)}) {
      rows.push_back(
          {.product_id = product, .category = "x", .day = {kMonday.number + day}, .quantity = quantity, .orders = 2});
    }
  }
  const Series series = series_of(rows);
  const auto model = make_linear_regression({});
  ASSERT_TRUE(model->fit(series, 120, Learn::means));
  const auto predictions = model->predict(series, 119, kNextWeek);
  ASSERT_TRUE(predictions);
  for (std::size_t k = 0; k < kNextWeek.size(); ++k) {
    EXPECT_NEAR(predictions->means[k], 6, 0.1);
    EXPECT_NEAR(predictions->means[7 + k], 40, 0.5);
  }
}

TEST(Linear, never_forecasts_less_than_nothing) {
  // Sales collapse week after week: a plain line would go below zero.
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 90; ++day) {
    for (int product = 0; product < 5; ++product) {
      rows.push_back({.product_id = format("P{}", product),
                      .category = "x",
                      .day = {kMonday.number + day},
                      .quantity = std::max(0.0, std::floor((90 - day - product * 9) / 3.0)),
                      .orders = 1});
    }
  }
  const Series series = series_of(rows);
  const auto model = make_linear_regression({});
  ASSERT_TRUE(model->fit(series, 90, Learn::means));
  const auto predictions = model->predict(series, 89, kNextWeek);
  ASSERT_TRUE(predictions);
  for (const float mean : predictions->means) {
    EXPECT_TRUE(std::isfinite(mean));
    EXPECT_GE(mean, 0);
  }
}

TEST(Linear, beats_the_level_where_a_feature_knows_better) {
  // Each product alternates between weeks of plenty and of none; the level is blind to it, the last days are not.
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 210; ++day) {
    for (int product = 0; product < 14; ++product) {
      const bool is_plenty = ((day + product) / 14) % 2 == 0;
      rows.push_back({.product_id = format("P{:02}", product),
                      .category = "x",
                      .day = {kMonday.number + day},
                      .quantity = is_plenty ? 20. : 2.,
                      .orders = 1});
    }
  }
  const Series series = series_of(rows);
  const auto model = make_linear_regression({});
  ASSERT_TRUE(model->fit(series, 182, Learn::means));
  double error = 0;
  double level_error = 0;
  for (int origin = 181; origin < 209; ++origin) {
    const auto predictions = model->predict(series, origin, std::array{kNextDay});
    ASSERT_TRUE(predictions);
    const LevelReader levels(series, origin + 1);
    for (std::size_t i = 0; i < predictions->products.size(); ++i) {
      const int product = predictions->products[i];
      const auto sold = static_cast<double>(series.value(Channel::units, product, origin + 1));
      error += std::abs(static_cast<double>(predictions->means[i]) - sold);
      level_error += std::abs(levels.level(product) - sold);
    }
  }
  EXPECT_LT(error, 0.6 * level_error);
}

TEST(Linear, a_stored_model_predicts_the_same_bits) {
  const Series series = series_of(shop_rows(10, 100, 1));
  const auto model = make_linear_regression({});
  ASSERT_TRUE(model->fit(series, 90, Learn::means_and_quantiles));
  const auto files = model->files();
  ASSERT_TRUE(files);
  const auto again = read_linear_regression({}, *files);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->predict(series, 95, kNextWeek)->means, model->predict(series, 95, kNextWeek)->means);
}

TEST(Linear, broken_and_foreign_files_are_corrupt) {
  const Series series = series_of(shop_rows(10, 60, 1));
  const auto model = make_linear_regression({});
  ASSERT_TRUE(model->fit(series, 60, Learn::means));
  const std::string text = model->files()->at("linear.json");
  const auto json = *parse_json(text, "test");
  std::vector<ModelFiles> broken{{}, {{"linear.json", ""}}, {{"linear.json", "{}"}}, {{"linear.json", "[]"}}};
  broken.push_back({{"linear.json", text.substr(0, text.size() / 2)}});
  Json short_list = json;
  short_list["next_day"]["means"].erase(0);
  broken.push_back({{"linear.json", short_list.dump()}});
  Json narrow = json;
  narrow["next_week"]["deviations"][3] = 0;
  broken.push_back({{"linear.json", narrow.dump()}});
  Json words = json;
  words["next_week"]["coefficients"] = "many";
  broken.push_back({{"linear.json", words.dump()}});
  for (const ModelFiles& files : broken) {
    const auto read = read_linear_regression({}, files);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().fault, Fault::corrupt) << read.error().message;
  }
}

TEST(Linear, says_when_there_is_too_little_history) {
  const Series series = series_of(shop_rows(10, 60, 1));
  const auto fitted = make_linear_regression({})->fit(series, 13, Learn::means);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(fitted.error().fault, Fault::invalid);
}

}  // namespace
}  // namespace millrace
