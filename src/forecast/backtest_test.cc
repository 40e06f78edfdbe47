#include "forecast/backtest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

constexpr int kDays = 120;

struct Finished {
  BacktestReport report;
  std::vector<BacktestRow> rows;
};

Finished run(const Series& series, const BacktestOptions& options) {
  Finished finished;
  auto report = backtest(series, options, [&finished](const BacktestRow& row) -> Result<void> {
    finished.rows.push_back(row);
    return {};
  });
  EXPECT_TRUE(report) << (report ? "" : report.error().message);
  finished.report = report ? *std::move(report) : BacktestReport{};
  return finished;
}

BacktestOptions moving_average() { return {.model = "moving_average"}; }

std::vector<std::string> words(const std::vector<BacktestRow>& rows) {
  std::vector<std::string> texts;
  for (const BacktestRow& row : rows) {
    texts.push_back(format("{} {} {} {} {} {} {} {}", to_string(row.origin), to_string(row.date), row.span, row.product,
                           row.mean, row.quantiles[0], row.quantiles[1], row.quantiles[2]));
  }
  return texts;
}

TEST(Backtest, folds_end_on_the_last_day_one_behind_the_other) {
  const Series series = series_of(shop_rows(5, kDays, 1), Day{kMonday.number + kDays - 1});
  const Finished done = run(series, {.model = "moving_average", .folds = 3, .horizon = 5});
  EXPECT_EQ(done.report.origins,
            (std::vector<Day>{series.day(kDays - 16), series.day(kDays - 11), series.day(kDays - 6)}));
  EXPECT_EQ(done.rows.size(), 3U * 5 * 5) << "folds, products, days; no total of five days";
  EXPECT_EQ(done.report.model.total.cells, 0);
  for (const BacktestRow& row : done.rows) {
    EXPECT_LT(row.origin, row.date);
  }
}

TEST(Backtest, a_weeks_total_and_daily_origins_come_beside_the_days) {
  const Series series = series_of(shop_rows(5, kDays, 1), Day{kMonday.number + kDays - 1});
  BacktestOptions options = moving_average();
  options.daily_origins = true;
  const Finished done = run(series, options);
  EXPECT_EQ(done.rows.size(), 4U * 5 * (7 + 1 + 6));
  EXPECT_EQ(done.report.model.next_day.cells, 28 * 5);
  EXPECT_EQ(done.report.model.days.cells, 28 * 5);
  EXPECT_EQ(done.report.model.total.cells, 4 * 5);
  std::set<std::tuple<Day, Day, int, int>> seen;
  for (const BacktestRow& row : done.rows) {
    EXPECT_TRUE(seen.insert({row.origin, row.date, row.span, row.product}).second) << "no forecast stands twice";
  }
}

TEST(Backtest, nothing_behind_a_forecasts_origin_changes_it) {
  auto rows = shop_rows(5, kDays, 1);
  const Day last{kMonday.number + kDays - 1};
  for (const char* model : {"seasonal_naive", "moving_average", "linear_regression", "xgboost", "ensemble"}) {
    const BacktestOptions options{.model = model, .model_options = {.rounds = 3}, .daily_origins = true};
    const Finished before = run(series_of(rows, last), options);
    const Day changed_from{last.number - 10};
    auto changed = rows;
    for (OwnedRow& row : changed) {
      if (row.day > changed_from) {
        row.quantity = row.quantity * 3 + 1;
        row.price = 99;
        row.views += 7;
      }
    }
    const Finished after = run(series_of(changed, last), options);
    ASSERT_EQ(before.rows.size(), after.rows.size());
    std::size_t compared = 0;
    const auto texts = words(before.rows);
    const auto texts_after = words(after.rows);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (before.rows[i].origin <= changed_from) {
        EXPECT_EQ(texts[i], texts_after[i]) << model;
        ++compared;
      }
    }
    EXPECT_GT(compared, texts.size() / 3);
    EXPECT_NE(texts, texts_after) << model;
  }
}

TEST(Backtest, scores_agree_with_a_sum_by_hand) {
  const Series series = series_of(shop_rows(6, kDays, 3), Day{kMonday.number + kDays - 1});
  const Finished done = run(series, moving_average());
  double absolute = 0;
  double sold = 0;
  std::map<int, double> squares;
  for (const BacktestRow& row : done.rows) {
    if (row.span == 1) {
      const double y = static_cast<double>(series.value(Channel::units, row.product, series.index(row.date)));
      absolute += std::abs(static_cast<double>(row.mean) - y);
      sold += y;
    }
  }
  EXPECT_NEAR(*done.report.model.days.wape, absolute / sold, 1e-9);
  EXPECT_EQ(done.report.model.by_horizon.size(), 7U);
  std::int64_t cells = 0;
  for (const auto& [name, scores] : done.report.model.by_volume) {
    cells += scores.cells;
  }
  EXPECT_EQ(cells, done.report.model.days.cells);
  EXPECT_EQ(done.report.model.by_category.size(), 2U);
  EXPECT_GT(*done.report.model.rmsse, 0);
}

TEST(Backtest, seasonal_naive_beside_itself_is_the_same) {
  const Series series = series_of(shop_rows(6, kDays, 3));
  const Finished done = run(series, {.model = "seasonal_naive"});
  EXPECT_EQ(done.report.model.to_json(), done.report.seasonal_naive.to_json());
}

TEST(Backtest, products_that_are_too_young_are_not_judged) {
  auto rows = shop_rows(2, kDays, 1);
  const Day last{kMonday.number + kDays - 1};
  rows.push_back({.product_id = "young", .category = "Toys", .day = {last.number - 40}, .quantity = 9, .orders = 1});
  const Finished done = run(series_of(rows, last), moving_average());
  std::set<Day> origins;
  const Series series = series_of(rows, last);
  for (const BacktestRow& row : done.rows) {
    if (series.product_id(row.product) == "young") {
      origins.insert(row.origin);
    }
  }
  EXPECT_EQ(origins, std::set<Day>{Day{last.number - 7}}) << "first sold 33 days before it, 26 before the one before";
}

TEST(Backtest, what_cannot_be_is_refused) {
  const Series series = series_of(shop_rows(3, 60, 1));
  const auto refused = [&series](const BacktestOptions& options) {
    const auto report = backtest(series, options, {});
    EXPECT_FALSE(report);
    return report ? "" : report.error().message;
  };
  EXPECT_NE(refused({.model = "moving_avrage"}).find("moving_average"), std::string::npos);
  EXPECT_NE(refused({.model = "moving_average", .folds = 0}).find("at least one fold"), std::string::npos);
  EXPECT_NE(refused({.model = "moving_average", .horizon = 8}).find("1 to 7 days"), std::string::npos);
  EXPECT_NE(refused({.model = "moving_average", .folds = 5}).find("too little sales history"), std::string::npos);
}

TEST(Backtest, the_sinks_error_ends_it) {
  const Series series = series_of(shop_rows(3, kDays, 1));
  const auto report = backtest(series, moving_average(), [](const BacktestRow&) -> Result<void> {
    return fail(Fault::unavailable, "disk full");
  });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, "disk full");
}

}  // namespace
}  // namespace millrace
