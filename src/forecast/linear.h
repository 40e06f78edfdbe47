// Linear regression with a ridge penalty, on the same features as the trees.
//
// Demand is expected × (1 + Σ weight × feature): the level × weekday factor, corrected in proportion. That is linear
// in its coefficients, so it has a closed form. Errors are weighted with expected^-1.3, as large sales scatter more
// (the variance that Tweedie loss assumes too). Features enter as sign × log(1 + |x|), standardised, within ±4; one
// penalty for all coefficients but none for the constant. One regression for the next day, one for the week.
// File: linear.json. Thread rule: as model.h.
#pragma once

#include "forecast/model.h"

namespace millrace {

constexpr std::string_view kLinearRegression = "linear_regression";

std::unique_ptr<Model> make_linear_regression(const ModelOptions& options);
/// Fault corrupt where the files are not those of such a model.
Result<std::unique_ptr<Model>> read_linear_regression(const ModelOptions& options, const ModelFiles& files);

}  // namespace millrace
