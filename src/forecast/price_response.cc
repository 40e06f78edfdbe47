#include "forecast/price_response.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "forecast/judged.h"
#include "forecast/weekday_profile.h"

namespace millrace {
namespace {

constexpr int kUsualPriceDays = 56;
constexpr double kEffectMax = 5;
constexpr int kDaysJudged = 182;
constexpr int kLevelDays = 28;
constexpr int kDaysNeeded = 56;
constexpr double kUnusual = 0.02;             // a price this far from the usual one says something
constexpr double kImprovementMin = 0.01;      // of the deviance: less is chance
constexpr std::int64_t kCellsRead = 400'000;  // of all products; of more, every so many products
constexpr std::array kElasticities{0.0, 0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0, 5.0};
constexpr std::array kLifts{1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0};

/// The losses of each response on the grid, elasticity by elasticity.
using Losses = std::array<double, kElasticities.size() * kLifts.size()>;

/// The day's demand as each response expects it, from the four weeks before it.
void add_losses(const Series& series, int product, int day, double weekday_factor, Losses& losses) {
  const PriceEffects before(series, product, day, {});
  const double usual = before.usual();
  const double price = before.price(day);
  const bool is_promoted = before.is_promoted(day);
  if (usual <= 0 || price <= 0 || (!is_promoted && std::abs(price / usual - 1) < kUnusual)) {
    return;
  }
  const auto units = series.values(Channel::units, product, day).last(kLevelDays);
  const auto prices = series.values(Channel::price, product, day).last(kLevelDays);
  const auto sold = static_cast<double>(series.value(Channel::units, product, day));
  for (std::size_t i = 0; i < kElasticities.size(); ++i) {
    double plain = 0;
    double promoted = 0;
    for (std::size_t k = 0; k < units.size(); ++k) {
      if (units[k] > 0) {
        const double demand =
            static_cast<double>(units[k]) / price_effect(static_cast<double>(prices[k]), usual, kElasticities[i]);
        (before.is_promoted(day - kLevelDays + static_cast<int>(k)) ? promoted : plain) += demand;
      }
    }
    const double factor = weekday_factor * price_effect(price, usual, kElasticities[i]);
    for (std::size_t j = 0; j < kLifts.size(); ++j) {
      const double level = (plain + promoted / kLifts[j]) / kLevelDays;
      losses[i * kLifts.size() + j] += tweedie_deviance(sold, level * factor * (is_promoted ? kLifts[j] : 1));
    }
  }
}

}  // namespace

double price_effect(double price, double usual, double elasticity) {
  if (elasticity == 0 || price <= 0 || usual <= 0 || price == usual) {
    return 1;
  }
  return std::clamp(std::pow(price / usual, -elasticity), 1 / kEffectMax, kEffectMax);
}

PriceEffects::PriceEffects(const Series& series, int product, int end, const DemandSignals& signals)
    : series_(&series),
      product_(product),
      end_(end),
      signals_(signals),
      prices_(series.values(Channel::price, product, end)) {
  std::array<float, kUsualPriceDays> plain;
  std::array<float, kUsualPriceDays> all;
  std::size_t plain_count = 0;
  std::size_t count = 0;
  for (int day = std::max(series.first_sale(product), end - kUsualPriceDays); day < end; ++day) {
    const float price = prices_[static_cast<std::size_t>(day - series.first_sale(product))];
    if (price > 0) {
      all[count++] = price;
      if (!is_promoted(day)) {
        plain[plain_count++] = price;
      }
    }
  }
  const std::span<float> known = plain_count > 0 ? std::span(plain).first(plain_count) : std::span(all).first(count);
  if (!known.empty()) {
    const auto middle = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
    std::ranges::nth_element(known, middle);
    usual_ = static_cast<double>(*middle);
  }
}

double PriceEffects::price(int day) const {
  if (day < end_) {
    const int since = day - series_->first_sale(product_);
    return since < 0 ? 0 : static_cast<double>(prices_[static_cast<std::size_t>(since)]);
  }
  if (const PlannedPrice* const planned = series_->price_plan().find(product_, day, end_); planned != nullptr) {
    return static_cast<double>(planned->price);
  }
  return prices_.empty() || is_promoted(end_ - 1) ? usual_ : static_cast<double>(prices_.back());
}

double PriceEffects::effect(int day) const {
  if (!signals_.has_price_response()) {
    return 1;
  }
  return price_effect(price(day), usual_, signals_.elasticity) * (is_promoted(day) ? signals_.promotion_lift : 1);
}

DemandSignals find_price_response(const Series& series, int end) {
  const int begin = std::max(0, end - kDaysJudged);
  if (!series.has(Channel::price, end)) {
    return {};
  }
  const WeekdayProfiles profiles(series, end, false);
  Losses losses{};
  const int step = product_step(series, end - begin, kCellsRead);
  for (int product = 0; product < series.products(); product += step) {
    const WeekdayFactors& profile = profiles.of_category(series.category(product, end));
    for (int day = std::max(begin, series.first_sale(product) + kDaysNeeded); day < end; ++day) {
      const double factor = profile[static_cast<std::size_t>(weekday_of(series.day(day)))];
      if (factor > 0 && !series.is_closed(day)) {
        add_losses(series, product, day, factor, losses);
      }
    }
  }
  const auto best = static_cast<std::size_t>(std::ranges::min_element(losses) - losses.begin());
  if (losses[0] - losses[best] <= kImprovementMin * losses[0]) {
    return {};
  }
  return {.elasticity = kElasticities[best / kLifts.size()], .promotion_lift = kLifts[best % kLifts.size()]};
}

}  // namespace millrace
