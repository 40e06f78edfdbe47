// Training from end to end: fit, judge on the last weeks, fit again on everything, store, choose a champion.
//
// For each model: a forecaster that has seen all but the last four weeks (a quarter, in a short history) is judged on
// them, beside seasonal naive; what happened around its means gives the intervals of the final one, which learns all
// days and is stored with the figures of the first. The best of a run (by Evaluation::rmse()) challenges the champion:
// it takes its place where a paired test on the days judged (paired_test.h) says better. There the champion's recipe
// (model, parameters, features) is judged, fitted on the same days as the challenger, since the champion itself may
// have seen the days behind. The same recipe with newer days takes the place of an older one without a test, unless it
// is worse than seasonal naive and the older one was not. Why, stands in the registry's promotions. Cost: three fits of
// a model's means, two of its quantiles. Errors: too little history is `invalid`, `stopped` after a request to stop;
// what is stored by then stays. Thread rule: one call at a time for a process; several processes may train into the
// same registry.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "forecast/evaluation.h"
#include "forecast/paired_test.h"
#include "forecast/registry.h"

namespace millrace {

/// Days of sales that training needs.
constexpr int kTrainDaysMin = 40;

struct TrainOptions {
  std::vector<std::string> models;  // of model_names(), each once
  ModelOptions model;
  std::string git_revision;  // of the program, for the metadata
  Instant created_at;
  std::function<void(std::string_view)> progress;  // told what begins; may be empty
};

struct TrainedModel {
  ModelVersion version;
  Evaluation evaluation;
  double skill;  // 1 − rmse ÷ that of seasonal naive on the same days: above 0 is better
};

struct TrainReport {
  Day first_day;
  Day last_day;
  int products;
  Evaluation seasonal_naive;
  std::vector<TrainedModel> models;  // as asked for
  ModelVersion champion;
  std::string decision;            // why it is champion, for people
  std::optional<PairedTest> test;  // of the best of this run against the champion before it
};

Result<TrainReport> train(const Series& series, const TrainOptions& options, const Registry& registry);

/// The forecaster that a user calls `champion`, `xgboost` or `xgboost/3`, and what is stored about it.
struct LoadedForecaster {
  ModelVersion version;
  Json metadata;
  Forecaster forecaster;
};
Result<LoadedForecaster> load_forecaster(const Registry& registry, std::string_view text);

}  // namespace millrace
