// Exact decimals: money without doubles.
//
// Money is an integer count of 1/10,000 of the currency unit. A price is below 10^10 units and one event's revenue
// below 10^14 (CONTRACT.md, "The checks"), so both fit 64 bits; sums are 128 bits wide (decimal(38,4) in the lake).
// Source of the number grammar: CONTRACT.md, row `price`.
// Thread rule: values and pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

__extension__ using int128 = __int128;

constexpr int kMoneyScale = 4;
constexpr std::int64_t kMoneyUnit = 10'000;

/// An amount of money in 1/10,000 units.
struct Money {
  std::int64_t ticks = 0;
  auto operator<=>(const Money&) const = default;
};

/// A sum of amounts in 1/10,000 units; 10^20 events of the largest revenue still fit.
struct MoneySum {
  int128 ticks = 0;
  auto operator<=>(const MoneySum&) const = default;
  MoneySum& operator+=(Money amount) {
    ticks += amount.ticks;
    return *this;
  }
  MoneySum& operator+=(MoneySum amount) {
    ticks += amount.ticks;
    return *this;
  }
};

/// A decimal text read at a fixed scale.
struct ScaledDecimal {
  std::int64_t value;  // |text| × 10^scale, rounded half up; meaningless where `too_large`
  bool negative;       // below zero; minus zero is not negative
  bool exact;          // no digit was rounded away
  bool too_large;      // |text| × 10^scale ≥ 10^18
};

/// Reads `-?digits[.digits][(e|E)[±]digits]`, leading zeros allowed, at most 64 bytes, exponent within ±999; nothing
/// where the text is not that. Every JSON number of at most 64 bytes fits the grammar.
std::optional<ScaledDecimal> parse_decimal(std::string_view text, int scale);

/// `299.9900`: always four digits behind the point.
std::string to_string(Money amount);
std::string to_string(MoneySum amount);

}  // namespace millrace
