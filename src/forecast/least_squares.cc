#include "forecast/least_squares.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace millrace {
namespace {

constexpr std::size_t kBlockRows = 256;  // a product of matrices is many times faster than one row after the other

using Columns = Eigen::Map<const Eigen::MatrixXd>;

Eigen::Index index(std::size_t value) { return static_cast<Eigen::Index>(value); }

}  // namespace

LeastSquares::LeastSquares(std::size_t columns)
    : columns_(columns), products_(columns * columns, 0), moments_(columns, 0) {
  block_.reserve(columns * kBlockRows);
  block_targets_.reserve(kBlockRows);
}

void LeastSquares::add(std::span<const double> row, double target, double weight) {
  CHECK(row.size() == columns_ && weight >= 0);
  const double scale = std::sqrt(weight);
  for (const double value : row) {
    block_.push_back(value * scale);
  }
  block_targets_.push_back(target * scale);
  if (block_targets_.size() == kBlockRows) {
    flush();
  }
}

void LeastSquares::flush() {
  const Columns rows(block_.data(), index(columns_), index(block_targets_.size()));
  const Eigen::Map<const Eigen::VectorXd> targets(block_targets_.data(), index(block_targets_.size()));
  Eigen::Map<Eigen::MatrixXd> products(products_.data(), index(columns_), index(columns_));
  Eigen::Map<Eigen::VectorXd> moments(moments_.data(), index(columns_));
  products.selfadjointView<Eigen::Lower>().rankUpdate(rows);
  moments.noalias() += rows * targets;
  block_.clear();
  block_targets_.clear();
}

Result<std::vector<double>> LeastSquares::solve(std::span<const double> penalty) {
  CHECK(penalty.size() == columns_);
  flush();
  Eigen::MatrixXd matrix = Columns(products_.data(), index(columns_), index(columns_));
  for (std::size_t i = 0; i < columns_; ++i) {
    matrix(index(i), index(i)) += penalty[i];
  }
  const Eigen::Map<const Eigen::VectorXd> moments(moments_.data(), index(columns_));
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> decomposition(matrix);
  const Eigen::VectorXd solution = decomposition.solve(moments);
  if (decomposition.info() != Eigen::Success || !solution.allFinite()) {
    return fail(Fault::invalid, "the rows do not determine the coefficients of a linear regression; add history");
  }
  return std::vector<double>(solution.data(), solution.data() + solution.size());
}

}  // namespace millrace
