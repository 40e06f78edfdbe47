#include "forecast/calendar.h"

namespace millrace {
namespace {

constexpr int kThursday = 3;

/// Days since 1 January of the same year, from 0.
int day_index_in_year(Day day) {
  return day.number - day_from_civil({.year = civil_from_day(day).year, .month = 1, .day = 1}).number;
}

}  // namespace

int weekday_of(Day day) {
  // 1970-01-01, day 0, was a Thursday; the remainder is Euclidean, so that earlier days count too.
  const int remainder = (day.number + kThursday) % kDaysPerWeek;
  return remainder < 0 ? remainder + kDaysPerWeek : remainder;
}

CalendarDay calendar_day(Day day) {
  const CivilDate date = civil_from_day(day);
  const int weekday = weekday_of(day);
  const Day thursday{day.number - weekday + kThursday};  // it decides to which year the week belongs
  return {.weekday = weekday,
          .day_of_month = date.day,
          .day_of_year = day_index_in_year(day) + 1,
          .week = day_index_in_year(thursday) / kDaysPerWeek + 1,
          .month = date.month,
          .quarter = (date.month - 1) / 3 + 1,
          .is_weekend = weekday >= 5,
          .is_month_end = civil_from_day(Day{day.number + 1}).month != date.month};
}

}  // namespace millrace
