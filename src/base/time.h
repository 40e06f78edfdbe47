// Instants, days and durations, and their texts.
//
// An Instant is a count of microseconds since 1970-01-01T00:00:00Z without leap seconds; a Day is a count of days
// since 1970-01-01 in the proleptic Gregorian calendar. The code asks a Clock for the time, so that tests and the
// simulation can move it; only SystemClock reads the machine's.
// Thread rule: values and pure functions; a Clock may be asked from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A length of time in microseconds; may be negative.
struct Duration {
  std::int64_t us = 0;
  auto operator<=>(const Duration&) const = default;
};

constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration kDay = hours(24);

/// A point in time, microseconds since the epoch, UTC.
struct Instant {
  std::int64_t us = 0;
  auto operator<=>(const Instant&) const = default;
};

constexpr Instant operator+(Instant t, Duration d) { return {t.us + d.us}; }
constexpr Instant operator-(Instant t, Duration d) { return {t.us - d.us}; }
constexpr Duration operator-(Instant a, Instant b) { return {a.us - b.us}; }
constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }
constexpr Duration operator*(Duration d, std::int64_t n) { return {d.us * n}; }

/// A calendar day, days since 1970-01-01.
struct Day {
  std::int32_t number = 0;
  auto operator<=>(const Day&) const = default;
};

/// Days from the first to the last, both of them.
struct DayRange {
  Day first;
  Day last;
  bool contains(Day day) const { return first <= day && day <= last; }
};

/// The first year-10000 instant; every valid instant is in [1970, 10000).
constexpr Instant kYear10000{253'402'300'800'000'000};

struct CivilDate {
  int year;
  int month;  // 1..12
  int day;    // 1..31
};

Day day_from_civil(CivilDate date);
CivilDate civil_from_day(Day day);
bool is_valid(CivilDate date);

/// The UTC day that contains `t` (floor, also before 1970).
Day day_of(Instant t);
Instant start_of(Day day);

/// The start of the epoch-aligned interval [start, start + width) that contains `t`. Precondition: width > 0.
Instant floor_to(Instant t, Duration width);

/// `2024-01-15`
std::string to_string(Day day);
/// `2024-01-15T10:30:00.123456Z`, always with six digits.
std::string to_string(Instant t);

/// Reads CONTRACT.md's event_time grammar: `YYYY-MM-DD`, `T` or one space, `HH:MM:SS`, optionally `.` and 1 to 9
/// digits (cut to microseconds), optionally `Z`, `±HH:MM` or `±HHMM` (none: UTC). Nothing where it is not that, is not
/// a real date and time, or does not lie in [1970, 10000) in UTC.
std::optional<Instant> parse_event_time(std::string_view text);

/// Reads `YYYY-MM-DD`.
std::optional<Day> parse_day(std::string_view text);

/// Reads a number and a unit, `250ms`, `60s`, `15m`, `2h`, `7d`; `0` needs no unit. Not negative.
std::optional<Duration> parse_duration(std::string_view text);

/// The outside world's time.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock: for ingest times and the future check. May jump.
  virtual Instant now() const = 0;
  /// Never goes back: for intervals and timeouts. Its zero means nothing.
  virtual Duration uptime() const = 0;
};

/// The machine's clock.
const Clock& system_clock();

}  // namespace millrace
