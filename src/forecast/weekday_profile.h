// How the days of the week differ: factors whose mean over a week is 1.
//
// weekday_profile(): the whole shop's, from the last eight weeks; 0 for a weekday on which the shop is closed. It is
// counted in order lines, which one bulk order cannot distort, and in pieces where orders are not known.
// WeekdayProfiles: each category's besides. How far a category is believed to differ from the shop is for its own
// weeks to say: its difference is shrunk by the share of it that the scatter from week to week may explain, and does
// not count at all where that may be the whole of it. After B. Efron and C. Morris, "Stein's estimation rule and its
// competitors", 1973.
// All read days before `end` alone. Thread rule: pure functions; a WeekdayProfiles is a constant.
#pragma once

#include <array>
#include <vector>

#include "forecast/calendar.h"
#include "forecast/series.h"

namespace millrace {

using WeekdayFactors = std::array<double, kDaysPerWeek>;  // Monday first

/// All 1 where nothing was sold in the last eight weeks. A weekday that was not seen yet has factor 1.
WeekdayFactors weekday_profile(const Series& series, int end);

class WeekdayProfiles {
 public:
  /// Where the categories are not looked at, each has the shop's profile.
  WeekdayProfiles(const Series& series, int end, bool by_category);

  const WeekdayFactors& of_shop() const { return shop_; }
  const WeekdayFactors& of_category(int category) const { return categories_[static_cast<std::size_t>(category)]; }

 private:
  WeekdayFactors shop_;
  std::vector<WeekdayFactors> categories_;
};

/// Whether the categories' profiles would have said better than the shop's what was sold in the twelve weeks before
/// `end` (Tweedie deviance).
bool have_categories_weekdays(const Series& series, int end);

}  // namespace millrace
