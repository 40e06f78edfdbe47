// Gradient boosted trees (XGBoost), direct: one set of trees for the next day, one for the days of the week after it.
//
// Means: Tweedie loss (power 1.3), which bulk orders do not rule as they rule squared error, started at
// log(level × weekday factor): the trees learn what to correct. Quantiles: pinball loss for P10, P50 and P90 at once,
// on pieces. Everything else is the recipe below; `parameters()` shows it.
// Cost: training is linear in rows_max × rounds; two sets are trained side by side by two threads.
// Files: next_day.ubj, next_week.ubj, and with quantiles next_day_quantiles.ubj, next_week_quantiles.ubj.
// Thread rule: as model.h.
#pragma once

#include "forecast/model.h"

namespace millrace {

constexpr std::string_view kXgboost = "xgboost";

std::unique_ptr<Model> make_xgboost(const ModelOptions& options);
/// Fault corrupt where the files are not those of such a model.
Result<std::unique_ptr<Model>> read_xgboost(const ModelOptions& options, const ModelFiles& files);

}  // namespace millrace
