#include "ingest/simulator_random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace millrace {
namespace {

TEST(MixBits, is_splitmix64) {
  // The first outputs of the published generator for seed 0, whose n-th state is n * 0x9E3779B97F4A7C15.
  EXPECT_EQ(mix_bits(0), 0xE220A8397B1DCDAF);
  EXPECT_EQ(mix_bits(0x9E3779B97F4A7C15), 0x6E789E6AA1B965F4);
}

TEST(Random, is_the_same_for_the_same_seed_and_another_for_another) {
  Random one(7);
  Random same(7);
  Random other(8);
  int equal = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t draw = one.next();
    EXPECT_EQ(draw, same.next());
    equal += draw == other.next() ? 1 : 0;
  }
  EXPECT_EQ(equal, 0);
}

TEST(Random, draws_are_uniform_in_their_interval) {
  Random random(1);
  constexpr int kDraws = 100'000;
  std::array<int, 10> counts{};
  double sum = 0;
  double exponential_sum = 0;
  int hits = 0;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[random.below(counts.size())];
    const double uniform = random.uniform();
    ASSERT_GE(uniform, 0);
    ASSERT_LT(uniform, 1);
    sum += uniform;
    exponential_sum += random.exponential();
    hits += random.chance(0.3) ? 1 : 0;
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, kDraws / 10, 5 * std::sqrt(kDraws * 0.1 * 0.9));
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(exponential_sum / kDraws, 1.0, 5 * std::sqrt(1.0 / kDraws));
  EXPECT_NEAR(hits, 0.3 * kDraws, 5 * std::sqrt(kDraws * 0.21));
}

TEST(Random, below_one_is_zero) {
  Random random(1);
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_EQ(below(UINT64_MAX, 10), 9U);
  EXPECT_EQ(below(0, 10), 0U);
  EXPECT_LT(unit(UINT64_MAX), 1.0);
}

TEST(AliasTable, draws_in_proportion_to_the_weights) {
  const std::vector<std::uint64_t> weights = {1, 0, 5, 100, 1, 43};
  AliasTable table;
  table.fill(weights);
  Random random(3);
  constexpr int kDraws = 300'000;
  std::vector<int> counts(weights.size());
  for (int i = 0; i < kDraws; ++i) {
    ++counts[table.draw(random.next())];
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double share = static_cast<double>(weights[i]) / 150;
    EXPECT_NEAR(counts[i], share * kDraws, 5 * std::sqrt(kDraws * share * (1 - share))) << i;
  }
}

TEST(AliasTable, takes_one_weight_and_the_largest_ones_and_can_be_filled_again) {
  AliasTable table;
  table.fill(std::vector<std::uint64_t>(1'000, UINT32_MAX));
  EXPECT_LT(table.draw(UINT64_MAX), 1'000U);
  table.fill(std::vector<std::uint64_t>{1});
  EXPECT_EQ(table.draw(0), 0U);
  EXPECT_EQ(table.draw(UINT64_MAX), 0U);
}

}  // namespace
}  // namespace millrace
