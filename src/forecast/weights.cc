#include "forecast/weights.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "forecast/judged.h"

namespace millrace {
namespace {

constexpr int kSweeps = 200;  // of the search, which is done after a few

}  // namespace

WeightFinder::WeightFinder(std::vector<double> prior, double prior_strength)
    : prior_(std::move(prior)),
      prior_strength_(prior_strength),
      products_(prior_.size() * prior_.size()),
      errors_(prior_.size()),
      deviations_(prior_.size()) {}

void WeightFinder::add(std::span<const float> forecasts, float sold) {
  const std::size_t members = prior_.size();
  CHECK(forecasts.size() == members);
  const double mean = std::accumulate(forecasts.begin(), forecasts.end(), 0.0) / static_cast<double>(members);
  const double variance = usual_variance(mean);
  for (std::size_t i = 0; i < members; ++i) {
    deviations_[i] = static_cast<double>(forecasts[i]) - mean;
  }
  for (std::size_t i = 0; i < members; ++i) {
    errors_[i] += deviations_[i] * (static_cast<double>(sold) - mean) / variance;
    for (std::size_t j = 0; j < members; ++j) {
      products_[i * members + j] += deviations_[i] * deviations_[j] / variance;
    }
  }
}

/// Weight moves between two members at a time, as far as it helps, until it helps no more: the problem is convex.
std::vector<double> WeightFinder::weights() const {
  const std::size_t members = prior_.size();
  double ridge = 0;
  for (std::size_t i = 0; i < members; ++i) {
    ridge += prior_strength_ * products_[i * members + i] / static_cast<double>(members);
  }
  std::vector<double> weights = prior_;
  const auto slope = [&](std::size_t i) {
    double sum = ridge * (weights[i] - prior_[i]) - errors_[i];
    for (std::size_t j = 0; j < members; ++j) {
      sum += products_[i * members + j] * weights[j];
    }
    return sum;
  };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t i = 0; i < members; ++i) {
      for (std::size_t j = i + 1; j < members; ++j) {
        const double curvature =
            products_[i * members + i] + products_[j * members + j] - 2 * products_[i * members + j] + 2 * ridge;
        if (curvature > 0) {
          const double step = std::clamp((slope(j) - slope(i)) / curvature, -weights[i], weights[j]);
          weights[i] += step;
          weights[j] -= step;
        }
      }
    }
  }
  return weights;
}

}  // namespace millrace
