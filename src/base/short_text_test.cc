#include "base/short_text.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace millrace {
namespace {

/// A text of so many different bytes, in memory of exactly its size, so that a sanitizer sees a byte too many.
std::string text_of(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('!' + i);
  }
  text.shrink_to_fit();
  return text;
}

TEST(ShortText, copies_every_size_and_not_a_byte_more) {
  for (std::size_t size = 0; size <= 70; ++size) {
    const std::string text = text_of(size);
    std::string copy(size + 2, '#');
    copy_text(copy.data() + 1, text);
    EXPECT_EQ(copy, "#" + text + "#");
  }
  char untouched = 'u';
  copy_text(&untouched, {});
  EXPECT_EQ(untouched, 'u');
}

TEST(ShortText, tells_texts_apart_at_every_size_and_place) {
  for (std::size_t size = 0; size <= 70; ++size) {
    const std::string text = text_of(size);
    EXPECT_TRUE(same_text(text, std::string(text)));
    EXPECT_FALSE(same_text(text, text + "x"));
    for (std::size_t place = 0; place < size; ++place) {
      std::string other = text;
      other[place] = '\0';
      EXPECT_FALSE(same_text(text, other)) << size << " " << place;
    }
  }
}

TEST(ShortText, hashes_what_differs_to_different_numbers) {
  std::set<std::uint64_t> hashes;
  std::size_t texts = 0;
  for (std::size_t size = 0; size <= 40; ++size) {
    const std::string text = text_of(size);
    EXPECT_EQ(hash_text(text, 7), hash_text(std::string(text), 7));
    hashes.insert(hash_text(text, 7));
    ++texts;
    for (std::size_t place = 0; place < size; ++place) {
      std::string other = text;
      other[place] = '\0';
      hashes.insert(hash_text(other, 7));
      ++texts;
    }
  }
  EXPECT_EQ(hashes.size(), texts);
  EXPECT_NE(hash_text("Books", 1), hash_text("Books", 2));
  EXPECT_NE(hash_text("", 1), hash_text(std::string_view("\0", 1), 1));
}

// Tables take their slots from the low bits: those of numbered ids must not fall together.
TEST(ShortText, spreads_numbered_ids_over_the_low_bits) {
  constexpr std::size_t kSlots = 4'096;
  std::vector<int> load(kSlots);
  for (int i = 0; i < 4'096; ++i) {
    std::string id = std::to_string(100'000 + i);
    ++load[hash_text("P" + id, 0x1234'5678'9ABC'DEF0) % kSlots];
  }
  EXPECT_LE(*std::max_element(load.begin(), load.end()), 10) << "a uniform hash has 6 or 7";
}

}  // namespace
}  // namespace millrace
