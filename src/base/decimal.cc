#include "base/decimal.h"

#include <array>

#include "base/format.h"

namespace millrace {
namespace {

constexpr std::size_t kTextBytesMax = 64;
constexpr int kExponentMax = 999;
constexpr int kDigitsMax = 18;  // 10^18 - 1 fits 64 bits with room to round

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The significant digits of a text and where its point stands: 0.d1d2d3… × 10^magnitude.
struct Significand {
  std::array<char, kTextBytesMax> digits;
  int count = 0;      // without leading zeros
  int magnitude = 0;  // digits in front of the point
};

/// Rounds the significand to an integer: its first `magnitude` digits.
ScaledDecimal round_half_up(const Significand& s, bool negative) {
  if (s.count == 0) {
    return {.value = 0, .negative = false, .exact = true, .too_large = false};
  }
  if (s.magnitude > kDigitsMax) {
    return {.value = 0, .negative = negative, .exact = true, .too_large = true};
  }
  std::int64_t value = 0;
  for (int i = 0; i < s.magnitude; ++i) {
    value = value * 10 + (i < s.count ? s.digits[static_cast<std::size_t>(i)] - '0' : 0);
  }
  bool exact = true;
  for (int i = s.magnitude < 0 ? 0 : s.magnitude; i < s.count; ++i) {
    exact = exact && s.digits[static_cast<std::size_t>(i)] == '0';
  }
  if (s.magnitude >= 0 && s.magnitude < s.count && s.digits[static_cast<std::size_t>(s.magnitude)] >= '5') {
    ++value;
  }
  constexpr std::int64_t kLimit = 1'000'000'000'000'000'000;
  return {.value = value, .negative = negative, .exact = exact, .too_large = value >= kLimit};
}

}  // namespace

std::optional<ScaledDecimal> parse_decimal(std::string_view text, int scale) {
  if (text.empty() || text.size() > kTextBytesMax) {
    return std::nullopt;
  }
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = *p == '-';
  p += negative ? 1 : 0;

  Significand s;
  const auto take_digits = [&](bool before_point) {
    const char* const first = p;
    for (; p != end && is_digit(*p); ++p) {
      if (s.count == 0 && *p == '0') {
        s.magnitude -= before_point ? 0 : 1;  // a zero right behind the point: 0.0ddd
        continue;
      }
      s.digits[static_cast<std::size_t>(s.count++)] = *p;
      s.magnitude += before_point ? 1 : 0;
    }
    return p != first;
  };
  if (!take_digits(true)) {
    return std::nullopt;
  }
  if (p != end && *p == '.') {
    ++p;
    if (!take_digits(false)) {
      return std::nullopt;
    }
  }
  int exponent = 0;
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool down = p != end && *p == '-';
    p += (p != end && (*p == '-' || *p == '+')) ? 1 : 0;
    if (p == end) {
      return std::nullopt;
    }
    for (; p != end && is_digit(*p); ++p) {
      exponent = exponent > kExponentMax ? exponent : exponent * 10 + (*p - '0');
    }
    if (exponent > kExponentMax) {
      return std::nullopt;
    }
    exponent = down ? -exponent : exponent;
  }
  if (p != end) {
    return std::nullopt;
  }
  s.magnitude += exponent + scale;
  return round_half_up(s, negative && s.count > 0);
}

std::string to_string(Money amount) { return to_string(MoneySum{amount.ticks}); }

std::string to_string(MoneySum amount) {
  const bool negative = amount.ticks < 0;
  const int128 ticks = negative ? -amount.ticks : amount.ticks;
  return format("{}{}.{:04}", negative ? "-" : "", ticks / kMoneyUnit, static_cast<int>(ticks % kMoneyUnit));
}

}  // namespace millrace
