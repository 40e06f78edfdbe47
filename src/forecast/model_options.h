// What a model is made with: its recipe. Two models with the same recipe differ in the days that they have learnt.
//
// Errors: JSON that is not such a recipe is `corrupt`. Thread rule: values.
#pragma once

#include <cstdint>
#include <stop_token>

#include "base/json.h"
#include "base/result.h"
#include "forecast/feature_set.h"

namespace millrace {

struct ModelOptions {
  FeatureSet features = all_features();
  std::uint64_t seed = 1;
  /// Training rows of each of a model's parts; more are sampled down. It bounds time and memory.
  std::int64_t rows_max = 300'000;
  // Of boosting, as XGBoost calls them:
  int rounds = 200;
  double learning_rate = 0.07;
  int max_depth = 7;
  double min_child_weight = 20;
  double subsample = 0.8;
  double colsample = 0.6;
  double tweedie_variance_power = 1.3;

  std::stop_token stop = {};  // not of the recipe; asked for: fit() ends early with fault stopped

  Json to_json() const;
};

Result<ModelOptions> model_options_from(const Json& json);

}  // namespace millrace
