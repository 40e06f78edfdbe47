#include "ingest/text_encoding.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Utf8, knows_valid_from_invalid) {
  for (const std::string_view text :
       {"", "plain", "long plain text of more than eight", "caf\xC3\xA9", "\xE6\x97\xA5\xE6\x9C\xAC",
        "\xF0\x9F\x9B\x92", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\x7F"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
  for (const std::string_view text :
       {"caf\xE9", "\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE6\x97",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "eight by\x80tes",
        "\xE6\x97"
        "a",
        "\xF0\x9F\x9B",
        "\xC3"
        "a"}) {
    EXPECT_FALSE(is_valid_utf8(text)) << text;
  }
}

TEST(Utf8, a_zero_byte_is_a_character) { EXPECT_TRUE(is_valid_utf8(std::string_view("\0\0", 2))); }

TEST(Latin1, becomes_utf8_where_it_is_not_utf8_already) {
  std::string converted;
  EXPECT_EQ(as_utf8("\xA3"
                    "5 caf\xE9 \xFF",
                    converted),
            "\xC2\xA3"
            "5 caf\xC3\xA9 \xC3\xBF");
  EXPECT_EQ(as_utf8("caf\xC3\xA9", converted), "caf\xC3\xA9");
  EXPECT_EQ(as_utf8("\x80", converted), "\xC2\x80");
}

TEST(Latin1, every_byte_gives_valid_utf8) {
  for (int c = 0; c < 256; ++c) {
    std::string converted;
    const std::string text{static_cast<char>(c), '\xE9'};
    EXPECT_TRUE(is_valid_utf8(as_utf8(text, converted))) << c;
  }
}

}  // namespace
}  // namespace millrace
