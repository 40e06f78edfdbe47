// What the section `ml` of the configuration says about fitting models.
//
// Errors: invalid for a list of features that cannot be. Thread rule: a pure function.
#pragma once

#include "cli/command.h"
#include "forecast/model_options.h"

namespace millrace {

inline Result<ModelOptions> model_options(const Context& context) {
  const MlSettings& ml = context.settings.ml;
  ModelOptions options{.seed = static_cast<std::uint64_t>(ml.seed),
                       .rows_max = ml.rows_max,
                       .rounds = ml.rounds,
                       .learning_rate = ml.learning_rate,
                       .max_depth = ml.max_depth,
                       .min_child_weight = ml.min_child_weight,
                       .subsample = ml.subsample,
                       .colsample = ml.colsample,
                       .tweedie_variance_power = ml.tweedie_variance_power,
                       .stop = context.stop};
  if (!ml.features.empty()) {
    auto features = feature_set_from(ml.features);
    if (!features) {
      return fail(std::move(features).error(), "ml.features");
    }
    options.features = *std::move(features);
  }
  return options;
}

}  // namespace millrace
