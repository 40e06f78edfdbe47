// What a model may know about a product on the evening of a day (the origin), for a day `horizon` days later.
//
// Every feature is a function of (series, origin, product, horizon) that reads days up to the origin alone; nothing
// but the calendar and the plan of prices (price_plan.h) is known of the target day. Where the shop answers to prices
// (demand_signals.h), what was sold counts as if at the usual price. A feature is always a finite number: where a
// product is too young for a window, the window is as long as its life; where there is nothing to divide by, a ratio
// is 1. Units: pieces a day for levels, factors for ratios and profiles, days for ages, numbers of calendar.h. Thread
// rule: a FeatureReader belongs to one thread; the Series behind it may be shared.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "forecast/feature_set.h"
#include "forecast/level.h"
#include "forecast/series.h"

namespace millrace {

/// Features of all products and horizons at one origin. The shop's part is computed once, a product's part once for
/// all of its horizons.
class FeatureReader {
 public:
  static constexpr int kHorizonMax = 28;

  /// `signals` as find_demand_signals() finds them; none: what was sold.
  FeatureReader(const Series& series, int origin, const DemandSignals& signals = {});

  /// The product that read() is about. Precondition: it is alive on the origin.
  void select(int product);
  /// Precondition: 1 <= horizon <= kHorizonMax.
  void read(int horizon, FeatureRow& row) const;
  /// Level × what that day's price makes of it × weekday factor: the forecast that a model corrects. > 0.
  double expected(int horizon) const;

 private:
  struct Target {
    CalendarDay calendar;
    double shop_factor;
    double shop_open_share;
    double shop_last_year_ratio;
  };

  void read_shop();
  void read_demand();
  void read_levels(std::span<const float> units);
  void read_intermittency(std::span<const float> units);
  void read_prices();
  void read_category();
  void read_weekday(int horizon, FeatureRow& row) const;
  void read_last_year(int horizon, FeatureRow& row) const;
  float& at(Feature feature) { return row_[static_cast<std::size_t>(feature)]; }

  const Series& series_;
  int end_;  // the day after the origin
  LevelReader levels_;
  std::array<Target, kHorizonMax> targets_;
  double shop_trend_7_28_ = 1;
  double shop_trend_28_91_ = 1;
  std::vector<WeekdayFactors> category_factors_;
  std::vector<double> category_trend_;
  std::vector<double> category_mean_28_;
  int product_ = -1;
  std::optional<PriceEffects> prices_;  // the product's
  std::span<const float> demand_;       // the product's pieces since its first sale, as if at the usual price
  std::vector<float> adjusted_;         // what demand_ points to where it is not what was sold
  FeatureRow row_{};                    // the product's part
};

}  // namespace millrace
