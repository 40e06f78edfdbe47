#include "forecast/drift.h"

#include <gmock/gmock.h>

#include "base/temporary_folder.h"
#include "forecast/series_testing.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

constexpr int kDays = 120;

class DriftTest : public ::testing::Test {
 protected:
  LoadedForecaster trained_on(const Series& series) {
    TrainOptions options;
    options.models = {"moving_average"};
    EXPECT_TRUE(train(series, options, registry_));
    auto loaded = load_forecaster(registry_, "champion");
    EXPECT_TRUE(loaded);
    return *std::move(loaded);
  }

  TemporaryFolder folder_;
  Registry registry_{folder_.path() / "models"};
};

TEST_F(DriftTest, a_model_of_today_is_fresh) {
  const Series series = series_of(shop_rows(60, kDays, 1));
  const auto report = drift_of(trained_on(series), series, 35);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->is_stale());
  EXPECT_EQ(report->age_days, 0);
  EXPECT_FALSE(report->wape_now) << "there is no day since";
  EXPECT_GT(report->wape_then, 0);
  ASSERT_FALSE(report->inputs.empty());
  EXPECT_NEAR(report->inputs.front().index, 0, 1e-9) << "nothing has changed";
}

TEST_F(DriftTest, a_shop_that_goes_on_as_before_leaves_its_model_fresh_until_it_is_too_old) {
  const Series later = series_of(shop_rows(60, kDays + 28, 1));
  const LoadedForecaster model = trained_on(series_of(shop_rows(60, kDays, 1)));
  const auto report = drift_of(model, later, 35);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->age_days, 28);
  ASSERT_TRUE(report->wape_now && report->naive_now);
  EXPECT_LT(*report->wape_now, *report->naive_now);
  EXPECT_FALSE(report->is_stale()) << report->reasons.front();
  const auto old = drift_of(model, later, 27);
  ASSERT_EQ(old->reasons.size(), 1U);
  EXPECT_THAT(old->reasons[0], HasSubstr("the last 28 days, 27 are allowed"));
}

TEST_F(DriftTest, a_shop_that_changed_is_told_from_its_inputs_and_its_errors) {
  std::vector<OwnedRow> rows = shop_rows(60, kDays, 1);
  const LoadedForecaster model = trained_on(series_of(rows));
  for (OwnedRow& row : shop_rows(60, kDays + 40, 1)) {
    if (row.day.number >= kMonday.number + kDays) {
      row.quantity = row.day.number % 3 == 0 ? 400 : 1;  // now in bulk
      row.price *= 9;
      rows.push_back(row);
    }
  }
  const auto report = drift_of(model, series_of(rows), 100);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->inputs.front().is_large);
  EXPECT_GT(*report->wape_now, report->wape_then);
  ASSERT_EQ(report->reasons.size(), 2U);
  EXPECT_THAT(report->reasons[0], HasSubstr("WAPE"));
  EXPECT_THAT(report->reasons[1], HasSubstr("inputs have changed"));
  EXPECT_EQ(report->to_json().at("stale"), true);
}

TEST(InputProfile, is_read_as_it_was_stored_and_nothing_else_is) {
  const Series series = series_of(shop_rows(30, kDays, 1));
  const InputProfile profile = InputProfile::of(series, kDays - 1, all_features());
  const auto again = InputProfile::from_json(*parse_json(profile.to_json().dump(), "test"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->to_json(), profile.to_json());
  EXPECT_FALSE(profile.to_json().at("features").contains("weekday")) << "the same for all products";
  EXPECT_TRUE(profile.to_json().at("features").contains("mean_28"));
  for (const char* broken :
       {"null", "{}", R"({"products": 3, "features": {"mean_28": {"edges": [2, 1], "shares": [1]}}})",
        R"({"products": 3, "features": {"mean_29": {"edges": [], "shares": [1]}}})"}) {
    const auto refused = InputProfile::from_json(*parse_json(broken, "test"));
    ASSERT_FALSE(refused) << broken;
    EXPECT_EQ(refused.error().fault, Fault::invalid);
  }
}

}  // namespace
}  // namespace millrace
