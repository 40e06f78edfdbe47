// Strings of a record: control characters, escapes, surrogates, UTF-8. Exhaustive where the space is small.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "event/event_testing.h"
#include "event/record_reader.h"

namespace millrace {
namespace {

using event_testing::PaddedRecord;

/// Reads records with one reader, as the stream does.
class Strings {
 public:
  bool accepts(std::string_view record) {
    arena_.clear();
    return reader_.read(PaddedRecord(record).bytes(), arena_, fields_);
  }

  /// Whether `inside` may stand in a string, which must not depend on where the string stands.
  bool accepts_inside(std::string_view inside) {
    const bool accepted = accepts(format(R"({{"note":"{}"}})", inside));
    for (const std::string& record : {
             format(R"({{"user_id":"{}"}})", inside),         // a known field
             format(R"({{"{}":1}})", inside),                 // a key
             format(R"({{"note":["x","{}"]}})", inside),      // nested values and keys
             format(R"({{"note":{{"k":"{}"}}}})", inside),    //
             format(R"({{"note":[{{"{}":"x"}}]}})", inside),  //
             format(R"({{"price":{{"{}":1}}}})", inside),     // below a known field
             format(R"({{"note":"x{}y","b":1}})", inside),    // in the middle of one
         }) {
      EXPECT_EQ(accepts(record), accepted) << record;
    }
    return accepted;
  }

  /// The unescaped text of `"user_id":"inside"`; nothing where it is malformed.
  std::optional<std::string> unescaped(std::string_view inside) {
    if (!accepts(format(R"({{"user_id":"{}"}})", inside))) {
      return std::nullopt;
    }
    return std::string(fields_.known[static_cast<std::size_t>(Field::user_id)].text);
  }

 private:
  RecordReader reader_;
  Arena arena_;
  RecordFields fields_;
};

std::string utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) {
    return {byte(code)};
  }
  if (code < 0x800) {
    return {byte(0xC0 | (code >> 6)), byte(0x80 | (code & 63))};
  }
  if (code < 0x10000) {
    return {byte(0xE0 | (code >> 12)), byte(0x80 | ((code >> 6) & 63)), byte(0x80 | (code & 63))};
  }
  return {byte(0xF0 | (code >> 18)), byte(0x80 | ((code >> 12) & 63)), byte(0x80 | ((code >> 6) & 63)),
          byte(0x80 | (code & 63))};
}

/// The table of well-formed byte sequences, Unicode 15, table 3-7. Slow and plain: the judge of what simdjson says.
bool is_utf8(std::string_view text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto in = [](unsigned byte, unsigned low, unsigned high) { return byte >= low && byte <= high; };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = at(i);
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    const std::size_t size = lead < 0x80            ? 1
                             : in(lead, 0xC2, 0xDF) ? 2
                             : in(lead, 0xE0, 0xEF) ? 3
                             : in(lead, 0xF0, 0xF4) ? 4
                                                    : 0;
    if (size == 0 || (size > 1 && !in(at(i + 1), low, high)) || (size > 2 && !in(at(i + 2), 0x80, 0xBF)) ||
        (size > 3 && !in(at(i + 3), 0x80, 0xBF))) {
      return false;
    }
    i += size;
  }
  return true;
}

TEST(RecordReaderText, refuses_control_characters_in_strings_unless_they_are_escaped) {
  Strings strings;
  for (unsigned c = 0; c < 0x20; ++c) {
    EXPECT_FALSE(strings.accepts_inside(std::string(1, static_cast<char>(c)))) << c;
    EXPECT_TRUE(strings.accepts_inside(format("\\u{:04x}", c))) << c;
    EXPECT_EQ(strings.unescaped(format("a\\u{:04X}b", c)), format("a{}b", static_cast<char>(c)));
  }
  EXPECT_TRUE(strings.accepts_inside("\x7f"));
  EXPECT_TRUE(strings.accepts_inside("\xC2\x80"));      // U+0080, a control character that JSON allows
  EXPECT_TRUE(strings.accepts_inside("\xE2\x80\xA8"));  // U+2028, which JavaScript once did not
}

TEST(RecordReaderText, takes_no_control_character_but_the_four_for_whitespace) {
  Strings strings;
  for (unsigned c = 0; c < 256; ++c) {
    if (c > 0x20 && c < 0x7F) {
      continue;  // a printable one may well make sense where it stands
    }
    const std::string byte(1, static_cast<char>(c));
    const bool is_space = byte == " " || byte == "\t" || byte == "\n" || byte == "\r";
    for (const std::string& record :
         {byte + R"({"a":[1]})", R"({"a":[1]})" + byte, "{" + byte + R"("a":[1]})", R"({"a")" + byte + ":[1]}",
          R"({"a":)" + byte + "[1]}", R"({"a":[)" + byte + "1]}", R"({"a":[true)" + byte + "]}",
          R"({"a":["x")" + byte + "]}", R"({"a":"x")" + byte + "}", R"({"a":[1])" + byte + "}",
          R"({"a":null)" + byte + "}", R"({"a":1,)" + byte + R"("b":2})"}) {
      EXPECT_EQ(strings.accepts(record), is_space) << "byte " << c << " in " << record;
    }
  }
}

TEST(RecordReaderText, takes_the_eight_short_escapes_and_no_other) {
  Strings strings;
  for (unsigned c = 0; c < 256; ++c) {
    const std::string escape = {'\\', static_cast<char>(c), ' '};
    const std::size_t known = std::string_view("\"\\/bfnrt").find(static_cast<char>(c));
    EXPECT_EQ(strings.accepts_inside(escape), known != std::string_view::npos) << c;
    if (known != std::string_view::npos) {
      EXPECT_EQ(strings.unescaped(escape), std::string{"\"\\/\b\f\n\r\t"[known]} + " ");
    }
  }
}

TEST(RecordReaderText, takes_four_hexadecimal_digits_behind_u_and_nothing_else) {
  Strings strings;
  for (std::size_t place = 0; place < 4; ++place) {
    for (unsigned c = 0; c < 256; ++c) {
      std::string digits = "00e9";
      digits[place] = static_cast<char>(c);
      const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      // In the first place a D or d makes a surrogate of it only with 8 … F behind it: "d0e9" is a letter.
      EXPECT_EQ(strings.unescaped("\\u" + digits + "x").has_value(), is_hex) << place << " " << c;
    }
  }
  for (const char* const inside : {"\\u", "\\u0", "\\u00", "\\u004", "\\u-041", "\\u+041", "\\u 041", "\\u004 ",
                                   "\\U0041", "\\x41", "\\u{41}", "\\uu0041"}) {
    EXPECT_FALSE(strings.accepts_inside(inside)) << inside;
  }
}

TEST(RecordReaderText, unescapes_every_code_unit_that_is_no_surrogate) {
  Strings strings;
  for (std::uint32_t code = 0; code < 0x10000; ++code) {
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    const std::optional<std::string> text = strings.unescaped(format("\\u{:04x}", code));
    ASSERT_EQ(text, is_surrogate ? std::nullopt : std::optional(utf8(code))) << code;
  }
}

TEST(RecordReaderText, unescapes_surrogate_pairs) {
  Strings strings;
  for (std::uint32_t high = 0xD800; high < 0xDC00; ++high) {
    for (const std::uint32_t low : {0xDC00U, 0xDC01U, 0xDDDDU, 0xDFFFU}) {
      const std::uint32_t code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
      ASSERT_EQ(strings.unescaped(format("\\u{:04x}\\u{:04X}", high, low)), utf8(code));
    }
  }
  EXPECT_TRUE(strings.accepts_inside("\\ud83d\\ude00"));
}

TEST(RecordReaderText, refuses_lone_surrogates_wherever_they_stand) {
  Strings strings;
  for (const char* const inside : {
           "\\ud800",
           "\\udbff",
           "\\udc00",
           "\\udfff",
           "\\uD800",
           "\\uDFFF",
           "\\ud800x",
           "x\\ud800",
           "x\\udc00x",
           "\\ud800\\n",
           "\\ud800\\\\udc00",
           "\\ud800 \\udc00",
           "\\ud800\\u0041",
           "\\udc00\\ud800",         // reversed
           "\\ud800\\ud800",         // two high ones
           "\\udc00\\udc00",         // two low ones
           "\\ud800\\ud800\\udc00",  // a high one in front of a pair
           "\\ud800\\udc00\\udc00",  // a low one behind a pair
           "\\ud800\\udbff",
           "\\ud800\\ue000",
           "\\ud7ff\\udc00",
           "\\ud83d\\u",
           "\\ud83d\\ud",
           "\\ud83d\\udc0",
       }) {
    EXPECT_FALSE(strings.accepts_inside(inside)) << inside;
  }
  EXPECT_TRUE(strings.accepts_inside("\\ud7ff\\ue000"));
  EXPECT_TRUE(strings.accepts_inside("\\\\ud800")) << "a backslash, then letters";
}

TEST(RecordReaderText, refuses_surrogates_in_pieces_over_two_strings) {
  Strings strings;
  EXPECT_FALSE(strings.accepts(R"({"note":["\ud83d","\ude00"]})"));
  EXPECT_FALSE(strings.accepts(R"({"\ud83d":"\ude00"})"));
}

TEST(RecordReaderText, agrees_with_the_unicode_table_for_all_pairs_of_bytes) {
  Strings strings;
  for (unsigned first = 0x80; first < 256; ++first) {
    ASSERT_FALSE(strings.accepts_inside(std::string(1, static_cast<char>(first)))) << first;
    for (unsigned second = 0x20; second < 256; ++second) {
      if (second == '"' || second == '\\') {
        continue;
      }
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(strings.accepts(R"({"note":")" + bytes + R"("})"), is_utf8(bytes)) << first << " " << second;
    }
  }
}

TEST(RecordReaderText, agrees_with_the_unicode_table_for_three_and_four_bytes_at_all_their_edges) {
  Strings strings;
  constexpr std::array<unsigned, 14> kEdges = {0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F,
                                               0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF0, 0xFF};
  for (unsigned lead = 0xE0; lead < 256; ++lead) {
    for (const unsigned second : kEdges) {
      for (const unsigned third : kEdges) {
        std::string bytes = {static_cast<char>(lead), static_cast<char>(second), static_cast<char>(third)};
        ASSERT_EQ(strings.accepts(R"({"k":")" + bytes + R"("})"), is_utf8(bytes))
            << lead << " " << second << " " << third;
        if (lead < 0xF0) {
          continue;
        }
        for (const unsigned fourth : kEdges) {
          const std::string four = bytes + static_cast<char>(fourth);
          ASSERT_EQ(strings.accepts(R"({"k":")" + four + R"("})"), is_utf8(four))
              << lead << " " << second << " " << third << " " << fourth;
        }
      }
    }
  }
}

TEST(RecordReaderText, finds_bad_bytes_at_every_place_of_a_vector_register) {
  Strings strings;
  const std::string good = "\xF0\x9F\x98\x80";
  for (std::size_t place = 0; place < 200; ++place) {
    const std::string front(place, 'x');
    EXPECT_TRUE(strings.accepts(format(R"({{"note":"{}{}"}})", front, good)));
    for (const char* const bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x9F\x98",
                                  "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\x01", "\\q", "\\ud800"}) {
      EXPECT_FALSE(strings.accepts(format(R"({{"note":"{}{}"}})", front, bad))) << place << bad;
      EXPECT_FALSE(strings.accepts(format(R"({{"{}{}":0}})", front, bad))) << place << bad;
    }
  }
}

TEST(RecordReaderText, refuses_bad_utf8_outside_of_strings_and_at_the_end) {
  Strings strings;
  for (const char* const text : {"{}\x80", "{}\xF0\x9F", "\xC3{}", "{\xFF}", "{\"a\":1}\xC3\xA9",
                                 "{\"a\":\"\xF0\x9F\x98\"}", "{\"a\":\"\xC3\"}", "{\"a\":\"\xC3"}) {
    EXPECT_FALSE(strings.accepts(text)) << text;
  }
}

TEST(RecordReaderText, knows_an_escaped_quote_or_backslash_from_the_end_of_a_string) {
  Strings strings;
  for (int backslashes = 0; backslashes < 140; ++backslashes) {
    const std::string run(static_cast<std::size_t>(backslashes), '\\');
    // An odd number escapes the quote behind it, and the string does not end.
    EXPECT_EQ(strings.accepts(R"({"note":")" + run + R"("})"), backslashes % 2 == 0) << backslashes;
    EXPECT_EQ(strings.accepts(R"({"note":")" + run + R"(""})"), backslashes % 2 == 1) << backslashes;
    EXPECT_EQ(strings.accepts(R"({")" + run + R"(":0})"), backslashes % 2 == 0) << backslashes;
  }
}

}  // namespace
}  // namespace millrace
