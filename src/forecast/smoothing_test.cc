#include "forecast/smoothing.h"

#include <gtest/gtest.h>

#include "forecast/level.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

constexpr std::array kAll{kExponentialSmoothing, kCroston, kSba, kTsb};
constexpr SmoothingConstants kHalf{.size = 0.5, .frequency = 0.5};

/// A product that sells `size` pieces every `step` days.
std::vector<double> every(int step, double size, int days) {
  std::vector<double> values;
  for (int day = 0; day < days; ++day) {
    values.push_back(day % step == step - 1 ? size : 0);
  }
  return values;
}

TEST(Smoothing, a_steady_product_is_forecast_as_it_is) {
  const std::vector<double> values(40, 3.0);
  for (const std::string_view name : kAll) {
    EXPECT_NEAR(smooth(name, values, {.size = 0.1, .frequency = 0.1}), name == kSba ? 3 * 0.95 : 3, 1e-9) << name;
  }
}

TEST(Smoothing, exponential_smoothing_by_hand) {
  // Begins with the mean, 2: 2 -> 1.5 -> 1.75 -> 2.375.
  EXPECT_DOUBLE_EQ(smooth(kExponentialSmoothing, std::vector<double>{1, 2, 3}, kHalf), 2.375);
}

TEST(Smoothing, croston_and_sba_by_hand) {
  // Begins with size 3 and interval 2; then 4 after two days: size 3.5, interval 2; then 2 after two: 2.75 and 2.
  const std::vector<double> values{0, 4, 0, 2};
  EXPECT_DOUBLE_EQ(smooth(kCroston, values, kHalf), 2.75 / 2);
  EXPECT_DOUBLE_EQ(smooth(kSba, values, kHalf), 0.75 * 2.75 / 2);
}

TEST(Smoothing, tsb_by_hand) {
  // Begins with size 3 and share 1/2, which goes 1/4, 5/8, 5/16, 21/32; size as above.
  EXPECT_DOUBLE_EQ(smooth(kTsb, std::vector<double>{0, 4, 0, 2}, kHalf), 2.75 * 21 / 32);
}

TEST(Smoothing, a_product_that_stopped_selling_fades_with_tsb_and_stays_with_croston) {
  std::vector<double> values = every(4, 8, 80);
  const double before = smooth(kTsb, values, kHalf);
  const double croston = smooth(kCroston, values, kHalf);
  values.insert(values.end(), 60, 0.0);
  EXPECT_LT(smooth(kTsb, values, kHalf), before / 1000);
  EXPECT_DOUBLE_EQ(smooth(kCroston, values, kHalf), croston);
}

TEST(Smoothing, a_week_has_the_shops_profile_and_closed_days_are_zero) {
  const Series series = series_of(shop_rows(6, 120, 1));
  const LevelReader levels(series, 120);
  for (const std::string_view name : kAll) {
    const auto model = make_smoothing(name);
    ASSERT_TRUE(model->fit(series, 120, Learn::means));
    const auto predictions = model->predict(series, 119, kNextWeek);
    ASSERT_TRUE(predictions);
    for (std::size_t i = 0; i < predictions->products.size(); ++i) {
      const int product = predictions->products[i];
      double total = 0;
      for (std::size_t k = 0; k < kNextWeek.size(); ++k) {
        const float mean = predictions->means[predictions->index(i, k)];
        total += static_cast<double>(mean);
        if (weekday_of(series.day(120 + static_cast<int>(k))) == 6) {
          EXPECT_EQ(mean, 0) << "the shop is closed on Sundays";
        }
      }
      EXPECT_NEAR(total / 7 / levels.mean_of_eight_weeks(product), 1, 0.3) << name << " " << product;
    }
  }
}

TEST(Smoothing, a_level_that_moves_gets_a_faster_constant_than_one_that_does_not) {
  const auto fitted = [](bool moves) {
    std::mt19937 generator(7);
    std::vector<OwnedRow> rows;
    for (int day = 0; day < 200; ++day) {
      const double level = moves ? (day / 20 % 2 == 0 ? 10 : 40) : 20;
      rows.push_back({.product_id = "A",
                      .category = "x",
                      .day = {kMonday.number + day},
                      .quantity = level + static_cast<double>(generator() % 9),
                      .orders = 1});
    }
    const auto model = make_smoothing(kExponentialSmoothing);
    EXPECT_TRUE(model->fit(series_of(rows), 200, Learn::means));
    return model->parameters().at("size").get<double>();
  };
  EXPECT_GT(fitted(true), fitted(false));
}

TEST(Smoothing, is_read_as_it_was_stored_and_nothing_else_is) {
  const Series series = series_of(shop_rows(6, 120, 2));
  const auto model = make_smoothing(kTsb);
  ASSERT_TRUE(model->fit(series, 120, Learn::means));
  ModelFiles files = *model->files();
  const auto again = read_smoothing(kTsb, files);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->predict(series, 119, kNextWeek)->means, model->predict(series, 119, kNextWeek)->means);
  for (const char* broken : {"", "[]", "{}", R"({"size": 0, "frequency": 0.1})", R"({"size": "x", "frequency": 1})"}) {
    files["smoothing.json"] = broken;
    EXPECT_FALSE(read_smoothing(kTsb, files)) << broken;
  }
  EXPECT_EQ(read_smoothing(kTsb, {}).error().fault, Fault::corrupt);
}

}  // namespace
}  // namespace millrace
