#include "forecast/features.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace millrace {
namespace {

constexpr int kProfileWeeks = 8;
constexpr int kYear = 52 * kDaysPerWeek;  // keeps the weekday
constexpr int kHistoryForLastYear = 500;
constexpr double kRatioMax = 8;
constexpr double kExpectedMin = 1e-4;
constexpr int kDaysSinceSaleMax = 400;

template <class Value>
std::span<const Value> tail(std::span<const Value> values, int days) {
  return values.last(std::min(values.size(), static_cast<std::size_t>(days)));
}

/// Within [1/8, 8]; 1 where there is nothing to divide by. `softener` draws ratios of small numbers to 1.
double ratio(double numerator, double denominator, double softener) {
  const double divisor = denominator + softener;
  return divisor > 0 ? std::clamp((numerator + softener) / divisor, 1 / kRatioMax, kRatioMax) : 1;
}

double deviation(std::span<const float> values, double mean) {
  double sum = 0;
  for (const float value : values) {
    const double difference = static_cast<double>(value) - mean;
    sum += difference * difference;
  }
  return values.empty() ? 0 : std::sqrt(sum / static_cast<double>(values.size()));
}

/// What was sold on each weekday of the last weeks, in pieces, bulk and chance included: for trees to judge.
WeekdayFactors unit_factors(const Series& series, std::span<const double> units, int end) {
  WeekdayFactors sums{};
  double total = 0;
  const int days = std::min(end / kDaysPerWeek, kProfileWeeks) * kDaysPerWeek;  // whole weeks
  for (int day = end - days; day < end; ++day) {
    sums[static_cast<std::size_t>(weekday_of(series.day(day)))] += units[static_cast<std::size_t>(day)];
    total += units[static_cast<std::size_t>(day)];
  }
  for (double& sum : sums) {
    sum = total > 0 ? std::min(sum / total * kDaysPerWeek, kRatioMax) : 1;
  }
  return sums;
}

/// The mean of `days` days around the day `middle`, of those that are there; 0 for none.
template <class Value>
double mean_around(std::span<const Value> values, int middle, int days) {
  const int begin = std::max(0, middle - days / 2);
  const int end = std::min(static_cast<int>(values.size()), middle + days / 2 + 1);
  if (begin >= end) {
    return 0;
  }
  const auto window = values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  return mean_of_last(window, end - begin);
}

}  // namespace

FeatureReader::FeatureReader(const Series& series, int origin, const DemandSignals& signals)
    : series_(series), end_(origin + 1), levels_(series, origin + 1, signals) {
  CHECK(origin >= 0 && origin < series.days());
  read_shop();
}

void FeatureReader::read_shop() {
  const auto units = series_.shop_units(end_);
  const auto orders = series_.has(Channel::orders, end_) ? series_.shop_orders(end_) : units;
  shop_trend_7_28_ = ratio(mean_of_last(orders, 7), mean_of_last(orders, 28), 0);
  shop_trend_28_91_ = ratio(mean_of_last(orders, 28), mean_of_last(orders, 91), 0);
  WeekdayFactors open{};
  std::array<int, kDaysPerWeek> seen{};
  for (int day = std::max(0, end_ - kProfileWeeks * kDaysPerWeek); day < end_; ++day) {
    const auto weekday = static_cast<std::size_t>(weekday_of(series_.day(day)));
    open[weekday] += series_.is_closed(day) ? 0 : 1;
    ++seen[weekday];
  }
  for (int horizon = 1; horizon <= kHorizonMax; ++horizon) {
    const int target = end_ - 1 + horizon;
    Target& entry = targets_[static_cast<std::size_t>(horizon - 1)];
    entry.calendar = calendar_day(series_.day(target));
    const auto weekday = static_cast<std::size_t>(entry.calendar.weekday);
    entry.shop_factor = levels_.profiles().of_shop()[weekday];
    entry.shop_open_share = seen[weekday] > 0 ? open[weekday] / seen[weekday] : 1;
    entry.shop_last_year_ratio = 1;
    if (end_ > kHistoryForLastYear) {
      // How the shop went on from here last year: the weeks around the target by the four weeks before the origin.
      const auto before = orders.first(static_cast<std::size_t>(end_ - kYear));
      entry.shop_last_year_ratio = ratio(mean_around(orders, target - kYear, 7), mean_of_last(before, 28), 0);
    }
  }
  for (int category = 0; category < series_.categories(); ++category) {
    const auto sold = series_.category_units(category, end_);
    category_factors_.push_back(unit_factors(series_, sold, end_));
    category_mean_28_.push_back(mean_of_last(sold, 28));
    category_trend_.push_back(ratio(mean_of_last(sold, 7), category_mean_28_.back(), 1));
  }
}

void FeatureReader::select(int product) {
  CHECK(is_alive(series_, product, end_));
  product_ = product;
  prices_ = levels_.price_effects(product);
  read_demand();
  read_levels(demand_);
  read_intermittency(demand_);
  read_prices();
  read_category();
  at(Feature::shop_trend_7_28) = static_cast<float>(shop_trend_7_28_);
  at(Feature::shop_trend_28_91) = static_cast<float>(shop_trend_28_91_);
}

void FeatureReader::read_demand() {
  demand_ = series_.values(Channel::units, product_, end_);
  if (!prices_->has_effects()) {
    return;
  }
  adjusted_.assign(demand_.begin(), demand_.end());
  int day = series_.first_sale(product_);
  for (float& units : adjusted_) {
    units /= units > 0 ? static_cast<float>(prices_->effect(day)) : 1;
    ++day;
  }
  demand_ = adjusted_;
}

void FeatureReader::read_levels(std::span<const float> units) {
  const auto mean = [&](int days) { return mean_of_last(units, days); };
  const auto set = [&](Feature feature, double value) { at(feature) = static_cast<float>(value); };
  const double mean_7 = mean(7);
  const double mean_28 = mean(28);
  const double mean_91 = mean(91);
  set(Feature::mean_7, mean_7);
  set(Feature::mean_14, mean(14));
  set(Feature::mean_28, mean_28);
  set(Feature::mean_56, mean(56));
  set(Feature::mean_91, mean_91);
  set(Feature::mean_182, mean(182));
  set(Feature::deviation_7, deviation(tail(units, 7), mean_7));
  set(Feature::deviation_28, deviation(tail(units, 28), mean_28));
  set(Feature::deviation_91, deviation(tail(units, 91), mean_91));
  set(Feature::trend_7_28, ratio(mean_7, mean_28, 0.1));
  set(Feature::trend_28_91, ratio(mean_28, mean_91, 0.1));
  const auto lag = [&](std::size_t days) { return days < units.size() ? units[units.size() - 1 - days] : 0.F; };
  at(Feature::lag_0) = lag(0);
  at(Feature::lag_1) = lag(1);
  at(Feature::lag_2) = lag(2);
  set(Feature::level, levels_.level(product_));

  // Exponential smoothing over the days on which the shop was open, newest first; the weights are made to add up.
  const auto window = tail(units, 182);
  double slow = 0;
  double fast = 0;
  double slow_weights = 0;
  double fast_weights = 0;
  double slow_weight = 1;
  double fast_weight = 1;
  for (std::size_t i = window.size(); i-- > 0;) {
    if (series_.is_closed(end_ - static_cast<int>(window.size() - i))) {
      continue;
    }
    slow += slow_weight * static_cast<double>(window[i]);
    fast += fast_weight * static_cast<double>(window[i]);
    slow_weights += slow_weight;
    fast_weights += fast_weight;
    slow_weight *= 0.97;
    fast_weight *= 0.90;
  }
  set(Feature::smoothed_slow, slow_weights > 0 ? slow / slow_weights : 0);
  set(Feature::smoothed_fast, fast_weights > 0 ? fast / fast_weights : 0);

  // A bulk order counts as three ordinary days with a sale.
  double sold = 0;
  int days_sold = 0;
  for (const float value : tail(units, 91)) {
    sold += static_cast<double>(std::log1p(value));
    days_sold += value > 0 ? 1 : 0;
  }
  const double cap = days_sold > 0 ? 3 * std::expm1(sold / days_sold) : 0;
  double capped = 0;
  for (const float value : tail(units, 28)) {
    capped += std::min(static_cast<double>(value), cap);
  }
  set(Feature::capped_mean_28, capped / static_cast<double>(tail(units, 28).size()));
}

void FeatureReader::read_intermittency(std::span<const float> units) {
  const auto set = [&](Feature feature, double value) { at(feature) = static_cast<float>(value); };
  const auto sold_share = [&](int days) {
    const auto window = tail(units, days);
    return static_cast<double>(std::ranges::count_if(window, [](float value) { return value > 0; })) /
           static_cast<double>(window.size());
  };
  const auto log_mean = [&](int days) {
    double sum = 0;
    for (const float value : tail(units, days)) {
      sum += value > 0 ? static_cast<double>(std::log1p(value)) : 0;
    }
    return sum / static_cast<double>(tail(units, days).size());
  };
  set(Feature::orders_28, mean_of_last(series_.values(Channel::orders, product_, end_), 28));
  set(Feature::sold_share_28, sold_share(28));
  set(Feature::sold_share_91, sold_share(91));
  set(Feature::log_mean_7, log_mean(7));
  set(Feature::log_mean_28, log_mean(28));
  set(Feature::log_mean_91, log_mean(91));
  int since = 0;
  while (since < kDaysSinceSaleMax && static_cast<std::size_t>(since) < units.size() &&
         units[units.size() - 1 - static_cast<std::size_t>(since)] == 0) {
    ++since;
  }
  set(Feature::days_since_sale, since);
  set(Feature::age_days, static_cast<double>(units.size()));
}

void FeatureReader::read_prices() {
  const auto mean = [&](Channel channel, int days) {
    return mean_of_last(series_.values(channel, product_, end_), days);
  };
  const auto set = [&](Feature feature, double value) { at(feature) = static_cast<float>(value); };
  const double price = static_cast<double>(series_.values(Channel::price, product_, end_).back());
  set(Feature::price, price);
  set(Feature::price_ratio_28, ratio(price, mean(Channel::price, 28), 0));
  set(Feature::views_7, mean(Channel::views, 7));
  set(Feature::views_28, mean(Channel::views, 28));
  set(Feature::carts_7, mean(Channel::carts, 7));
  set(Feature::carts_28, mean(Channel::carts, 28));
  set(Feature::returned_28, mean(Channel::returned, 28));
}

void FeatureReader::read_category() {
  const int category = series_.category(product_, end_);
  const auto index = static_cast<std::size_t>(category);
  at(Feature::category_level) = static_cast<float>(levels_.category_level(category));
  at(Feature::category_trend_7_28) = static_cast<float>(category_trend_[index]);
  const double sold = category_mean_28_[index];
  const double own = static_cast<double>(at(Feature::mean_28));
  at(Feature::share_of_category) = static_cast<float>(sold > 0 ? std::min(own / sold, 1.0) : 0);
}

void FeatureReader::read_weekday(int horizon, FeatureRow& row) const {
  const auto set = [&](Feature feature, double value) {
    row[static_cast<std::size_t>(feature)] = static_cast<float>(value);
  };
  // The last day with the target's weekday lies so many days before the origin.
  const int back = (kDaysPerWeek - horizon % kDaysPerWeek) % kDaysPerWeek;
  double sum_4 = 0;
  double sum_8 = 0;
  int weeks = 0;
  double last = 0;
  for (int week = 0; week < kProfileWeeks; ++week) {
    const int position = static_cast<int>(demand_.size()) - 1 - back - week * kDaysPerWeek;
    if (position < 0) {
      break;
    }
    const double value = static_cast<double>(demand_[static_cast<std::size_t>(position)]);
    last = week == 0 ? value : last;
    sum_4 += week < 4 ? value : 0;
    sum_8 += value;
    ++weeks;
  }
  set(Feature::weekday_last, last);
  set(Feature::weekday_mean_4, weeks > 0 ? sum_4 / std::min(weeks, 4) : 0);
  set(Feature::weekday_mean_8, weeks > 0 ? sum_8 / weeks : 0);
}

void FeatureReader::read_last_year(int horizon, FeatureRow& row) const {
  const auto set = [&](Feature feature, double value) {
    row[static_cast<std::size_t>(feature)] = static_cast<float>(value);
  };
  set(Feature::last_year_7, 0);
  set(Feature::last_year_21, 0);
  set(Feature::last_year_ratio, 1);
  const int lived = static_cast<int>(demand_.size());
  const int middle = lived - 1 + horizon - kYear;  // the target's day, 52 weeks earlier
  if (end_ <= kHistoryForLastYear || middle < 14) {
    return;
  }
  const double around = mean_around(demand_, middle, 21);
  const double before = mean_of_last(demand_.first(static_cast<std::size_t>(std::max(0, lived - kYear))), 28);
  set(Feature::last_year_7, mean_around(demand_, middle, 7));
  set(Feature::last_year_21, around);
  set(Feature::last_year_ratio, ratio(around, before, 0.1));
}

double FeatureReader::expected(int horizon) const {
  const double level = static_cast<double>(row_[static_cast<std::size_t>(Feature::level)]);
  return std::max(level * prices_->effect(end_ - 1 + horizon) * levels_.weekday_factor(product_, end_ - 1 + horizon),
                  kExpectedMin);
}

void FeatureReader::read(int horizon, FeatureRow& row) const {
  CHECK(product_ >= 0 && horizon >= 1 && horizon <= kHorizonMax);
  row = row_;
  const auto set = [&](Feature feature, double value) {
    row[static_cast<std::size_t>(feature)] = static_cast<float>(value);
  };
  const Target& target = targets_[static_cast<std::size_t>(horizon - 1)];
  read_weekday(horizon, row);
  read_last_year(horizon, row);
  set(Feature::last_year_shop_ratio, target.shop_last_year_ratio);
  set(Feature::shop_weekday_factor, target.shop_factor);
  set(Feature::shop_weekday_open, target.shop_open_share);
  set(Feature::expected, expected(horizon));
  const auto category = static_cast<std::size_t>(series_.category(product_, end_));
  set(Feature::category_weekday_factor, category_factors_[category][static_cast<std::size_t>(target.calendar.weekday)]);
  set(Feature::horizon, horizon);
  set(Feature::weekday, target.calendar.weekday);
  set(Feature::day_of_month, target.calendar.day_of_month);
  // In a single year, each day of the year is seen once: it would name that day, not a season.
  const bool has_seasons = end_ > kHistoryForLastYear;
  set(Feature::day_of_year, has_seasons ? target.calendar.day_of_year : 0);
  set(Feature::week, has_seasons ? target.calendar.week : 0);
  set(Feature::month, has_seasons ? target.calendar.month : 0);
  set(Feature::quarter, has_seasons ? target.calendar.quarter : 0);
  set(Feature::is_month_end, target.calendar.is_month_end ? 1 : 0);
  set(Feature::is_weekend, target.calendar.is_weekend ? 1 : 0);
}

}  // namespace millrace
