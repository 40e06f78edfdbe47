// A mix of models: XGBoost, which learns from all products, TSB and the moving average, which look at one alone.
//
// Each has a weight for the next day and one for the days of the week. Until days that the members have not learnt
// speak for others (calibration.h, weights.h), they are a half, a quarter and a quarter. Quantiles are those of
// XGBoost. Its files are its members', each with the member's name in front. Source: Makridakis et al., "The M5
// accuracy competition", IJF 2022, whose best entries are such mixes. Errors, thread rule: as Model.
#pragma once

#include "forecast/model.h"

namespace millrace {

constexpr std::string_view kEnsemble = "ensemble";

std::unique_ptr<Model> make_ensemble(const ModelOptions& options);
/// Fault corrupt where the files are not those of such a model.
Result<std::unique_ptr<Model>> read_ensemble(const ModelOptions& options, const ModelFiles& files);

}  // namespace millrace
