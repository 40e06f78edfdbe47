#include "cli/version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace millrace {
namespace {

TEST(LibraryVersions, have_a_name_and_three_numbers_each) {
  const std::string versions = library_versions();
  std::string_view rest = versions;
  int libraries = 0;
  while (!rest.empty()) {
    const std::string_view library = rest.substr(0, rest.find(", "));
    rest.remove_prefix(std::min(library.size() + 2, rest.size()));
    const std::size_t space = library.find(' ');
    ASSERT_NE(space, std::string_view::npos) << versions;
    const std::string_view numbers = library.substr(space + 1);
    EXPECT_EQ(std::ranges::count(numbers, '.'), 2) << library;
    EXPECT_EQ(numbers.find_first_not_of("0123456789."), std::string_view::npos) << library;
    ++libraries;
  }
  EXPECT_EQ(libraries, 4);
}

}  // namespace
}  // namespace millrace
