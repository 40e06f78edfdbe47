#include "forecast/paired_test.h"

#include <numeric>
#include <random>
#include <vector>

#include "base/check.h"

namespace millrace {
namespace {

constexpr int kDraws = 9'999;

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Json PairedTest::to_json() const {
  return {{"days", days}, {"challenger_loss", challenger}, {"champion_loss", champion}, {"p_value", p_value}};
}

PairedTest paired_test(std::span<const double> challenger, std::span<const double> champion) {
  CHECK(challenger.size() == champion.size());
  if (challenger.empty()) {
    return {};
  }
  std::vector<double> differences;
  for (std::size_t day = 0; day < challenger.size(); ++day) {
    differences.push_back(challenger[day] - champion[day]);
  }
  const double observed = std::accumulate(differences.begin(), differences.end(), 0.0);
  std::mt19937_64 random(1);  // its numbers are the same everywhere
  int as_low = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    double sum = 0;
    std::uint64_t signs = 0;
    for (std::size_t day = 0; day < differences.size(); ++day) {
      signs = day % 64 == 0 ? random() : signs >> 1U;
      sum += (signs & 1U) != 0 ? differences[day] : -differences[day];
    }
    as_low += sum <= observed ? 1 : 0;
  }
  return {.days = static_cast<int>(differences.size()),
          .challenger = mean_of(challenger),
          .champion = mean_of(champion),
          .p_value = (as_low + 1.0) / (kDraws + 1.0)};
}

}  // namespace millrace
