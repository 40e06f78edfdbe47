#include "forecast/views_level.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "forecast/judged.h"
#include "forecast/level.h"

namespace millrace {
namespace {

constexpr int kViewDays = 14;
constexpr int kWorthDays = 91;
constexpr double kViewsMin = 200;  // of the 13 weeks
constexpr int kDaysJudged = 84;
constexpr int kDaysStep = 3;  // meets all weekdays
constexpr std::int64_t kCellsRead = 60'000;
constexpr std::array kWeights{0.0, 0.25, 0.5, 0.75, 1.0};
constexpr double kImprovementMin = 0.01;  // of the deviance: less is chance

}  // namespace

std::optional<double> level_by_views(const Series& series, int product, int end, const PriceEffects& prices) {
  const auto units = series.values(Channel::units, product, end);
  const auto views = series.values(Channel::views, product, end);
  const auto out = series.stock_outs(product, end);
  const int first_sale = series.first_sale(product);
  double seen_now = 0;
  double seen = 0;
  double sold = 0;
  int days = 0;
  for (int day = end - 1; day >= std::max(first_sale, end - kWorthDays); --day) {
    if (is_out_of_stock(out, day) || prices.is_promoted(day)) {
      continue;
    }
    const auto at = static_cast<std::size_t>(day - first_sale);
    const double effect = prices.effect(day);
    const double usual_views = static_cast<double>(views[at]) / std::sqrt(effect);
    sold += static_cast<double>(units[at]) / effect;
    seen += usual_views;
    seen_now += days < kViewDays ? usual_views : 0;
    ++days;
  }
  if (days < 2 * kViewDays || seen < kViewsMin) {
    return std::nullopt;
  }
  return seen_now / kViewDays * sold / seen;
}

double find_views_weight(const Series& series, int end, const DemandSignals& signals) {
  const int begin = std::max(2 * kViewDays, end - kDaysJudged);
  if (!series.has(Channel::views, begin)) {
    return 0;
  }
  std::array<double, kWeights.size()> losses{};
  const int step = product_step(series, (end - begin) / kDaysStep, kCellsRead);
  for (int day = begin; day < end; day += kDaysStep) {
    if (series.is_closed(day)) {
      continue;
    }
    const LevelReader levels(series, day, signals);
    for (int product = 0; product < series.products(); product += step) {
      if (!is_alive(series, product, day) || is_out_of_stock(series.stock_outs(product, end), day)) {
        continue;
      }
      const PriceEffects prices = levels.price_effects(product);
      const auto by_views = level_by_views(series, product, day, prices);
      if (!by_views) {
        continue;
      }
      const double by_units = levels.level(product);
      const double factor = prices.effect(day) * levels.weekday_factor(product, day);
      const auto sold = static_cast<double>(series.value(Channel::units, product, day));
      for (std::size_t i = 0; i < kWeights.size(); ++i) {
        losses[i] += tweedie_deviance(sold, factor * (by_units + kWeights[i] * (*by_views - by_units)));
      }
    }
  }
  const auto best = static_cast<std::size_t>(std::ranges::min_element(losses) - losses.begin());
  return losses[0] - losses[best] > kImprovementMin * losses[0] ? kWeights[best] : 0;
}

}  // namespace millrace
