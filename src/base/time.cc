#include "base/time.h"

#include <chrono>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

constexpr std::int64_t kUsPerSecond = 1'000'000;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// The number that `count` ASCII digits at `p` spell, or -1 where one of them is no digit.
int digits_at(const char* p, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const unsigned digit = static_cast<unsigned char>(p[i]) - static_cast<unsigned>('0');
    if (digit > 9) {
      return -1;
    }
    value = value * 10 + static_cast<int>(digit);
  }
  return value;
}

std::optional<CivilDate> parse_date(const char* p) {
  const CivilDate date{digits_at(p, 4), digits_at(p + 5, 2), digits_at(p + 8, 2)};
  if (p[4] != '-' || p[7] != '-' || !is_valid(date)) {
    return std::nullopt;
  }
  return date;
}

/// Microseconds of the fraction at `p`, cut behind the sixth digit; moves `p` past it. Nothing where it is malformed.
std::optional<std::int64_t> parse_fraction(const char*& p, const char* end) {
  if (p == end || *p != '.') {
    return 0;
  }
  ++p;
  std::int64_t us = 0;
  int count = 0;
  for (; p != end && *p >= '0' && *p <= '9'; ++p, ++count) {
    us = count < 6 ? us * 10 + (*p - '0') : us;
  }
  if (count < 1 || count > 9) {
    return std::nullopt;
  }
  for (; count < 6; ++count) {
    us *= 10;
  }
  return us;
}

/// The zone's offset from UTC at the end of the text: nothing, `Z`, `±HH:MM` or `±HHMM`.
std::optional<Duration> parse_zone(std::string_view zone) {
  if (zone.empty() || zone == "Z") {
    return Duration{};
  }
  const bool colon = zone.size() == 6 && zone[3] == ':';
  if ((zone[0] != '+' && zone[0] != '-') || (zone.size() != 5 && !colon)) {
    return std::nullopt;
  }
  const int hour = digits_at(zone.data() + 1, 2);
  const int minute = digits_at(zone.data() + (colon ? 4 : 3), 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
    return std::nullopt;
  }
  const Duration offset = minutes(hour * 60 + minute);
  return zone[0] == '+' ? offset : offset * -1;
}

class SystemClock final : public Clock {
 public:
  Instant now() const override { return {count_us(std::chrono::system_clock::now())}; }
  Duration uptime() const override { return {count_us(std::chrono::steady_clock::now())}; }

 private:
  template <class TimePoint>
  static std::int64_t count_us(TimePoint t) {
    return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
  }
};

}  // namespace

Day day_from_civil(CivilDate date) {
  const std::chrono::year_month_day ymd{std::chrono::year{date.year},
                                        std::chrono::month{static_cast<unsigned>(date.month)},
                                        std::chrono::day{static_cast<unsigned>(date.day)}};
  return {static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

CivilDate civil_from_day(Day day) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{day.number}}};
  return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

bool is_valid(CivilDate date) {
  return date.year >= 0 && date.month >= 1 && date.day >= 1 &&
         std::chrono::year_month_day{std::chrono::year{date.year},
                                     std::chrono::month{static_cast<unsigned>(date.month)},
                                     std::chrono::day{static_cast<unsigned>(date.day)}}
             .ok();
}

Day day_of(Instant t) { return {static_cast<std::int32_t>(floor_div(t.us, kDay.us))}; }

Instant start_of(Day day) { return {day.number * kDay.us}; }

Instant floor_to(Instant t, Duration width) {
  CHECK(width.us > 0);
  return {floor_div(t.us, width.us) * width.us};
}

std::string to_string(Day day) {
  const CivilDate date = civil_from_day(day);
  return format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string to_string(Instant t) {
  const Day day = day_of(t);
  const std::int64_t us = (t - start_of(day)).us;
  const std::int64_t s = us / kUsPerSecond;
  return format("{}T{:02}:{:02}:{:02}.{:06}Z", to_string(day), s / 3600, s / 60 % 60, s % 60, us % kUsPerSecond);
}

std::optional<Instant> parse_event_time(std::string_view text) {
  constexpr std::size_t kSecondsEnd = 19;  // YYYY-MM-DDTHH:MM:SS
  if (text.size() < kSecondsEnd) {
    return std::nullopt;
  }
  const char* p = text.data();
  const char* const end = p + text.size();
  const auto date = parse_date(p);
  const int hour = digits_at(p + 11, 2);
  const int minute = digits_at(p + 14, 2);
  const int second = digits_at(p + 17, 2);
  if (!date || (p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':' || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  p += kSecondsEnd;
  const auto fraction = parse_fraction(p, end);
  if (!fraction) {
    return std::nullopt;
  }
  const auto zone = parse_zone({p, end});
  if (!zone) {
    return std::nullopt;
  }
  const Instant t =
      start_of(day_from_civil(*date)) + seconds((hour * 60 + minute) * 60 + second) + Duration{*fraction} - *zone;
  if (t < Instant{0} || t >= kYear10000) {
    return std::nullopt;
  }
  return t;
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10) {
    return std::nullopt;
  }
  const auto date = parse_date(text.data());
  return date ? std::optional(day_from_civil(*date)) : std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    number = number * 10 + (text[i] - '0');
    if (number > 1'000'000'000) {
      return std::nullopt;
    }
  }
  const std::string_view unit = text.substr(i);
  if (i == 0) {
    return std::nullopt;
  }
  if (unit == "ms") {
    return milliseconds(number);
  }
  if (unit == "s") {
    return seconds(number);
  }
  if (unit == "m") {
    return minutes(number);
  }
  if (unit == "h" && number < 10'000'000) {
    return hours(number);
  }
  if (unit == "d" && number < 1'000'000) {
    return kDay * number;
  }
  return unit.empty() && number == 0 ? std::optional(Duration{}) : std::nullopt;
}

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace millrace
