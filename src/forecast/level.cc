#include "forecast/level.h"

#include <algorithm>
#include <numeric>

#include "forecast/views_level.h"

namespace millrace {
namespace {

constexpr int kYoungDays = 28;
constexpr int kPriorDays = 7;
constexpr int kCategoryProductsMin = 5;
constexpr double kLevelMin = 0.01;

template <class Value>
double mean_of_last_values(std::span<const Value> values, int days) {
  const auto tail = values.last(std::min(values.size(), static_cast<std::size_t>(days)));
  double sum = 0;
  for (const Value value : tail) {
    sum += static_cast<double>(value);
  }
  return tail.empty() ? 0 : sum / static_cast<double>(tail.size());
}

/// Pieces and days lived, added up over products.
struct Exposure {
  double units = 0;
  double days = 0;
  int products = 0;

  Exposure& operator+=(const Exposure& other) {
    units += other.units;
    days += other.days;
    products += other.products;
    return *this;
  }
  double mean() const { return days > 0 ? units / days : 0; }
};

/// Means by category; a category with few products has the mean of the whole shop.
std::vector<double> means_or_shop(const std::vector<Exposure>& by_category, double otherwise) {
  Exposure shop;
  for (const Exposure& category : by_category) {
    shop += category;
  }
  const double shop_mean = shop.products >= kCategoryProductsMin ? shop.mean() : otherwise;
  std::vector<double> means;
  for (const Exposure& category : by_category) {
    means.push_back(category.products >= kCategoryProductsMin ? category.mean() : shop_mean);
  }
  return means;
}

}  // namespace

double mean_of_last(std::span<const float> values, int days) { return mean_of_last_values(values, days); }
double mean_of_last(std::span<const double> values, int days) { return mean_of_last_values(values, days); }

bool is_alive(const Series& series, int product, int end) { return series.first_sale(product) < end; }

LevelReader::LevelReader(const Series& series, int end, const DemandSignals& signals)
    : series_(&series), end_(end), signals_(signals), profiles_(series, end, signals.category_weekdays) {
  std::vector<Exposure> all(static_cast<std::size_t>(series.categories()));
  std::vector<Exposure> young(all.size());
  for (int product = 0; product < series.products(); ++product) {
    if (!is_alive(series, product, end)) {
      continue;
    }
    const auto category = static_cast<std::size_t>(series.category(product, end));
    const auto units = series.values(Channel::units, product, end);
    const auto recent = units.last(std::min<std::size_t>(units.size(), kYoungDays));
    all[category] += {std::accumulate(recent.begin(), recent.end(), 0.0), static_cast<double>(recent.size()), 1};
    // Products that were new lately: their days behind the first week, which is not like the others.
    if (units.size() > kPriorDays && units.size() <= 3 * kYoungDays) {
      const auto later = units.first(std::min<std::size_t>(units.size(), kYoungDays)).subspan(kPriorDays);
      young[category] += {std::accumulate(later.begin(), later.end(), 0.0), static_cast<double>(later.size()), 1};
    }
  }
  category_level_ = means_or_shop(all, 0);
  Exposure shop;
  for (const Exposure& category : all) {
    shop += category;
  }
  young_level_ = means_or_shop(young, shop.mean());
}

double LevelReader::drawn_to_category(int product, double mean, int age_days) const {
  if (age_days >= kYoungDays) {
    return std::max(mean, kLevelMin);
  }
  const double prior = young_level_[static_cast<std::size_t>(series_->category(product, end_))];
  return std::max((mean * age_days + prior * kPriorDays) / (age_days + kPriorDays), kLevelMin);
}

double LevelReader::mean_in_stock(int product, int days) const {
  const auto units = series_->values(Channel::units, product, end_);
  const auto out = series_->stock_outs(product, end_);
  if (!signals_.has_price_response() && out.empty()) {
    return mean_of_last(units, days);
  }
  const PriceEffects prices = price_effects(product);
  const int first_sale = series_->first_sale(product);
  double sum = 0;
  int counted = 0;
  for (int day = end_ - 1; day >= std::max(first_sale, end_ - days); --day) {
    if (is_out_of_stock(out, day)) {
      continue;
    }
    const auto sold = static_cast<double>(units[static_cast<std::size_t>(day - first_sale)]);
    sum += sold > 0 ? sold / prices.effect(day) : 0;
    ++counted;
  }
  return counted > 0 ? sum / counted : mean_of_last(units, days);
}

double LevelReader::with_views(int product, double mean) const {
  if (signals_.views_weight == 0) {
    return mean;
  }
  const auto by_views = level_by_views(*series_, product, end_, price_effects(product));
  return by_views ? mean + signals_.views_weight * (*by_views - mean) : mean;
}

double LevelReader::level(int product) const {
  const double mean = with_views(product, (mean_in_stock(product, 28) + mean_in_stock(product, 56)) / 2);
  return drawn_to_category(product, mean, end_ - series_->first_sale(product));
}

double LevelReader::weekday_factor(int product, int day) const {
  return weekday_factors(product)[static_cast<std::size_t>(weekday_of(series_->day(day)))];
}

double LevelReader::mean_of_eight_weeks(int product) const {
  return drawn_to_category(product, with_views(product, mean_in_stock(product, 56)),
                           end_ - series_->first_sale(product));
}

}  // namespace millrace
