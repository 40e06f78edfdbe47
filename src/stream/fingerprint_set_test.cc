#include "stream/fingerprint_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>

#include "event/event_testing.h"

namespace millrace {
namespace {

using event_testing::seed_of_test;
using Pair = std::pair<std::uint64_t, std::uint64_t>;

std::set<Pair> content_of(const FingerprintSet& set) {
  std::set<Pair> content;
  set.for_each([&](Fingerprint f) { EXPECT_TRUE(content.emplace(f.high, f.low).second) << "visited twice"; });
  return content;
}

TEST(FingerprintSet, is_empty_at_first_and_costs_nothing) {
  const FingerprintSet set;
  EXPECT_EQ(set.size(), 0U);
  EXPECT_EQ(set.bytes(), 0U);
  EXPECT_TRUE(content_of(set).empty());
}

TEST(FingerprintSet, says_once_that_a_fingerprint_is_new) {
  FingerprintSet set;
  EXPECT_TRUE(set.insert({1, 2}));
  EXPECT_FALSE(set.insert({1, 2}));
  EXPECT_TRUE(set.insert({2, 1}));
  EXPECT_TRUE(set.insert({1, 1}));
  EXPECT_FALSE(set.insert({2, 1}));
  EXPECT_EQ(set.size(), 3U);
  EXPECT_EQ(content_of(set), (std::set<Pair>{{1, 2}, {2, 1}, {1, 1}}));
}

TEST(FingerprintSet, takes_the_all_zero_fingerprint_like_any_other) {
  FingerprintSet set;
  EXPECT_TRUE(set.insert({0, 0}));
  EXPECT_FALSE(set.insert({0, 0}));
  EXPECT_EQ(set.size(), 1U);
  EXPECT_TRUE(set.insert({0, 1}));
  EXPECT_TRUE(set.insert({1, 0}));
  EXPECT_FALSE(set.insert({0, 0}));
  EXPECT_EQ(content_of(set), (std::set<Pair>{{0, 0}, {0, 1}, {1, 0}}));
}

TEST(FingerprintSet, contains_what_was_inserted_and_nothing_else) {
  FingerprintSet set;
  EXPECT_FALSE(set.contains({0, 0}));
  EXPECT_FALSE(set.contains({1, 2}));
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    set.insert({i * 2, i});
  }
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(set.contains({i * 2, i}));
    EXPECT_FALSE(set.contains({i * 2 + 1, i}));
  }
}

TEST(FingerprintSet, tells_apart_what_differs_in_one_half_only) {
  FingerprintSet set;
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    EXPECT_TRUE(set.insert({i, 7}));
    EXPECT_TRUE(set.insert({~std::uint64_t{7}, i}));
  }
  EXPECT_EQ(set.size(), 2'000U);
  EXPECT_EQ(content_of(set).size(), 2'000U);
}

TEST(FingerprintSet, holds_those_that_want_the_same_slot_at_the_end_of_the_table) {
  FingerprintSet set;
  for (std::uint64_t i = 0; i < 59; ++i) {  // the table has 64 slots until the 61st
    EXPECT_TRUE(set.insert({i + 1, ~std::uint64_t{0}}));
  }
  for (std::uint64_t i = 0; i < 59; ++i) {
    EXPECT_FALSE(set.insert({i + 1, ~std::uint64_t{0}}));
  }
  EXPECT_EQ(set.size(), 59U);
}

TEST(FingerprintSet, agrees_with_a_plain_set_over_random_inserts) {
  const std::uint64_t seed = seed_of_test(11);
  std::mt19937_64 random(seed);
  for (const std::uint64_t distinct : {10, 1'000, 20'000}) {
    FingerprintSet set;
    std::set<Pair> oracle;
    for (int i = 0; i < 30'000; ++i) {
      const std::uint64_t n = random() % distinct;  // 0 is the all-zero one
      const Fingerprint f{n * 0x9E3779B97F4A7C15, n * 0xC2B2AE3D27D4EB4F};
      ASSERT_EQ(set.insert(f), oracle.emplace(f.high, f.low).second) << "seed " << seed << " insert " << i;
      ASSERT_EQ(set.size(), oracle.size());
    }
    EXPECT_EQ(content_of(set), oracle);
  }
}

TEST(FingerprintSet, makes_room_once_for_what_is_announced) {
  std::mt19937_64 random(seed_of_test(13));
  for (const std::size_t count : {0, 1, 59, 60, 61, 95, 1'000, 12'345}) {
    FingerprintSet set;
    set.reserve(count);
    const std::size_t bytes = set.bytes();
    EXPECT_TRUE(count < 61 || bytes <= count * 18) << count;
    for (std::size_t i = 0; i < count; ++i) {
      set.insert({random(), random()});
    }
    EXPECT_EQ(set.bytes(), bytes) << count;
    EXPECT_EQ(set.size(), count);
    set.reserve(count);
    set.reserve(0);
    EXPECT_EQ(set.bytes(), bytes) << "there is room already";
  }
}

TEST(FingerprintSet, keeps_its_content_when_room_is_made) {
  FingerprintSet set;
  set.insert({0, 0});
  set.insert({1, 2});
  set.reserve(10'000);
  EXPECT_EQ(content_of(set), (std::set<Pair>{{0, 0}, {1, 2}}));
  EXPECT_FALSE(set.insert({1, 2}));
}

TEST(FingerprintSet, stays_within_24_bytes_a_key_at_every_size_up_to_a_hundred_thousand_keys) {
  std::mt19937_64 random(seed_of_test(12));
  FingerprintSet set;
  for (std::size_t count = 1; count <= 100'000; ++count) {
    ASSERT_TRUE(set.insert({random(), random()}));
    if (count >= 64) {
      ASSERT_LE(set.bytes(), count * 24) << count;
      ASSERT_GE(set.bytes(), count * 17) << count;
    }
  }
}

}  // namespace
}  // namespace millrace
