// Three models with hardly anything to learn, which the others must beat.
//
// zero: nothing is sold. seasonal_naive: the last known value of the same weekday. moving_average: the mean of the last
// 56 days × the shop's weekday profile. A product younger than a week (seasonal) or four weeks (average) is drawn to
// the mean of its category's young products (level.h). Thread rule: constants.
#pragma once

#include "forecast/model.h"

namespace millrace {

constexpr std::string_view kZero = "zero";
constexpr std::string_view kSeasonalNaive = "seasonal_naive";
constexpr std::string_view kMovingAverage = "moving_average";

std::unique_ptr<Model> make_zero();
std::unique_ptr<Model> make_seasonal_naive();
std::unique_ptr<Model> make_moving_average();
/// Fault corrupt where the files are not those of such a model.
Result<std::unique_ptr<Model>> read_moving_average(const ModelFiles& files);

}  // namespace millrace
