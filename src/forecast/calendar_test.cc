#include "forecast/calendar.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Day day(int year, int month, int day_of_month) {
  return day_from_civil({.year = year, .month = month, .day = day_of_month});
}

TEST(Calendar, weekdays_start_with_monday_also_before_1970) {
  EXPECT_EQ(weekday_of(Day{0}), 3);  // a Thursday
  EXPECT_EQ(weekday_of(Day{-1}), 2);
  EXPECT_EQ(weekday_of(Day{-10}), 0);
  EXPECT_EQ(weekday_of(day(2011, 12, 9)), 4);
}

TEST(Calendar, iso_weeks_belong_to_the_year_of_their_thursday) {
  // The examples of ISO 8601's own explanations.
  EXPECT_EQ(calendar_day(day(2005, 1, 1)).week, 53);
  EXPECT_EQ(calendar_day(day(2005, 12, 31)).week, 52);
  EXPECT_EQ(calendar_day(day(2007, 1, 1)).week, 1);
  EXPECT_EQ(calendar_day(day(2007, 12, 30)).week, 52);
  EXPECT_EQ(calendar_day(day(2007, 12, 31)).week, 1);
  EXPECT_EQ(calendar_day(day(2008, 12, 29)).week, 1);
  EXPECT_EQ(calendar_day(day(2009, 12, 31)).week, 53);
  EXPECT_EQ(calendar_day(day(2010, 1, 3)).week, 53);
}

TEST(Calendar, leap_days_and_month_ends) {
  const CalendarDay leap = calendar_day(day(2024, 2, 29));
  EXPECT_EQ(leap.day_of_year, 60);
  EXPECT_TRUE(leap.is_month_end);
  EXPECT_EQ(leap.month, 2);
  EXPECT_EQ(leap.quarter, 1);
  EXPECT_FALSE(leap.is_weekend);
  EXPECT_FALSE(calendar_day(day(2024, 2, 28)).is_month_end);
  EXPECT_TRUE(calendar_day(day(2023, 2, 28)).is_month_end);
  const CalendarDay last = calendar_day(day(2024, 12, 31));
  EXPECT_EQ(last.day_of_year, 366);
  EXPECT_EQ(last.quarter, 4);
  EXPECT_TRUE(last.is_month_end);
  EXPECT_TRUE(calendar_day(day(2024, 12, 29)).is_weekend);
}

}  // namespace
}  // namespace millrace
