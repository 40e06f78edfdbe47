#include "base/check.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Check, does_nothing_where_the_condition_holds) {
  int evaluated = 0;
  CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(Check, aborts_and_names_the_place_and_the_condition) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "check_test.cc:[0-9]+: check failed: 1 \\+ 1 == 3 .a bug; a restart");
}

TEST(Check, is_an_expression) {
  const auto half = [](int even) { return CHECK(even % 2 == 0), even / 2; };
  EXPECT_EQ(half(4), 2);
}

}  // namespace
}  // namespace millrace
