#include "forecast/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

namespace millrace {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(WeightFinder, without_anything_seen_it_is_the_prior) {
  EXPECT_EQ(WeightFinder({0.7, 0.3}).weights(), (std::vector<double>{0.7, 0.3}));
}

TEST(WeightFinder, one_that_is_right_gets_most) {
  WeightFinder finder(std::vector<double>(3, 1.0 / 3), 1);
  for (int i = 0; i < 100; ++i) {
    const auto y = static_cast<float>(i % 7);
    finder.add(std::array{y, y + static_cast<float>(i % 3) * 5, 10.F}, y);
  }
  const auto weights = finder.weights();
  EXPECT_GT(weights[0], 0.6);
  EXPECT_NEAR(sum(weights), 1, 1e-12);
  EXPECT_GE(*std::ranges::min_element(weights), 0);
}

TEST(WeightFinder, two_that_err_to_both_sides_are_mixed) {
  WeightFinder finder({0.5, 0.5}, 1);
  for (int i = 0; i < 100; ++i) {
    const auto y = static_cast<float>(10 + i % 5);
    finder.add(std::array{y - 1, y + 3}, y);
  }
  EXPECT_NEAR(finder.weights()[0], 2.0 / 3, 0.1) << "between 3 of 4 parts and the half";
}

TEST(WeightFinder, agrees_with_a_search_over_all_mixes) {
  std::mt19937 random(7);
  const auto draw = [&random] { return static_cast<float>(random() % 1000) / 100; };
  WeightFinder finder(std::vector<double>(3, 1.0 / 3), 0);
  std::vector<std::array<float, 4>> seen;
  for (int i = 0; i < 200; ++i) {
    const float y = draw();
    seen.push_back({y + draw() - 4, draw(), y / 2 + draw(), y});
    finder.add(std::span(seen.back()).first(3), y);
  }
  const auto loss = [&seen](double a, double b) {
    double squares = 0;
    for (const auto& one : seen) {
      const double mix =
          a * static_cast<double>(one[0]) + b * static_cast<double>(one[1]) + (1 - a - b) * static_cast<double>(one[2]);
      const double mean = static_cast<double>(one[0] + one[1] + one[2]) / 3;
      squares += std::pow(mix - static_cast<double>(one[3]), 2) / std::pow(std::max(mean, 0.05), 1.3);
    }
    return squares;
  };
  double least = loss(1, 0);
  for (int a = 0; a <= 100; ++a) {
    for (int b = 0; a + b <= 100; ++b) {
      least = std::min(least, loss(a / 100.0, b / 100.0));
    }
  }
  const auto found = finder.weights();
  EXPECT_LT(loss(found[0], found[1]), least * 1.02);
}

TEST(WeightFinder, members_that_say_the_same_keep_their_prior) {
  WeightFinder finder({0.7, 0.3});
  for (int i = 0; i < 100; ++i) {
    const auto y = static_cast<float>(i % 7);
    finder.add(std::array{y + 1, y + 1}, y);
  }
  EXPECT_EQ(finder.weights(), (std::vector<double>{0.7, 0.3}));
}

}  // namespace
}  // namespace millrace
