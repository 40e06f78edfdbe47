// What the calendar says about a day, as numbers that a model can use.
//
// Weekdays are 0 (Monday) to 6 (Sunday). Weeks are those of ISO 8601: a week belongs to the year of its Thursday.
// Thread rule: pure functions.
#pragma once

#include "base/time.h"

namespace millrace {

constexpr int kDaysPerWeek = 7;

struct CalendarDay {
  int weekday;       // 0 Monday .. 6 Sunday
  int day_of_month;  // 1..31
  int day_of_year;   // 1..366
  int week;          // ISO 8601, 1..53
  int month;         // 1..12
  int quarter;       // 1..4
  bool is_weekend;   // Saturday, Sunday
  bool is_month_end;
};

int weekday_of(Day day);
CalendarDay calendar_day(Day day);

}  // namespace millrace
