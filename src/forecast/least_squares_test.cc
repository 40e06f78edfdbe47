#include "forecast/least_squares.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace millrace {
namespace {

/// The slow and obvious way: normal equations by Gauss–Jordan elimination with pivoting.
std::vector<double> oracle(const std::vector<std::vector<double>>& rows, const std::vector<double>& targets,
                           const std::vector<double>& weights, const std::vector<double>& penalty) {
  const std::size_t n = penalty.size();
  std::vector<std::vector<double>> equations(n, std::vector<double>(n + 1, 0));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (std::size_t j = 0; j < n; ++j) {
        equations[i][j] += weights[k] * rows[k][i] * rows[k][j];
      }
      equations[i][n] += weights[k] * rows[k][i] * targets[k];
    }
    equations[i][i] += penalty[i];
  }
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t i = column; i < n; ++i) {
      pivot = std::abs(equations[i][column]) > std::abs(equations[pivot][column]) ? i : pivot;
    }
    std::swap(equations[column], equations[pivot]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i != column) {
        const double factor = equations[i][column] / equations[column][column];
        for (std::size_t j = column; j <= n; ++j) {
          equations[i][j] -= factor * equations[column][j];
        }
      }
    }
  }
  std::vector<double> solution;
  for (std::size_t i = 0; i < n; ++i) {
    solution.push_back(equations[i][n] / equations[i][i]);
  }
  return solution;
}

TEST(LeastSquares, a_line_through_two_points) {
  LeastSquares squares(2);
  squares.add(std::vector<double>{1, 1}, 5, 1);
  squares.add(std::vector<double>{1, 3}, 9, 4);
  const auto line = squares.solve(std::vector<double>{0, 0});
  ASSERT_TRUE(line);
  EXPECT_NEAR((*line)[0], 3, 1e-12);
  EXPECT_NEAR((*line)[1], 2, 1e-12);
}

TEST(LeastSquares, agrees_with_elimination_on_random_rows) {
  for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE(seed);
    std::mt19937 generator(seed);
    const auto draw = [&] { return static_cast<double>(generator()) / 2147483648.0 - 1; };
    const std::size_t columns = 2 + seed * 3;
    std::vector<std::vector<double>> rows(600);  // more than two blocks and a bit
    std::vector<double> targets;
    std::vector<double> weights;
    LeastSquares squares(columns);
    for (auto& row : rows) {
      for (std::size_t i = 0; i < columns; ++i) {
        row.push_back(draw());
      }
      targets.push_back(3 * row[0] - row[1] + draw());
      weights.push_back(std::abs(draw()));
      squares.add(row, targets.back(), weights.back());
    }
    std::vector<double> penalty(columns, 0.5);
    penalty[0] = 0;
    const auto solution = squares.solve(penalty);
    ASSERT_TRUE(solution);
    const std::vector<double> expected = oracle(rows, targets, weights, penalty);
    for (std::size_t i = 0; i < columns; ++i) {
      EXPECT_NEAR((*solution)[i], expected[i], 1e-9);
    }
  }
}

TEST(LeastSquares, rows_that_do_not_determine_the_coefficients_are_refused) {
  LeastSquares squares(2);
  squares.add(std::vector<double>{1, 0}, 5, 1);
  const auto solution = squares.solve(std::vector<double>{0, 0});
  ASSERT_FALSE(solution);
  EXPECT_EQ(solution.error().fault, Fault::invalid);
  EXPECT_FALSE(LeastSquares(1).solve(std::vector<double>{0}));
}

TEST(LeastSquares, numbers_that_are_not_finite_are_refused) {
  LeastSquares squares(1);
  squares.add(std::vector<double>{INFINITY}, 1, 1);
  EXPECT_FALSE(squares.solve(std::vector<double>{1}));
}

}  // namespace
}  // namespace millrace
