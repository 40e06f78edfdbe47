#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace millrace {
namespace {

Result<int> parse_digit(char c) {
  if (c < '0' || c > '9') {
    return fail(Fault::invalid, std::string("not a digit: ") + c);
  }
  return c - '0';
}

Result<void> expect_digit(char c) {
  if (const auto digit = parse_digit(c); !digit) {
    return fail(digit.error(), "could not expect");
  }
  return {};
}

Result<int> sum(char a, char b) {
  TRY(expect_digit(a));
  ASSIGN_OR_RETURN(const int left, parse_digit(a));
  ASSIGN_OR_RETURN(const int right, parse_digit(b));
  return left + right;
}

TEST(Result, holds_a_value) {
  EXPECT_EQ(sum('2', '3'), 5);
  EXPECT_TRUE(expect_digit('1').has_value());
}

TEST(Result, is_returned_by_try_and_by_assign_or_return) {
  ASSERT_FALSE(sum('2', 'x'));
  EXPECT_EQ(sum('2', 'x').error().message, "not a digit: x");
  EXPECT_EQ(sum('2', 'x').error().fault, Fault::invalid);
  EXPECT_EQ(sum('y', 'x').error().message, "could not expect: not a digit: y");
  EXPECT_EQ(sum('y', 'x').error().fault, Fault::invalid);
}

TEST(Result, can_hold_what_only_moves) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto pass = [&]() -> Result<std::unique_ptr<int>> {
    ASSIGN_OR_RETURN(auto pointer, make());
    return pointer;
  };
  EXPECT_EQ(**pass(), 7);
}

TEST(Fault, has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const Fault fault : {Fault::invalid, Fault::not_found, Fault::conflict, Fault::unavailable,
                            Fault::outcome_unknown, Fault::corrupt, Fault::stopped}) {
    EXPECT_TRUE(names.insert(to_string(fault)).second) << to_string(fault);
  }
  EXPECT_EQ(to_string(Fault::outcome_unknown), "outcome_unknown");
}

}  // namespace
}  // namespace millrace
