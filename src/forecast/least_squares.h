// Weighted least squares with a ridge penalty, solved in closed form.
//
// Finds the coefficients b that minimise Σ weight × (target − row · b)² + Σ penalty[i] × b[i]². Rows are added one by
// one and not kept: memory is columns², time rows × columns².
// The sums are doubles in the order of the rows, so the same rows in the same order give the same coefficients.
// Thread rule: one thread.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"

namespace millrace {

class LeastSquares {
 public:
  explicit LeastSquares(std::size_t columns);

  void add(std::span<const double> row, double target, double weight);
  /// Fault invalid where the rows and penalties do not determine the coefficients, or are not finite.
  Result<std::vector<double>> solve(std::span<const double> penalty);

 private:
  void flush();

  std::size_t columns_;
  std::vector<double> products_;  // Σ weight × row × row', column by column; its lower half
  std::vector<double> moments_;   // Σ weight × row × target
  std::vector<double> block_;     // rows waiting to be added at once, scaled with √weight
  std::vector<double> block_targets_;
};

}  // namespace millrace
