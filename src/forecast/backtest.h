// A rolling-origin evaluation: how good a model would have been, had it been fitted again at the end of each fold.
//
// The last `folds` × `horizon` days are judged. From each fold's origin, the day before its days, a forecaster that has
// learnt the days up to there (an expanding window; nothing behind it is read) forecasts the fold's days and, where the
// horizon is a week, their total. With daily origins it also forecasts one day ahead from every other day of the fold,
// reading the days up to that one without being fitted again. Judged are products first sold four weeks or more before
// the origin. Seasonal naive is judged beside the model on the same days.
// Errors: invalid for a model, horizon or history that cannot be; those of fitting; the sink's. Thread rule: one
// thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecast/forecaster.h"
#include "forecast/metrics.h"

namespace millrace {

struct BacktestOptions {
  std::string model;
  ModelOptions model_options = {};
  int folds = 4;
  int horizon = 7;  // 1 to 7 days
  bool daily_origins = false;
  std::function<void(std::string_view)> progress = {};  // told what begins; may be empty
};

/// A forecast with what it was made from.
struct BacktestRow {
  Day origin;  // the last day that was read
  Day date;    // the first day that is forecast
  int span;    // days that are forecast together
  int product;
  float mean;
  Quantiles quantiles;
};
using BacktestSink = std::function<Result<void>(const BacktestRow&)>;

struct BacktestScores {
  Scores next_day;  // one step ahead, from every origin
  Scores days;      // all days of the horizon, from the folds' origins
  Scores total;     // of a week; no cells with another horizon
  /// The root of a product's mean squared error over that of yesterday's value as a forecast, in its past: the mean
  /// over products and folds, and that weighted by the last four weeks' revenue. Source: Makridakis et al., "The M5
  /// accuracy competition", IJF 2022.
  std::optional<double> rmsse;
  std::optional<double> weighted_rmsse;
  // Of the days of the horizon:
  std::map<int, Scores> by_horizon;
  std::map<std::string, Scores>
      by_volume;  // A: the products that made 80 % of the pieces, B: the next 15 %, C: the rest
  std::map<std::string, Scores> by_category;

  Json to_json() const;
};

struct BacktestReport {
  std::vector<Day> origins;  // of the folds
  BacktestScores model;
  BacktestScores seasonal_naive;
};

/// `sink` gets each forecast of the model, of products that are judged, fold by fold.
Result<BacktestReport> backtest(const Series& series, const BacktestOptions& options, const BacktestSink& sink);

}  // namespace millrace
