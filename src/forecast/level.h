// The two numbers every forecast starts from: how much a product sells a day now, and how a weekday differs.
//
// weekday_profile(): the shop's sales of each weekday, as a factor whose mean over a week is 1, from the last eight
// weeks: 0 for a weekday on which the shop is closed. It is counted in order lines, which one bulk order cannot
// distort, and in pieces where orders are not known.
// LevelReader: a product's mean of the last 28 and 56 days, without days on which it was out of stock (stock_outs.h),
// and, where the shop's demand answers to prices (price_response.h), as if its price had been the usual one; a product
// younger than four weeks is drawn to the mean of its category's young products, as if that had been seen for a week:
// its first day is always a day with a sale. All functions read days before `end` alone. Thread rule: pure functions; a
// LevelReader is a constant.
#pragma once

#include <array>
#include <vector>

#include "forecast/calendar.h"
#include "forecast/series.h"

namespace millrace {

using WeekdayFactors = std::array<double, kDaysPerWeek>;  // Monday first

/// All 1 where nothing was sold in the last eight weeks. A weekday that was not seen yet has factor 1.
WeekdayFactors weekday_profile(const Series& series, int end);

/// Mean of the last `days` values; of fewer where there are fewer, 0 where there is none.
double mean_of_last(std::span<const float> values, int days);
double mean_of_last(std::span<const double> values, int days);

/// Sales have started before `end`: the product gets forecasts.
bool is_alive(const Series& series, int product, int end);

class LevelReader {
 public:
  LevelReader(const Series& series, int end, double elasticity = 0);

  /// Pieces a calendar day at the usual price; > 0 for a product that is alive.
  double level(int product) const;
  /// What the price of the last day makes of that: a factor.
  double price_effect_now(int product) const;
  /// The mean of the last 56 days, likewise at the usual price and drawn to the category.
  double mean_of_eight_weeks(int product) const;
  /// A product's mean as it is, or, where the product is younger than four weeks, between it and its category's.
  double drawn_to_category(int product, double mean, int age_days) const;
  const WeekdayFactors& profile() const { return profile_; }
  /// Pieces a day of one product of the category: the last 28 days, over the products alive.
  double category_level(int category) const { return category_level_[static_cast<std::size_t>(category)]; }

 private:
  double mean_in_stock(int product, int days) const;

  const Series* series_;
  int end_;
  double elasticity_;
  WeekdayFactors profile_;
  std::vector<double> category_level_;
  std::vector<double> young_level_;  // of products in their second to fourth week, by category
};

}  // namespace millrace
