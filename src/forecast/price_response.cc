#include "forecast/price_response.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "forecast/judged.h"
#include "forecast/level.h"

namespace millrace {
namespace {

constexpr std::size_t kUsualPriceDays = 56;
constexpr double kEffectMax = 5;
constexpr int kDaysJudged = 182;
constexpr int kLevelDays = 28;
constexpr int kDaysNeeded = 56;
constexpr double kUnusual = 0.02;            // a price this far from the usual one says something
constexpr double kImprovementMin = 0.01;     // of the deviance: less is chance
constexpr std::int64_t kDaysRead = 400'000;  // of all products; of more, every so many products
constexpr std::array kGrid{0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0};

/// Half of the Tweedie deviance: 0 where `mean` is what was sold.
double deviance(double sold, double mean) {
  const double one = 1 - kVariancePower;
  const double two = 2 - kVariancePower;
  return std::pow(sold, two) / (one * two) - sold * std::pow(mean, one) / one + std::pow(mean, two) / two;
}

/// The day's demand as each elasticity of the grid expects it, from the four weeks before it.
void add_losses(std::span<const float> units, std::span<const float> prices, std::size_t day, double weekday_factor,
                std::array<double, kGrid.size()>& losses) {
  const double usual = usual_price(prices.first(day));
  const auto price = static_cast<double>(prices[day - 1]);
  if (usual <= 0 || price <= 0 || std::abs(price / usual - 1) < kUnusual) {
    return;
  }
  for (std::size_t i = 0; i < kGrid.size(); ++i) {
    double sum = 0;
    for (std::size_t before = day - kLevelDays; before < day; ++before) {
      if (units[before] > 0) {
        sum += static_cast<double>(units[before]) / price_effect(static_cast<double>(prices[before]), usual, kGrid[i]);
      }
    }
    const double mean = sum / kLevelDays * weekday_factor * price_effect(price, usual, kGrid[i]);
    losses[i] += deviance(static_cast<double>(units[day]), std::max(mean, 0.01));
  }
}

}  // namespace

double usual_price(std::span<const float> prices) {
  std::array<float, kUsualPriceDays> known;
  std::size_t count = 0;
  for (const float price : prices.last(std::min(prices.size(), kUsualPriceDays))) {
    if (price > 0) {
      known[count++] = price;
    }
  }
  if (count == 0) {
    return 0;
  }
  auto* const middle = known.begin() + count / 2;
  std::nth_element(known.begin(), middle, known.begin() + count);
  return static_cast<double>(*middle);
}

double price_effect(double price, double usual, double elasticity) {
  if (elasticity == 0 || price <= 0 || usual <= 0) {
    return 1;
  }
  return std::clamp(std::pow(price / usual, -elasticity), 1 / kEffectMax, kEffectMax);
}

double price_elasticity(const Series& series, int end) {
  const int begin = std::max(0, end - kDaysJudged);
  if (!series.has(Channel::price, end)) {
    return 0;
  }
  const WeekdayFactors profile = weekday_profile(series, end);
  std::array<double, kGrid.size()> losses{};
  const int step = 1 + static_cast<int>(std::int64_t{series.products()} * std::max(0, end - begin) / kDaysRead);
  for (int product = 0; product < series.products(); product += step) {
    const auto units = series.values(Channel::units, product, end);
    const auto prices = series.values(Channel::price, product, end);
    const int first_sale = series.first_sale(product);
    for (int day = std::max(begin, first_sale + kDaysNeeded); day < end; ++day) {
      const double factor = profile[static_cast<std::size_t>(weekday_of(series.day(day)))];
      if (factor > 0 && !series.is_closed(day)) {
        add_losses(units, prices, static_cast<std::size_t>(day - first_sale), factor, losses);
      }
    }
  }
  const auto* const best = std::ranges::min_element(losses);
  const bool is_better = losses[0] - *best > kImprovementMin * losses[0];
  return is_better ? kGrid[static_cast<std::size_t>(best - losses.begin())] : 0;
}

Json elasticity_to_json(double elasticity) { return {{"price_elasticity", elasticity}}; }

Result<double> elasticity_from(const ModelFiles& files) {
  const auto found = files.find(std::string(kPriceFile));
  if (found == files.end()) {
    return fail(Fault::corrupt, format("a file of the model is missing; train again: {}", kPriceFile));
  }
  ASSIGN_OR_RETURN(const Json json, parse_json(found->second, kPriceFile));
  const Json value = json.is_object() ? json.value("price_elasticity", Json()) : Json();
  if (!value.is_number() || value.get<double>() < 0) {
    return fail(Fault::corrupt, format("{} holds no elasticity; train again", kPriceFile));
  }
  return value.get<double>();
}

}  // namespace millrace
