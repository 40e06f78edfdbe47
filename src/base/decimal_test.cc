#include "base/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace millrace {
namespace {

// The oracle: the same grammar and the same rounding by school arithmetic on strings of digits. Slow and obvious.
struct Oracle {
  bool valid = false;
  bool negative = false;
  bool exact = true;
  std::string digits;  // |text| × 10^scale, rounded half up, without leading zeros
};

std::string take_digits(std::string_view& text) {
  std::string digits;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    digits += text.front();
    text.remove_prefix(1);
  }
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text.front())) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

std::string without_leading_zeros(const std::string& digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "" : digits.substr(first);
}

std::string plus_one(std::string digits) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return digits;
    }
    digits[i] = '0';
  }
  return "1" + digits;
}

Oracle ask_oracle(std::string_view text, int scale) {
  const std::size_t size = text.size();
  Oracle oracle;
  const bool minus = take(text, "-");
  const std::string whole = take_digits(text);
  std::string fraction;
  if (whole.empty()) {
    return oracle;
  }
  if (take(text, ".")) {
    fraction = take_digits(text);
    if (fraction.empty()) {
      return oracle;
    }
  }
  int shift = scale - static_cast<int>(fraction.size());
  if (take(text, "eE")) {
    const bool down = !text.empty() && text.front() == '-';
    take(text, "+-");
    const std::string written = take_digits(text);
    const std::string exponent = without_leading_zeros(written);
    if (written.empty() || exponent.size() > 3) {
      return oracle;
    }
    int number = 0;
    for (const char c : exponent) {
      number = number * 10 + (c - '0');
    }
    shift += down ? -number : number;
  }
  if (!text.empty() || size > 64) {
    return oracle;
  }
  std::string digits = whole + fraction;
  oracle.valid = true;
  oracle.negative = minus && !without_leading_zeros(digits).empty();
  if (shift >= 0) {
    oracle.digits = without_leading_zeros(digits + std::string(static_cast<std::size_t>(shift), '0'));
    return oracle;
  }
  const auto dropped_count = static_cast<std::size_t>(-shift);
  digits = std::string(dropped_count, '0') + digits;
  const std::string kept = digits.substr(0, digits.size() - dropped_count);
  const std::string dropped = digits.substr(kept.size());
  oracle.exact = without_leading_zeros(dropped).empty();
  oracle.digits = without_leading_zeros(dropped.front() >= '5' ? plus_one(kept) : kept);
  return oracle;
}

void expect_as_oracle(const std::string& text, int scale) {
  const Oracle oracle = ask_oracle(text, scale);
  const auto parsed = parse_decimal(text, scale);
  ASSERT_EQ(parsed.has_value(), oracle.valid) << "text " << text << " scale " << scale;
  if (!parsed) {
    return;
  }
  ASSERT_EQ(parsed->negative, oracle.negative) << "text " << text << " scale " << scale;
  ASSERT_EQ(parsed->too_large, oracle.digits.size() > 18) << "text " << text << " scale " << scale;
  if (!parsed->too_large) {
    ASSERT_EQ(parsed->exact, oracle.exact) << "text " << text << " scale " << scale;
    ASSERT_EQ(std::to_string(parsed->value), oracle.digits.empty() ? "0" : oracle.digits)
        << "text " << text << " scale " << scale;
  }
}

TEST(ParseDecimal, agrees_with_the_oracle_on_every_text_of_up_to_six_characters) {
  const std::string alphabet = "0159.eE+-";
  std::vector<std::string> level = {""};
  for (int size = 0; size <= 6; ++size) {
    std::vector<std::string> longer;
    for (const std::string& text : level) {
      expect_as_oracle(text, 0);
      expect_as_oracle(text, 4);
      ASSERT_FALSE(::testing::Test::HasFatalFailure());
      for (const char c : alphabet) {
        if (size < 6) {
          longer.push_back(text + c);
        }
      }
    }
    level = std::move(longer);
  }
}

TEST(ParseDecimal, agrees_with_the_oracle_on_long_random_texts) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
  // Digits that make carries, ties and zeros likely.
  const auto digits = [&](int count) {
    static constexpr std::string_view kLikely[] = {"0123456789", "9", "0", "09", "5", "0005", "4995"};
    const std::string_view likely = kLikely[pick(0, 6)];
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += likely[static_cast<std::size_t>(pick(0, static_cast<int>(likely.size()) - 1))];
    }
    return text;
  };
  for (int i = 0; i < 200'000; ++i) {
    std::string text = (pick(0, 4) == 0 ? "-" : "") + digits(pick(1, 30));
    text += pick(0, 1) == 0 ? "" : "." + digits(pick(1, 30));
    if (pick(0, 1) == 0) {
      static constexpr std::string_view kMarks[] = {"e", "E", "e+", "e-", "E-"};
      text += std::string(kMarks[pick(0, 4)]) + (pick(0, 3) == 0 ? "000" : "") + std::to_string(pick(0, 40));
    }
    if (pick(0, 9) == 0) {  // break it somewhere
      const auto at = static_cast<std::size_t>(pick(0, static_cast<int>(text.size()) - 1));
      text[at] = ".eE+- x\0"[static_cast<std::size_t>(pick(0, 7))];
    }
    expect_as_oracle(text, pick(0, 6));
    ASSERT_FALSE(HasFatalFailure());
  }
}

TEST(ParseDecimal, refuses_what_the_grammar_does_not_have) {
  for (const std::string_view text : {"",         "-",
                                      "+1",       " 1",
                                      "1 ",       ".5",
                                      "5.",       "1e",
                                      "1e+",      "1e-",
                                      "e1",       "1e1.0",
                                      "--1",      "1,000",
                                      "0x10",     "NaN",
                                      "Infinity", "1_000",
                                      "١",        "1e1000",
                                      "1e-1000",  "1e00000000000000001000",
                                      "1\n"}) {
    EXPECT_FALSE(parse_decimal(text, 4)) << text;
  }
}

TEST(ParseDecimal, takes_leading_zeros_and_both_signs_of_the_exponent) {
  EXPECT_EQ(parse_decimal("000299.99", 4)->value, 2'999'900);
  EXPECT_EQ(parse_decimal("2.9999e2", 4)->value, 2'999'900);
  EXPECT_EQ(parse_decimal("29999E-2", 4)->value, 2'999'900);
  EXPECT_EQ(parse_decimal("1e+0003", 0)->value, 1000);
}

TEST(ParseDecimal, rounds_half_up_at_the_scale_and_says_so) {
  EXPECT_EQ(parse_decimal("0.00005", 4)->value, 1);
  EXPECT_EQ(parse_decimal("0.00004999999999999999999999999999", 4)->value, 0);
  EXPECT_EQ(parse_decimal("2.675", 2)->value, 268);  // a double would give 267
  EXPECT_FALSE(parse_decimal("2.675", 2)->exact);
  EXPECT_TRUE(parse_decimal("2.6700000", 2)->exact);
  EXPECT_EQ(parse_decimal("9.99995", 4)->value, 100'000);
}

TEST(ParseDecimal, minus_zero_is_not_negative_but_what_rounds_to_zero_from_below_is) {
  EXPECT_FALSE(parse_decimal("-0", 4)->negative);
  EXPECT_FALSE(parse_decimal("-0.0e9", 4)->negative);
  EXPECT_TRUE(parse_decimal("-0.00001", 4)->negative);
  EXPECT_TRUE(parse_decimal("-1e-999", 4)->negative);
  EXPECT_TRUE(parse_decimal("-1e999", 4)->negative);
}

TEST(ParseDecimal, says_where_eighteen_digits_do_not_do) {
  EXPECT_FALSE(parse_decimal("999999999999999999", 0)->too_large);
  EXPECT_TRUE(parse_decimal("999999999999999999.5", 0)->too_large);
  EXPECT_TRUE(parse_decimal("1e18", 0)->too_large);
  EXPECT_TRUE(parse_decimal("1e999", 4)->too_large);
  EXPECT_FALSE(parse_decimal("0e999", 4)->too_large);
  EXPECT_EQ(parse_decimal("1e-999", 4)->value, 0);
}

TEST(ParseDecimal, takes_sixty_four_bytes_and_no_more) {
  EXPECT_EQ(parse_decimal(std::string(63, '0') + "7", 0)->value, 7);
  EXPECT_FALSE(parse_decimal(std::string(64, '0') + "7", 0));
  EXPECT_EQ(parse_decimal("0." + std::string(61, '0') + "9", 4)->value, 0);
}

TEST(Money, is_written_with_four_digits_behind_the_point) {
  EXPECT_EQ(to_string(Money{2'999'900}), "299.9900");
  EXPECT_EQ(to_string(Money{0}), "0.0000");
  EXPECT_EQ(to_string(Money{-1}), "-0.0001");
  EXPECT_EQ(to_string(Money{-123'456}), "-12.3456");
  EXPECT_EQ(to_string(Money{std::numeric_limits<std::int64_t>::min()}), "-922337203685477.5808");
}

TEST(MoneySum, holds_more_than_64_bits) {
  MoneySum sum;
  const Money largest{999'999'999'999'999'999};
  for (int i = 0; i < 1'000; ++i) {
    sum += largest;
  }
  EXPECT_EQ(to_string(sum), "99999999999999999.9000");
  sum += sum;
  EXPECT_EQ(to_string(sum), "199999999999999999.8000");
  EXPECT_EQ(to_string(MoneySum{-sum.ticks}), "-199999999999999999.8000");
}

}  // namespace
}  // namespace millrace
