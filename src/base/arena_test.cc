#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

TEST(Arena, keeps_every_text_until_it_is_cleared) {
  Arena arena;
  std::vector<std::pair<std::string_view, std::string>> stored;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = "text " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 50), 'x');
    stored.emplace_back(arena.store(text), text);
  }
  for (const auto& [view, text] : stored) {
    ASSERT_EQ(view, text);
  }
}

TEST(Arena, takes_a_text_larger_than_a_block) {
  Arena arena;
  const std::string large(1'000'000, 'l');
  const std::string_view small = arena.store("small");
  EXPECT_EQ(arena.store(large), large);
  EXPECT_EQ(small, "small");
}

TEST(Arena, takes_an_empty_text_before_it_has_a_block) {
  Arena arena;
  EXPECT_EQ(arena.store(""), "");
  EXPECT_EQ(arena.store({}), "");
}

TEST(Arena, uses_its_first_block_again_after_clear) {
  Arena arena;
  arena.clear();
  const std::string_view first = arena.store("first");
  const char* const place = first.data();
  for (int i = 0; i < 100'000; ++i) {
    arena.store("more text");
  }
  arena.clear();
  EXPECT_EQ(arena.store("other").data(), place);
}

}  // namespace
}  // namespace millrace
