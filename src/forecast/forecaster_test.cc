#include "forecast/forecaster.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

ModelOptions quick() {
  ModelOptions options;
  options.rounds = 20;
  return options;
}

void expect_sound(const std::vector<Forecast>& forecasts, const std::string& name) {
  for (const Forecast& forecast : forecasts) {
    EXPECT_TRUE(std::isfinite(forecast.mean)) << name;
    EXPECT_GE(forecast.mean, 0) << name;
    EXPECT_GE(forecast.quantiles[0], 0) << name;
    EXPECT_TRUE(std::ranges::is_sorted(forecast.quantiles)) << name;
    EXPECT_TRUE(std::isfinite(forecast.quantiles[2])) << name;
  }
}

TEST(Forecaster, every_model_gives_a_row_for_each_product_and_day) {
  const Series series = series_of(shop_rows(12, 90, 1));
  for (const std::string& name : model_names()) {
    const auto forecaster = Forecaster::fit(name, quick(), series, 90);
    ASSERT_TRUE(forecaster) << name << ": " << forecaster.error().message;
    const auto day = forecaster->predict(series, 89, std::array{kNextDay});
    ASSERT_TRUE(day);
    ASSERT_EQ(day->size(), 12U);
    EXPECT_EQ(day->front().date, Day{series.last_day().number + 1});
    const auto week = forecaster->predict(series, 89, kNextWeek);
    ASSERT_TRUE(week);
    ASSERT_EQ(week->size(), 12U * 7);
    EXPECT_EQ((*week)[6].date, Day{series.last_day().number + 7});
    EXPECT_EQ((*week)[0].mean, (*day)[0].mean);
    EXPECT_EQ((*week)[0].quantiles, (*day)[0].quantiles);
    const auto totals = forecaster->predict_week_totals(series, 89);
    ASSERT_TRUE(totals);
    ASSERT_EQ(totals->size(), 12U);
    double sum = 0;
    for (int k = 0; k < 7; ++k) {
      sum += static_cast<double>((*week)[static_cast<std::size_t>(k)].mean);
    }
    EXPECT_NEAR(totals->front().mean, sum, 1e-3);
    expect_sound(*day, name);
    expect_sound(*week, name);
    expect_sound(*totals, name);
  }
}

TEST(Forecaster, nothing_after_the_origin_changes_a_forecast_by_a_bit) {
  std::vector<OwnedRow> rows = shop_rows(10, 80, 2);
  const Series series = series_of(rows);
  for (OwnedRow& row : rows) {
    if (row.day.number >= kMonday.number + 70) {
      row.quantity = 1'000;
      row.price = 99;
      row.category = "Other";
    }
  }
  const Series other = series_of(rows);
  for (const std::string& name : model_names()) {
    const auto forecaster = Forecaster::fit(name, quick(), series, 70);
    const auto same = Forecaster::fit(name, quick(), other, 70);
    ASSERT_TRUE(forecaster && same);
    const auto forecasts = forecaster->predict(series, 69, kNextWeek);
    const auto same_forecasts = same->predict(other, 69, kNextWeek);
    ASSERT_TRUE(forecasts && same_forecasts);
    ASSERT_EQ(forecasts->size(), same_forecasts->size());
    for (std::size_t i = 0; i < forecasts->size(); ++i) {
      EXPECT_EQ((*forecasts)[i].mean, (*same_forecasts)[i].mean) << name;
      EXPECT_EQ((*forecasts)[i].quantiles, (*same_forecasts)[i].quantiles) << name;
    }
  }
}

TEST(Forecaster, stored_and_read_again_it_says_the_same) {
  const Series series = series_of(shop_rows(10, 80, 2));
  for (const std::string& name : model_names()) {
    const auto forecaster = Forecaster::fit(name, quick(), series, 80);
    ASSERT_TRUE(forecaster);
    const auto again = Forecaster::from_files(*forecaster->files());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->model().name(), name);
    const auto forecasts = forecaster->predict(series, 75, kNextWeek);
    const auto same = again->predict(series, 75, kNextWeek);
    for (std::size_t i = 0; i < forecasts->size(); ++i) {
      EXPECT_EQ((*forecasts)[i].mean, (*same)[i].mean);
      EXPECT_EQ((*forecasts)[i].quantiles, (*same)[i].quantiles);
    }
  }
}

TEST(Forecaster, strange_shops_get_finite_forecasts) {
  const auto shop = [](auto quantity_of, int products, int days) {
    std::vector<OwnedRow> rows;
    for (int product = 0; product < products; ++product) {
      for (int day = 0; day < days; ++day) {
        rows.push_back({.product_id = format("P{}", product),
                        .category = "x",
                        .day = {kMonday.number + day},
                        .quantity = quantity_of(product, day)});
      }
    }
    return series_of(rows);
  };
  const Series shops[] = {
      shop([](int, int) { return 3.0; }, 4, 60),                                     // constant
      shop([](int, int day) { return static_cast<double>(day % 2); }, 1, 60),        // a single product
      shop([](int product, int day) { return day == product ? 1.0 : 0.0; }, 3, 60),  // each sold once
      shop([](int, int day) { return day == 59 ? 1e6 : 0.0; }, 1, 60),               // sold on the last day alone
      shop([](int, int day) { return day < 2 ? 5.0 : 0.0; }, 2, 60),                 // ended long ago
  };
  for (const Series& series : shops) {
    for (const std::string& name : model_names()) {
      const auto forecaster = Forecaster::fit(name, quick(), series, series.days());
      if (!forecaster) {  // the fourth shop is a single day long
        EXPECT_EQ(forecaster.error().fault, Fault::invalid);
        EXPECT_LT(series.days(), kFitDaysMin);
        continue;
      }
      const auto week = forecaster->predict(series, series.days() - 1, kNextWeek);
      ASSERT_TRUE(week);
      EXPECT_EQ(week->size(), static_cast<std::size_t>(series.products()) * 7);
      expect_sound(*week, name);
    }
  }
}

TEST(Forecaster, before_anything_is_alive_there_is_no_row) {
  const Series series =
      series_of({{.product_id = "A", .category = "x", .day = kMonday, .quantity = 1},
                 {.product_id = "A", .category = "x", .day = Day{kMonday.number + 39}, .quantity = 1}});
  const auto forecaster = Forecaster::fit("moving_average", {}, series, 40);
  ASSERT_TRUE(forecaster);
  EXPECT_EQ(forecaster->predict(series, 0, kNextWeek)->size(), 7U);
}

TEST(Forecaster, an_unknown_model_names_the_nearest) {
  const auto model = make_model("xgbost", {});
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("did you mean xgboost"));
  EXPECT_FALSE(make_model("prophecy of the oracle", {}));
}

TEST(Forecaster, too_little_history_and_days_outside_are_invalid) {
  const Series series = series_of(shop_rows(5, 60, 1));
  for (const std::string& name : model_names()) {
    const auto forecaster = Forecaster::fit(name, quick(), series, kFitDaysMin - 1);
    ASSERT_FALSE(forecaster);
    EXPECT_EQ(forecaster.error().fault, Fault::invalid);
    EXPECT_TRUE(Forecaster::fit(name, quick(), series, kFitDaysMin)) << name;
  }
  EXPECT_EQ(*origin_of(series, series.last_day()), 59);
  for (const int offset : {-1, 60}) {
    const auto origin = origin_of(series, Day{series.first_day().number + offset});
    ASSERT_FALSE(origin);
    EXPECT_EQ(origin.error().fault, Fault::invalid);
  }
}

TEST(Forecaster, broken_and_newer_files_are_refused) {
  const Series series = series_of(shop_rows(5, 60, 1));
  const auto forecaster = Forecaster::fit("moving_average", {}, series, 60);
  ASSERT_TRUE(forecaster);
  const ModelFiles files = *forecaster->files();
  const auto with = [&](auto change) {
    Json json = *parse_json(files.at("forecaster.json"), "test");
    change(json);
    ModelFiles changed = files;
    changed["forecaster.json"] = json.dump();
    return Forecaster::from_files(changed);
  };
  EXPECT_TRUE(with([](Json&) {}));
  const auto newer = with([](Json& json) { json["format_version"] = 99; });
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().fault, Fault::invalid);
  EXPECT_THAT(newer.error().message, HasSubstr("newer millrace"));
  const Result<Forecaster> corrupt[] = {Forecaster::from_files({}),
                                        Forecaster::from_files({{"forecaster.json", "{"}}),
                                        with([](Json& json) { json.erase("calibration"); }),
                                        with([](Json& json) { json["options"]["seed"] = "one"; }),
                                        with([](Json& json) { json["options"]["features"] = {"tea_leaves"}; }),
                                        with([](Json& json) { json["calibration"]["next_day"] = {1}; }),
                                        with([](Json& json) { json["model"] = "xgboost"; })};
  for (const auto& result : corrupt) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().fault, Fault::corrupt) << result.error().message;
  }
}

}  // namespace
}  // namespace millrace
