#include "forecast/calibration.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "forecast/naive.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

TEST(Calibration, quantiles_lie_between_order_statistics) {
  const std::vector<double> sorted{1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile_of(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(quantile_of(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile_of(sorted, 0.9), 4 + 0.7 * 4);
  EXPECT_DOUBLE_EQ(quantile_of(sorted, 1), 8);
}

TEST(Calibration, factors_are_those_of_the_bin) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i <= 200; ++i) {  // small means end anywhere from 0 to twice, large ones as forecast
    outcomes.push_back({.mean = 1, .sold = static_cast<float>(i) / 100});
    outcomes.push_back({.mean = 50, .sold = 50});
  }
  const QuantileTable table(outcomes);
  const Quantiles small = table.around(1);
  EXPECT_NEAR(small[0], 0.2, 1e-5);
  EXPECT_NEAR(small[1], 1, 1e-5);
  EXPECT_NEAR(small[2], 1.8, 1e-5);
  const Quantiles large = table.around(100);  // above all that was seen
  EXPECT_FLOAT_EQ(large[0], 100);
  EXPECT_FLOAT_EQ(large[2], 100);
}

TEST(Calibration, quantiles_never_cross_and_are_never_negative) {
  const std::uint32_t seed = 5;
  SCOPED_TRACE(seed);
  std::mt19937 generator(seed);
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 5'000; ++i) {
    outcomes.push_back(
        {.mean = static_cast<float>(generator() % 1000) / 10, .sold = static_cast<float>(generator() % 50)});
  }
  const QuantileTable table(outcomes);
  std::ranges::shuffle(outcomes, generator);
  const QuantileTable again(outcomes);
  for (int step = 0; step < 540; ++step) {
    const float mean = static_cast<float>(step) * 0.37F;
    const Quantiles quantiles = table.around(mean);
    EXPECT_TRUE(std::ranges::is_sorted(quantiles));
    EXPECT_GE(quantiles[0], 0);
    EXPECT_EQ(again.around(mean), quantiles);
  }
}

TEST(Calibration, without_outcomes_what_is_forecast_happens) {
  EXPECT_EQ(QuantileTable().around(3), (Quantiles{3, 3, 3}));
  EXPECT_EQ(QuantileTable(std::vector<Outcome>()).around(0), (Quantiles{0, 0, 0}));
}

TEST(Calibration, a_stored_table_says_the_same) {
  const Series series = series_of(shop_rows(15, 90, 2));
  const auto model = make_moving_average();
  const auto calibration = calibrate(*model, series, 62, 90);
  ASSERT_TRUE(calibration);
  const auto again = Calibration::from_json(*parse_json(calibration->to_json().dump(), "test"));
  ASSERT_TRUE(again);
  for (const float mean : {0.F, 0.3F, 2.F, 17.F, 1e6F}) {
    EXPECT_EQ(again->next_day.around(mean), calibration->next_day.around(mean));
    EXPECT_EQ(again->next_week.around(mean), calibration->next_week.around(mean));
    EXPECT_EQ(again->week_total.around(mean), calibration->week_total.around(mean));
  }
}

TEST(Calibration, a_stored_table_that_cannot_be_is_corrupt) {
  const char* broken[] = {"[{}]",
                          "3",
                          R"([{"mean_max":1,"factors":[1,2]}])",
                          R"([{"mean_max":1,"factors":[2,1,3]}])",
                          R"([{"mean_max":1,"factors":[-1,1,3]}])",
                          R"([{"mean_max":null,"factors":[0,1,3]}])",
                          R"([{"mean_max":2,"factors":[0,1,3]},{"mean_max":1,"factors":[0,1,3]}])"};
  for (const char* text : broken) {
    const auto table = QuantileTable::from_json(*parse_json(text, "test"));
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().fault, Fault::corrupt);
  }
  EXPECT_FALSE(Calibration::from_json(Json::object()));
}

TEST(Calibration, covers_four_of_five_days_of_a_shop_like_the_one_it_has_seen) {
  const Series series = series_of(shop_rows(40, 200, 3));
  const auto model = make_moving_average();
  const auto calibration = calibrate(*model, series, 144, 172);
  ASSERT_TRUE(calibration);
  int covered = 0;
  int cells = 0;
  for (int origin = 171; origin < 199; ++origin) {
    const auto predictions = make_moving_average()->predict(series, origin, std::array{kNextDay});
    ASSERT_TRUE(predictions);
    for (std::size_t i = 0; i < predictions->products.size(); ++i) {
      const float sold = series.value(Channel::units, predictions->products[i], origin + 1);
      const Quantiles quantiles = calibration->next_day.around(predictions->means[i]);
      covered += sold >= quantiles[0] && sold <= quantiles[2] ? 1 : 0;
      ++cells;
    }
  }
  EXPECT_GT(static_cast<double>(covered) / cells, 0.75);
  EXPECT_LT(static_cast<double>(covered) / cells, 0.95);  // counts are whole: the ends of an interval belong to it
}

}  // namespace
}  // namespace millrace
