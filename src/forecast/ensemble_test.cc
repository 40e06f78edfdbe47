#include "forecast/ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "forecast/forecaster.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

constexpr int kDays = 130;

ModelOptions quick() { return {.rounds = 5}; }

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(WeightFinder, without_anything_seen_all_weigh_the_same) {
  EXPECT_EQ(WeightFinder(2).weights(), (std::vector<double>{0.5, 0.5}));
}

TEST(WeightFinder, one_that_is_right_gets_most) {
  WeightFinder finder(3);
  for (int i = 0; i < 100; ++i) {
    const auto y = static_cast<float>(i % 7);
    finder.add(std::array{y, y + static_cast<float>(i % 3) * 5, 10.F}, y);
  }
  const auto weights = finder.weights();
  EXPECT_GT(weights[0], 0.9);
  EXPECT_NEAR(sum(weights), 1, 1e-12);
  EXPECT_GE(*std::ranges::min_element(weights), 0);
}

TEST(WeightFinder, two_that_err_to_both_sides_are_mixed) {
  WeightFinder finder(2);
  for (int i = 0; i < 100; ++i) {
    const auto y = static_cast<float>(10 + i % 5);
    finder.add(std::array{y - 1, y + 3}, y);
  }
  EXPECT_NEAR(finder.weights()[0], 0.75, 0.05) << "3 of 4 parts; drawn a little to the half";
}

TEST(WeightFinder, agrees_with_a_search_over_all_mixes) {
  std::mt19937 random(7);
  const auto draw = [&random] { return static_cast<float>(random() % 1000) / 100; };
  WeightFinder finder(3);
  std::vector<std::array<float, 4>> seen;
  for (int i = 0; i < 200; ++i) {
    const float y = draw();
    seen.push_back({y + draw() - 4, draw(), y / 2 + draw(), y});
    finder.add(std::span(seen.back()).first(3), y);
  }
  const auto loss = [&seen](double a, double b) {
    double squares = 0;
    for (const auto& one : seen) {
      const double mix =
          a * static_cast<double>(one[0]) + b * static_cast<double>(one[1]) + (1 - a - b) * static_cast<double>(one[2]);
      const double mean = static_cast<double>(one[0] + one[1] + one[2]) / 3;
      squares += std::pow(mix - static_cast<double>(one[3]), 2) / std::pow(std::max(mean, 0.05), 1.3);
    }
    return squares;
  };
  double least = loss(1, 0);
  for (int a = 0; a <= 100; ++a) {
    for (int b = 0; a + b <= 100; ++b) {
      least = std::min(least, loss(a / 100.0, b / 100.0));
    }
  }
  const auto found = finder.weights();
  EXPECT_LT(loss(found[0], found[1]), least * 1.02);
}

TEST(Ensemble, is_the_mix_of_its_members_by_its_weights) {
  const Series series = series_of(shop_rows(6, kDays, 2));
  const auto ensemble = make_ensemble(quick());
  ASSERT_TRUE(ensemble->fit(series, 100, Learn::means));
  std::vector<Predictions> members;
  for (const char* name : {"xgboost", "linear_regression", "moving_average"}) {
    const auto member = *make_model(name, quick());
    ASSERT_TRUE(member->fit(series, 100, Learn::means));
    members.push_back(*member->predict(series, 99, kNextWeek));
  }
  ensemble->set_weights(std::array{1.0, 0.0, 0.0, 0.25, 0.25, 0.5});
  const auto mixed = ensemble->predict(series, 99, kNextWeek);
  ASSERT_TRUE(mixed);
  for (std::size_t i = 0; i < mixed->means.size(); ++i) {
    const bool is_next_day = i % 7 == 0;
    const float expected =
        is_next_day ? members[0].means[i] : members[0].means[i] / 4 + members[1].means[i] / 4 + members[2].means[i] / 2;
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
  for (const char* name : {"xgboost.next_day.ubj", "linear_regression.linear.json"}) {
    ModelFiles files = *forecaster->files();
    if (files.erase(name) == 0) {
      continue;
    }
    const auto read = Forecaster::from_files(files);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().fault, Fault::corrupt);
  }
}

}  // namespace
}  // namespace millrace
