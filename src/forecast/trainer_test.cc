#include "forecast/trainer.h"

#include <gmock/gmock.h>

#include "base/temporary_folder.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

TrainOptions options_for(std::vector<std::string> models) {
  TrainOptions options;
  options.models = std::move(models);
  options.model.rounds = 20;
  options.git_revision = "abc123";
  options.created_at = start_of(kMonday);
  return options;
}

class TrainerTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Registry registry_{folder_.path() / "models"};
};

TEST_F(TrainerTest, stores_every_model_and_chooses_the_best) {
  const Series series = series_of(shop_rows(15, 120, 1));
  TrainOptions options = options_for(model_names());
  std::vector<std::string> told;
  options.progress = [&](std::string_view text) { told.emplace_back(text); };
  const auto report = train(series, options, registry_);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->models.size(), model_names().size());
  EXPECT_EQ(report->products, 15);
  const TrainedModel* best = &report->models.front();
  for (const TrainedModel& model : report->models) {
    best = model.evaluation.rmse() < best->evaluation.rmse() ? &model : best;
    EXPECT_EQ(model.evaluation.first, series.day(92));
  }
  EXPECT_EQ(report->champion, best->version);
  EXPECT_EQ(*registry_.champion(), best->version);
  EXPECT_DOUBLE_EQ(report->models[1].skill, 0);  // seasonal naive against itself
  EXPECT_GT(best->skill, 0.1);
  EXPECT_EQ(told.size(), 3 * model_names().size());

  const auto loaded = load_forecaster(registry_, "champion");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->metadata.at("git_revision"), "abc123");
  EXPECT_EQ(loaded->metadata.at("created_at"), "2024-01-01T00:00:00.000000Z");
  EXPECT_EQ(loaded->metadata.at("data").at("last_day"), to_string(series.last_day()));
  EXPECT_EQ(loaded->metadata.at("options").at("features").size(), kFeatures);
  EXPECT_TRUE(loaded->metadata.at("metrics").at("next_day").at("rmse").is_number());
  EXPECT_EQ(loaded->forecaster.predict(series, 119, kNextWeek)->size(), 15U * 7);
}

TEST_F(TrainerTest, a_second_run_gives_the_same_numbers_under_a_new_version) {
  const Series series = series_of(shop_rows(10, 80, 2));
  const auto first = train(series, options_for({"xgboost"}), registry_);
  const auto second = train(series, options_for({"xgboost"}), registry_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->champion, (ModelVersion{"xgboost", 2}));
  EXPECT_THAT(second->decision, HasSubstr("the recipe of xgboost/1, fitted again"));
  EXPECT_FALSE(second->test);
  EXPECT_EQ(registry_.load({"xgboost", 1})->files, registry_.load({"xgboost", 2})->files);
  EXPECT_EQ(first->models[0].evaluation.to_json(), second->models[0].evaluation.to_json());
}

TEST_F(TrainerTest, a_lesser_model_does_not_replace_the_champion_of_another_name) {
  const Series series = series_of(shop_rows(15, 120, 1));
  ASSERT_TRUE(train(series, options_for({"moving_average"}), registry_));
  const auto naive = train(series, options_for({"seasonal_naive"}), registry_);
  ASSERT_TRUE(naive);
  EXPECT_EQ(naive->champion.name, "moving_average");
  EXPECT_THAT(naive->decision, HasSubstr("moving_average/1 stays: no better model on 28 days, p = "));
  EXPECT_GT(naive->test->p_value, 0.5);
  // The champion's own model is replaced by its newer version, whatever its figures.
  EXPECT_EQ(train(series, options_for({"moving_average"}), registry_)->champion, (ModelVersion{"moving_average", 2}));
}

TEST_F(TrainerTest, a_better_model_becomes_champion_by_a_paired_test_and_that_is_noted) {
  const Series series = series_of(shop_rows(15, 120, 1));
  const auto first = train(series, options_for({"seasonal_naive"}), registry_);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->decision, "the first champion");
  const auto second = train(series, options_for({"moving_average"}), registry_);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->champion, (ModelVersion{"moving_average", 1}));
  ASSERT_TRUE(second->test);
  EXPECT_LT(second->test->p_value, 0.05);
  EXPECT_EQ(second->test->days, 28);
  const auto promotions = registry_.promotions();
  ASSERT_EQ(promotions->size(), 2U);
  EXPECT_EQ(promotions->back().reason, second->decision);
  EXPECT_EQ(promotions->back().evidence.at("test").at("p_value"), second->test->p_value);
}

TEST_F(TrainerTest, other_parameters_are_another_recipe_and_must_be_better) {
  const Series series = series_of(shop_rows(10, 80, 2));
  ASSERT_TRUE(train(series, options_for({"xgboost"}), registry_));
  TrainOptions other = options_for({"xgboost"});
  other.model.seed = 2;
  const auto report = train(series, other, registry_);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->champion, (ModelVersion{"xgboost", 1})) << report->decision;
  EXPECT_EQ(report->models[0].version, (ModelVersion{"xgboost", 2})) << "stored all the same";
  EXPECT_TRUE(report->test);
}

TEST_F(TrainerTest, a_recipe_that_fell_behind_seasonal_naive_does_not_take_its_older_versions_place) {
  // Steady for long, then each week as the week before but with other products: only the last week's value is right.
  const auto rows = [](int days, bool is_odd) {
    std::vector<OwnedRow> all;
    for (int product = 0; product < 8; ++product) {
      for (int day = 0; day < days; ++day) {
        const int slot = is_odd && day >= 100 ? (product + day % 7) % 8 : product;
        all.push_back({.product_id = format("P{}", product),
                       .category = "x",
                       .day = {kMonday.number + day},
                       .quantity = 1.0 + slot * slot + day % 3,
                       .orders = 1});
      }
    }
    return all;
  };
  ASSERT_TRUE(train(series_of(rows(120, false)), options_for({"moving_average"}), registry_));
  const auto report = train(series_of(rows(156, true)), options_for({"moving_average"}), registry_);
  ASSERT_TRUE(report);
  EXPECT_LT(report->models[0].skill, 0);
  EXPECT_EQ(report->champion, (ModelVersion{"moving_average", 1}));
  EXPECT_THAT(report->decision, HasSubstr("worse than seasonal naive"));
}

TEST_F(TrainerTest, a_damaged_champion_does_not_stand_in_the_way) {
  const Series series = series_of(shop_rows(10, 80, 1));
  ASSERT_TRUE(train(series, options_for({"moving_average"}), registry_));
  ASSERT_TRUE(remove_file(folder_.path() / "models/moving_average/1/metadata.json"));
  const auto damaged = load_forecaster(registry_, "champion");
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().fault, Fault::corrupt);
  EXPECT_EQ(train(series, options_for({"seasonal_naive"}), registry_)->champion.name, "seasonal_naive");
  EXPECT_TRUE(load_forecaster(registry_, "champion"));
}

TEST_F(TrainerTest, works_from_forty_days_on) {
  const auto with = [&](int days) {
    return train(series_of(shop_rows(5, days, 1)), options_for(model_names()), registry_);
  };
  const auto report = with(kTrainDaysMin);
  EXPECT_TRUE(report) << report.error().message;
  const auto refused = with(kTrainDaysMin - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_THAT(refused.error().message, HasSubstr("39 of 40 days"));
}

TEST_F(TrainerTest, wrong_names_are_refused_before_anything_is_trained) {
  const Series series = series_of(shop_rows(5, 60, 1));
  for (const auto& models : {std::vector<std::string>{}, {"moving_average", "xgbost"}, {"xgboost", "xgboost"}}) {
    const auto report = train(series, options_for(models), registry_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().fault, Fault::invalid);
  }
  EXPECT_TRUE(registry_.versions("moving_average")->empty());
  EXPECT_EQ(load_forecaster(registry_, "champion").error().fault, Fault::not_found);
}

}  // namespace
}  // namespace millrace
