#include "forecast/judged.h"

#include <algorithm>
#include <cmath>

namespace millrace {
namespace {

constexpr double kMeanMin = 0.05;  // pieces: less is as sure

}  // namespace

double usual_variance(double mean) { return std::pow(std::max(mean, kMeanMin), kVariancePower); }

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
