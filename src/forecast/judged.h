// What forecasts are judged by, wherever they are judged: which products, what was sold, and what an error is held
// against.
//
// Thread rule: pure functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "forecast/series.h"

namespace millrace {

/// Products first sold fewer days before an origin are not judged: hardly anything is known of them.
constexpr int kJudgedAgeDays = 28;

/// Pieces sold on days [begin, begin + days).
float sold_on(const Series& series, int product, int begin, int days);

/// The mean squared difference from day to day before `end`: the error of yesterday's value as a forecast; nothing
/// where there is none. Source: R. Hyndman & A. Koehler, "Another look at measures of forecast accuracy", IJF 2006.
std::optional<double> squared_step(const Series& series, int product, int end);

/// How many products further to go from one to the next, so that not many more than `cells_max` cells of all products
/// and `days` are looked at.
inline int product_step(const Series& series, int days, std::int64_t cells_max) {
  return 1 + static_cast<int>(std::int64_t{series.products()} * std::max(0, days) / cells_max);
}

/// The power by which demand scatters more where its mean is higher.
constexpr double kVariancePower = 1.3;
/// How far, squared, a demand of this mean usually ends from it, up to a factor: what its squared error is held against
/// where products of all sizes are added up.
double usual_variance(double mean);
/// What a forecast of the mean costs where so much was sold, with that power: half of the Tweedie deviance, 0 where
/// both are the same. Source: B. Jorgensen, "The theory of dispersion models", 1997.
double tweedie_deviance(double sold, double mean);

}  // namespace millrace
