#include "forecast/ensemble.h"

#include <gtest/gtest.h>

#include "forecast/forecaster.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

constexpr int kDays = 130;

ModelOptions quick() { return {.rounds = 5}; }

TEST(Ensemble, is_the_mix_of_its_members_by_its_weights) {
  const Series series = series_of(shop_rows(6, kDays, 2));
  const auto ensemble = make_ensemble(quick());
  ASSERT_TRUE(ensemble->fit(series, 100, Learn::means));
  std::vector<Predictions> members;
  for (const char* name : {"xgboost", "tsb", "moving_average"}) {
    const auto member = *make_model(name, quick());
    ASSERT_TRUE(member->fit(series, 100, Learn::means));
    members.push_back(*member->predict(series, 99, kNextWeek));
  }
  ensemble->set_weights({.next_day = {1, 0, 0}, .next_week = {0.5, 0.25, 0.25}});
  const auto mixed = ensemble->predict(series, 99, kNextWeek);
  ASSERT_TRUE(mixed);
  for (std::size_t i = 0; i < mixed->means.size(); ++i) {
    const bool is_next_day = i % 7 == 0;
    const float expected =
        is_next_day ? members[0].means[i] : members[0].means[i] / 2 + members[1].means[i] / 4 + members[2].means[i] / 4;
    EXPECT_NEAR(mixed->means[i], expected, 1e-4) << i;
  }
}

TEST(Ensemble, weights_come_from_days_that_it_has_not_learnt_and_stay_with_it) {
  const Series series = series_of(shop_rows(12, kDays, 2));
  const auto forecaster = Forecaster::fit(kEnsemble, quick(), series, kDays);
  ASSERT_TRUE(forecaster) << forecaster.error().message;
  const Json weights = forecaster->model().parameters().at("weights");
  double all = 0;
  for (const auto& [name, of_member] : weights.items()) {
    all += of_member.at("next_day").get<double>() + of_member.at("next_week").get<double>();
  }
  EXPECT_NEAR(all, 2, 1e-9);
  const auto files = forecaster->files();
  ASSERT_TRUE(files);
  const auto again = Forecaster::from_files(*files);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->model().parameters().at("weights"), weights);
  const auto before = forecaster->predict(series, kDays - 1, kNextWeek);
  const auto after = again->predict(series, kDays - 1, kNextWeek);
  ASSERT_TRUE(before && after);
  for (std::size_t i = 0; i < before->size(); ++i) {
    EXPECT_EQ((*before)[i].mean, (*after)[i].mean);
    EXPECT_EQ((*before)[i].quantiles, (*after)[i].quantiles);
  }
}

TEST(Ensemble, a_members_file_that_is_missing_is_told) {
  const Series series = series_of(shop_rows(6, kDays, 2));
  const auto forecaster = Forecaster::fit(kEnsemble, quick(), series, kDays);
  ASSERT_TRUE(forecaster);
  for (const char* name : {"xgboost.next_day.ubj", "tsb.smoothing.json"}) {
    ModelFiles files = *forecaster->files();
    ASSERT_EQ(files.erase(name), 1U);
    const auto read = Forecaster::from_files(files);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().fault, Fault::corrupt);
  }
}

}  // namespace
}  // namespace millrace
