// The number every forecast starts from: how much a product sells a day now.
//
// LevelReader: a product's mean of the last 28 and 56 days, without days on which it was out of stock (stock_outs.h),
// and, where the shop's demand answers to prices (price_response.h), as if its price had been the usual one, mixed with
// what its views say, where those of the shop say something (views_level.h); a product
// younger than four weeks is drawn to the mean of its category's young products, as if that had been seen for a week:
// its first day is always a day with a sale. All functions read days before `end` alone. Thread rule: pure functions; a
// LevelReader is a constant.
#pragma once

#include <vector>

#include "forecast/price_response.h"
#include "forecast/series.h"
#include "forecast/weekday_profile.h"

namespace millrace {

/// Mean of the last `days` values; of fewer where there are fewer, 0 where there is none.
double mean_of_last(std::span<const float> values, int days);
double mean_of_last(std::span<const double> values, int days);

/// Sales have started before `end`: the product gets forecasts.
bool is_alive(const Series& series, int product, int end);

class LevelReader {
 public:
  LevelReader(const Series& series, int end, const DemandSignals& signals = {});

  /// Pieces a calendar day at the usual price; > 0 for a product that is alive.
  double level(int product) const;
  /// What the prices make of that: a factor of each day.
  PriceEffects price_effects(int product) const { return {*series_, product, end_, signals_}; }
  /// The mean of the last 56 days, likewise at the usual price and drawn to the category.
  double mean_of_eight_weeks(int product) const;
  /// A product's mean as it is, or, where the product is younger than four weeks, between it and its category's.
  double drawn_to_category(int product, double mean, int age_days) const;
  const WeekdayProfiles& profiles() const { return profiles_; }
  /// Its category's.
  const WeekdayFactors& weekday_factors(int product) const {
    return profiles_.of_category(series_->category(product, end_));
  }
  double weekday_factor(int product, int day) const;
  /// Pieces a day of one product of the category: the last 28 days, over the products alive.
  double category_level(int category) const { return category_level_[static_cast<std::size_t>(category)]; }

 private:
  double mean_in_stock(int product, int days) const;
  double with_views(int product, double mean) const;

  const Series* series_;
  int end_;
  DemandSignals signals_;
  WeekdayProfiles profiles_;
  std::vector<double> category_level_;
  std::vector<double> young_level_;  // of products in their second to fourth week, by category
};

}  // namespace millrace
