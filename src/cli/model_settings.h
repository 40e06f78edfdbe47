// What the section `ml` of the configuration says about fitting models.
//
// Thread rule: a pure function.
#pragma once

#include "cli/command.h"
#include "forecast/model.h"

namespace millrace {

inline ModelOptions model_options(const Context& context) {
  ModelOptions options;
  options.seed = static_cast<std::uint64_t>(context.settings.ml.seed);
  options.rounds = context.settings.ml.rounds;
  options.rows_max = context.settings.ml.rows_max;
  options.stop = context.stop;
  return options;
}

}  // namespace millrace
