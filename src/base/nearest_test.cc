#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

TEST(EditDistance, counts_inserted_removed_replaced_and_swapped_bytes) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("threads", "treads"), 1U);
  EXPECT_EQ(edit_distance("topic", "tpoic"), 1U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // a swapped pair is not edited again
}

TEST(EditDistance, is_the_same_both_ways_and_ignores_case) {
  EXPECT_EQ(edit_distance("saturday", "sunday"), edit_distance("sunday", "saturday"));
  EXPECT_EQ(edit_distance("TOPIC", "topic"), 0U);
}

TEST(NearestName, gives_the_closest_candidate_but_nothing_far_fetched) {
  const std::vector<std::string> names = {"idle_flush", "threads", "topic", "id"};
  EXPECT_EQ(nearest_name("treads", names), "threads");
  EXPECT_EQ(nearest_name("idleflush", names), "idle_flush");
  EXPECT_EQ(nearest_name("Topics", names), "topic");
  EXPECT_EQ(nearest_name("warehouse", names), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
  EXPECT_EQ(nearest_name("xy", names), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), names), std::nullopt);
  EXPECT_EQ(nearest_name("threads", {}), std::nullopt);
}

TEST(NearestName, takes_the_first_of_equals) {
  const std::vector<std::string> names = {"aaab", "aaac"};
  EXPECT_EQ(nearest_name("aaad", names), "aaab");
}

}  // namespace
}  // namespace millrace
