#include "forecast/judged.h"

#include <algorithm>
#include <cmath>

namespace millrace {
namespace {

constexpr double kForecastMin = 0.01;
constexpr double kMeanMin = 0.05;  // pieces: less is as sure

}  // namespace

double usual_variance(double mean) { return std::pow(std::max(mean, kMeanMin), kVariancePower); }

double tweedie_deviance(double sold, double mean) {
  constexpr double kOne = 1 - kVariancePower;
  constexpr double kTwo = 2 - kVariancePower;
  const double least = std::max(mean, kForecastMin);
  return std::pow(sold, kTwo) / (kOne * kTwo) - sold * std::pow(least, kOne) / kOne + std::pow(least, kTwo) / kTwo;
}

float sold_on(const Series& series, int product, int begin, int days) {
  float sold = 0;
  for (int day = begin; day < begin + days; ++day) {
    sold += series.value(Channel::units, product, day);
  }
  return sold;
}

std::optional<double> squared_step(const Series& series, int product, int end) {
  const auto values = series.values(Channel::units, product, end);
  double squares = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto step = static_cast<double>(values[i] - values[i - 1]);
    squares += step * step;
  }
  return squares > 0 ? std::optional(squares / static_cast<double>(values.size() - 1)) : std::nullopt;
}

}  // namespace millrace
