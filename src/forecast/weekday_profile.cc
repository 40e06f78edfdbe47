#include "forecast/weekday_profile.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "forecast/judged.h"

namespace millrace {
namespace {

constexpr int kProfileWeeks = 8;
constexpr int kWeeksMin = 4;
constexpr int kDaysJudged = 84;
constexpr int kDaysStep = 3;  // meets all weekdays
constexpr int kLevelDays = 28;
constexpr std::int64_t kCellsRead = 60'000;
constexpr double kImprovementMin = 0.01;  // of the deviance: less is chance
/// A difference below this multiple of its scatter is met by chance once in a hundred times (F test, 6 and 42 degrees
/// of freedom).
constexpr double kChance = 3.3;

/// A category's share of each day of a week's sales, over its share of that week: by how much the day is its own.
using WeeksOfDifferences = std::vector<WeekdayFactors>;

double sum_of(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Both in pieces: in orders, bulk would be taken for a difference.
WeeksOfDifferences differences_of(const Series& series, std::span<const double> category,
                                  std::span<const double> shop) {
  WeeksOfDifferences weeks;
  const auto end = static_cast<int>(shop.size());
  for (int week = 0; week < kProfileWeeks && end - (week + 1) * kDaysPerWeek >= 0; ++week) {
    const auto begin = static_cast<std::size_t>(end - (week + 1) * kDaysPerWeek);
    const auto own = category.subspan(begin, kDaysPerWeek);
    const auto all = shop.subspan(begin, kDaysPerWeek);
    const double share = sum_of(all) > 0 ? sum_of(own) / sum_of(all) : 0;
    if (share <= 0) {
      continue;
    }
    WeekdayFactors& found = weeks.emplace_back();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto weekday = static_cast<std::size_t>(weekday_of(series.day(static_cast<int>(begin + i))));
      found[weekday] = all[i] > 0 ? own[i] / all[i] / share : 1;
    }
  }
  return weeks;
}

WeekdayFactors shrunk(const WeeksOfDifferences& weeks, const WeekdayFactors& shop) {
  if (weeks.size() < kWeeksMin) {
    return shop;
  }
  const auto count = static_cast<double>(weeks.size());
  WeekdayFactors means{};
  for (const WeekdayFactors& week : weeks) {
    for (std::size_t weekday = 0; weekday < means.size(); ++weekday) {
      means[weekday] += week[weekday] / count;
    }
  }
  double squares = 0;
  double scatter = 0;  // what of the squares the weeks' scatter explains
  for (std::size_t weekday = 0; weekday < means.size(); ++weekday) {
    squares += (means[weekday] - 1) * (means[weekday] - 1);
    for (const WeekdayFactors& week : weeks) {
      const double error = week[weekday] - means[weekday];
      scatter += error * error / (count - 1) / count;
    }
  }
  const double believed = squares > 0 ? std::max(0.0, 1 - kChance * scatter / squares) : 0;
  WeekdayFactors factors;
  for (std::size_t weekday = 0; weekday < factors.size(); ++weekday) {
    factors[weekday] = shop[weekday] * (1 + believed * (means[weekday] - 1));
  }
  const double mean = sum_of(factors) / kDaysPerWeek;
  for (double& factor : factors) {
    factor /= mean > 0 ? mean : 1;
  }
  return factors;
}

}  // namespace

WeekdayFactors weekday_profile(const Series& series, int end) {
  WeekdayFactors sums{};
  std::array<int, kDaysPerWeek> seen{};
  const auto sales = series.has(Channel::orders, end) ? series.shop_orders(end) : series.shop_units(end);
  const int begin = std::max(0, end - kProfileWeeks * kDaysPerWeek);
  double total = 0;
  for (int day = begin; day < end; ++day) {
    const auto weekday = static_cast<std::size_t>(weekday_of(series.day(day)));
    sums[weekday] += sales[static_cast<std::size_t>(day)];
    ++seen[weekday];
    total += sales[static_cast<std::size_t>(day)];
  }
  WeekdayFactors factors;
  factors.fill(1);
  if (total > 0) {
    const double mean = total / (end - begin);
    for (std::size_t weekday = 0; weekday < factors.size(); ++weekday) {
      if (seen[weekday] > 0) {
        factors[weekday] = sums[weekday] / seen[weekday] / mean;
      }
    }
  }
  return factors;
}

WeekdayProfiles::WeekdayProfiles(const Series& series, int end, bool by_category)
    : shop_(weekday_profile(series, end)) {
  if (!by_category) {
    categories_.assign(static_cast<std::size_t>(series.categories()), shop_);
    return;
  }
  for (int category = 0; category < series.categories(); ++category) {
    categories_.push_back(
        shrunk(differences_of(series, series.category_units(category, end), series.shop_units(end)), shop_));
  }
}

bool have_categories_weekdays(const Series& series, int end) {
  double loss_of_shop = 0;
  double loss_of_categories = 0;
  const int begin = std::max(kWeeksMin * kDaysPerWeek, end - kDaysJudged);
  const int step = product_step(series, (end - begin) / kDaysStep, kCellsRead);
  for (int day = begin; day < end; day += kDaysStep) {
    if (series.is_closed(day)) {
      continue;
    }
    const WeekdayProfiles profiles(series, day, true);
    const auto weekday = static_cast<std::size_t>(weekday_of(series.day(day)));
    for (int product = 0; product < series.products(); product += step) {
      const auto units = series.values(Channel::units, product, day);
      if (units.size() < kLevelDays) {
        continue;
      }
      const auto recent = units.last(kLevelDays);
      const double level = std::accumulate(recent.begin(), recent.end(), 0.0) / kLevelDays;
      const auto sold = static_cast<double>(series.value(Channel::units, product, day));
      loss_of_shop += tweedie_deviance(sold, level * profiles.of_shop()[weekday]);
      loss_of_categories +=
          tweedie_deviance(sold, level * profiles.of_category(series.category(product, day))[weekday]);
    }
  }
  return loss_of_shop - loss_of_categories > kImprovementMin * loss_of_shop;
}

}  // namespace millrace
