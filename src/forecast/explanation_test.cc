#include "forecast/explanation.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "forecast/forecaster.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

constexpr int kDays = 120;

class ExplanationTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ExplanationTest, tells_the_mean_that_is_predicted) {
  const Series series = series_of(shop_rows(8, kDays, 2));
  const auto model = *make_model(GetParam(), {.rounds = 20});
  ASSERT_TRUE(model->fit(series, kDays, Learn::means));
  const auto predictions = model->predict(series, kDays - 1, kNextWeek);
  ASSERT_TRUE(predictions);
  for (std::size_t i = 0; i < predictions->products.size(); ++i) {
    for (const int horizon : {1, 4}) {
      const auto explanation = model->explain(series, kDays - 1, predictions->products[i], horizon);
      ASSERT_TRUE(explanation) << explanation.error().message;
      const double mean = predictions->means[predictions->index(i, static_cast<std::size_t>(horizon - 1))];
      EXPECT_NEAR(explanation->mean, mean, 1e-4 * std::max(1.0, mean));
      double mixed = explanation->members.empty() ? mean : 0;
      for (const MemberForecast& member : explanation->members) {
        mixed += member.weight * member.mean;
      }
      EXPECT_NEAR(mixed, mean, 1e-4 * std::max(1.0, mean));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfModels, ExplanationTest,
                         ::testing::Values("zero", "moving_average", "tsb", "linear_regression", "xgboost",
                                           "ensemble"));

TEST(Explanation, the_factors_of_a_boosted_model_make_up_its_mean) {
  const Series series = series_of(shop_rows(8, kDays, 2));
  const auto model = *make_model("xgboost", {.rounds = 20});
  ASSERT_TRUE(model->fit(series, kDays, Learn::means));
  for (const int horizon : {1, 3, 7}) {
    const auto explanation = model->explain(series, kDays - 1, 3, horizon);
    ASSERT_TRUE(explanation);
    EXPECT_EQ(explanation->reasons.size(), kFeatures);
    double product = explanation->start * explanation->base;
    for (const Reason& reason : explanation->reasons) {
      product *= reason.factor;
    }
    EXPECT_NEAR(product / explanation->mean, 1, 1e-3);
    EXPECT_GE(std::abs(std::log(explanation->reasons[0].factor)), std::abs(std::log(explanation->reasons[9].factor)));
  }
}

TEST(Explanation, is_told_in_words_and_as_json) {
  const Explanation explanation{.mean = 3,
                                .members = {{.model = "xgboost", .weight = 0.5, .mean = 4}},
                                .explained = "xgboost",
                                .start = 2.5,
                                .base = 1.1,
                                .reasons = {{.feature = Feature::mean_28, .value = 4.5F, .factor = 1.25},
                                            {.feature = Feature::weekday, .value = 5, .factor = 0.5},
                                            {.feature = Feature::price, .value = 2, .factor = 0.5}}};
  const std::string text = explanation.to_text(1);
  EXPECT_THAT(text, HasSubstr("50 % of it from xgboost, which says 4.00"));
  EXPECT_THAT(text, HasSubstr("x 1.250  mean_28"));
  EXPECT_THAT(text, HasSubstr("(its level)"));
  EXPECT_THAT(text, HasSubstr("x 0.250  2 other features together"));
  EXPECT_EQ(explanation.to_json().at("reasons").at(1).at("about"), "the calendar");
  EXPECT_THAT(Explanation{.mean = 1}.to_text(5), HasSubstr("is a rule"));
}

}  // namespace
}  // namespace millrace
