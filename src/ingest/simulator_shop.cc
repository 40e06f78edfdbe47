#include "ingest/simulator_shop.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/format.h"
#include "ingest/simulator_random.h"

namespace millrace {
namespace {

// --- The shop's constants ------------------------------------------------------------------------------------------

enum class Basket : std::uint8_t { single, few, many };

/// Equally likely quantities; their means are 1.125, 1.5 and 2.75.
constexpr std::array<std::array<std::uint8_t, kBasketSize>, 3> kBaskets = {{
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3},
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 6},
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5, 6, 6, 8, 10},
}};

struct Category {
  std::string_view name;
  std::int64_t low_price;  // units
  std::int64_t high_price;
  int peak_day;    // of the year
  double season;   // amplitude about 1
  double weekend;  // factor on Saturday and Sunday
  Basket basket;
};

constexpr std::array kCategories = std::to_array<Category>({
    {"Electronics", 15, 1'400, 335, 0.25, 1.05, Basket::single},
    {"Clothing", 8, 160, 110, 0.20, 1.10, Basket::few},
    {"Home & Garden", 6, 420, 130, 0.35, 1.25, Basket::few},
    {"Books", 4, 60, 345, 0.20, 0.95, Basket::single},
    {"Sports", 7, 350, 160, 0.30, 1.15, Basket::single},
    {"Toys & Games", 5, 120, 348, 0.55, 1.20, Basket::few},
    {"Beauty", 3, 90, 340, 0.15, 1.00, Basket::few},
    {"Groceries", 1, 25, 350, 0.08, 1.15, Basket::many},
    {"Health", 3, 80, 20, 0.20, 0.90, Basket::few},
    {"Office", 2, 240, 245, 0.25, 0.60, Basket::many},
    {"Pet Supplies", 2, 70, 15, 0.05, 1.00, Basket::many},
    {"Automotive", 5, 300, 175, 0.15, 1.10, Basket::single},
});

constexpr auto kCategoryNames = [] {
  std::array<std::string_view, kCategories.size()> names;
  std::ranges::transform(kCategories, names.begin(), &Category::name);
  return names;
}();

/// The whole shop's volume in the middle of each month: a quiet January, a busy end of the year.
constexpr std::array kMonths = {0.86, 0.84, 0.90, 0.95, 0.99, 0.97, 0.92, 0.91, 0.98, 1.05, 1.28, 1.42};
/// Monday to Sunday.
constexpr std::array kWeekdays = {0.94, 0.93, 0.95, 0.99, 1.06, 1.14, 0.99};
/// 0 h to 23 h: lunch and the evening are busy.
constexpr std::array kHours = {0.45, 0.25, 0.15, 0.10, 0.10, 0.18, 0.40, 0.70, 0.95, 1.15, 1.30, 1.40,
                               1.50, 1.40, 1.25, 1.20, 1.20, 1.25, 1.40, 1.60, 1.75, 1.65, 1.25, 0.75};

constexpr std::array kDiscounts = {10, 15, 20, 25, 30, 40};
constexpr double kPromotionVisibility = 1.25;  // seen on the front page
constexpr double kStockOutViews = 0.6;         // of the usual views
constexpr double kFashionAmplitude = 0.3;
constexpr double kCartChanceMax = 0.95;

// --- Chance without a state ----------------------------------------------------------------------------------------

enum class Topic : std::uint64_t { price = 1, promotion, stock_out, fashion, volume };

/// Random bits of a topic for a product (or 0) at a place in time; the same whenever asked.
class Dice {
 public:
  Dice(std::uint64_t key, Topic topic, std::uint64_t product)
      : key_(mix_bits(key ^ mix_bits(static_cast<std::uint64_t>(topic) << 32 | product))) {}
  std::uint64_t roll(std::int64_t place) const { return mix_bits(key_ + static_cast<std::uint64_t>(place)); }
  double unit_roll(std::int64_t place) const { return unit(roll(place)); }

 private:
  std::uint64_t key_;
};

/// A few days now and then: time is cut into blocks, and a block holds one episode or none.
struct EpisodeRule {
  int block_days;
  int days_min;
  int days_max;
  double chance(double share_of_days) const { return share_of_days * block_days * 2 / (days_min + days_max); }
};

constexpr EpisodeRule kPromotions{.block_days = 35, .days_min = 3, .days_max = 10};
constexpr EpisodeRule kStockOuts{.block_days = 30, .days_min = 1, .days_max = 6};

std::int64_t below_days(std::uint64_t bits, std::int64_t days) {
  return static_cast<std::int64_t>(below(bits, static_cast<std::uint64_t>(days)));
}

/// Random bits of the episode that `day` lies in; 0 where it lies in none.
std::uint64_t episode_on(const EpisodeRule& rule, double share_of_days, const Dice& dice, Day day) {
  // Each product cuts time at places of its own.
  const std::int64_t place = day.number + below_days(dice.roll(-1), rule.block_days);
  const std::int64_t block = place - place % rule.block_days;
  const std::uint64_t bits = dice.roll(block);
  if (unit(bits) >= rule.chance(share_of_days)) {
    return 0;
  }
  const std::int64_t length = rule.days_min + below_days(mix_bits(bits), rule.days_max - rule.days_min + 1);
  const std::int64_t start = block + below_days(mix_bits(bits + 1), rule.block_days - length + 1);
  return place >= start && place < start + length ? mix_bits(bits + 2) | 1 : 0;
}

// --- Seasons -------------------------------------------------------------------------------------------------------

/// A wave of period 1 and amplitude 1 with its peak at 0, by a table.
double wave(double turns) {
  constexpr std::size_t kSteps = 1'024;
  static const std::array<double, kSteps> table = [] {
    std::array<double, kSteps> values;
    for (std::size_t i = 0; i < kSteps; ++i) {
      values[i] = std::cos(2 * std::numbers::pi * static_cast<double>(i) / kSteps);
    }
    return values;
  }();
  return table[static_cast<std::size_t>((turns - std::floor(turns)) * kSteps) % kSteps];
}

/// Monday: 0. Day 0 was a Thursday.
std::size_t weekday_of(Day day) { return static_cast<std::size_t>(((day.number + 3) % 7 + 7) % 7); }

/// The share of the year that has passed, in [0, 1).
double turn_of_year(Day day) {
  const int year = civil_from_day(day).year;
  const Day first = day_from_civil({year, 1, 1});
  const Day next = day_from_civil({year + 1, 1, 1});
  return static_cast<double>(day.number - first.number) / (next.number - first.number);
}

double yearly_volume(Day day) {
  const double month = turn_of_year(day) * 12 + 11.5;  // counted from the middle of January, a year on
  const double whole = std::floor(month);
  const double before = kMonths[static_cast<std::size_t>(whole) % 12];
  const double after = kMonths[(static_cast<std::size_t>(whole) + 1) % 12];
  return before + (after - before) * (month - whole);
}

double strengthened(double factor, double strength) { return 1 + (factor - 1) * strength; }

/// Rounded, so that the last bit of a power or a cosine, where machines differ, decides nothing.
std::uint64_t as_weight(double wanted) {
  constexpr double kWeightUnit = 1 << 26;
  return static_cast<std::uint64_t>(std::clamp<double>(std::round(wanted * kWeightUnit), 1, UINT32_MAX));
}

std::int64_t rounded_price(double cents) {
  const auto whole = static_cast<std::int64_t>(std::lround(cents));
  if (whole < 2'000) {
    return std::max<std::int64_t>(whole / 10 * 10 + 9, 19);  // 0.19, 4.79
  }
  return whole / 100 * 100 + 99;  // 249.99
}

}  // namespace

double mean_quantity(const ProductDay& product) {
  return std::accumulate(product.basket, product.basket + kBasketSize, 0.0) / kBasketSize;
}

std::span<const std::string_view> Shop::category_names() { return kCategoryNames; }

Shop::Shop(const SimulatorOptions& options) : options_(options), days_key_(mix_bits(options.seed ^ 0xDA75)) {
  for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
    hours_[hour] = strengthened(kHours[hour], options.daily_strength);
  }
  make_catalog();
}

void Shop::make_catalog() {
  const auto count = static_cast<std::size_t>(options_.products);
  Random random(mix_bits(options_.seed ^ 0xCA7A));
  std::vector<std::size_t> ranks(count);
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) {
    std::swap(ranks[i - 1], ranks[random.below(i)]);
  }
  const std::size_t digits = std::max<std::size_t>(3, format("{}", count).size());
  products_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    // The first dozen products give every category one.
    const std::size_t c = i < kCategories.size() ? i : random.below(kCategories.size());
    const double luxury = random.uniform();
    const double units =
        static_cast<double>(kCategories[c].low_price) +
        static_cast<double>(kCategories[c].high_price - kCategories[c].low_price) * luxury * luxury * luxury;
    products_.push_back({.id = format("P{:0{}}", i + 1, digits),
                         .category = kCategories[c].name,
                         .category_index = static_cast<std::uint8_t>(c),
                         .base_cents = rounded_price(units * 100),
                         .popularity = std::pow(static_cast<double>(ranks[i] + 1), -options_.zipf_exponent)});
  }
}

ProductDay Shop::on(std::size_t product, Day day) const {
  const Product& p = products_[product];
  const Category& category = kCategories[p.category_index];
  const auto base = static_cast<double>(p.base_cents);
  ProductDay result{};

  const Dice price(days_key_, Topic::price, product);
  const double change_days = options_.price_change_days * (0.6 + 0.8 * price.unit_roll(-1));
  const auto price_epoch = static_cast<std::int64_t>((day.number + 1'000'000) / change_days);
  result.list_cents = rounded_price(base * (0.90 + 0.24 * price.unit_roll(price_epoch)));
  result.price_cents = result.list_cents;
  const Dice promotion(days_key_, Topic::promotion, product);
  if (const auto bits = episode_on(kPromotions, options_.promotion_rate, promotion, day); bits != 0) {
    result.discount_percent = kDiscounts[below(bits, kDiscounts.size())];
    result.price_cents = std::max<std::int64_t>(1, (result.list_cents * (100 - result.discount_percent) + 50) / 100);
  }
  const Dice stock(days_key_, Topic::stock_out, product);
  result.in_stock = episode_on(kStockOuts, options_.stock_out_rate, stock, day) == 0;

  // A lower price brings views and carts in the same measure: demand moves with the square of the price.
  const double appeal = base / static_cast<double>(result.price_cents);
  const Dice fashion(days_key_, Topic::fashion, product);
  const double fashion_days = 200 + 500 * fashion.unit_roll(0);
  const double wanted =
      p.popularity * appeal * (result.discount_percent > 0 ? kPromotionVisibility : 1) *
      (1 + kFashionAmplitude * wave(day.number / fashion_days + fashion.unit_roll(1))) *
      (1 + category.season * options_.yearly_strength * wave(turn_of_year(day) - category.peak_day / 365.0)) *
      (weekday_of(day) >= 5 ? strengthened(category.weekend, options_.weekly_strength) : 1);
  result.demand_weight = as_weight(wanted);
  result.view_weight = result.in_stock ? result.demand_weight : as_weight(wanted * kStockOutViews);
  result.cart_chance = std::min(options_.cart_chance * appeal, std::max(options_.cart_chance, kCartChanceMax));
  result.basket = kBaskets[static_cast<std::size_t>(category.basket)].data();
  return result;
}

double Shop::day_chance(Day day) const {
  const Dice dice(days_key_, Topic::volume, 0);
  // Twelve uniform draws make a normal one, near enough; no logarithm.
  double noise = -6;
  for (int i = 0; i < 12; ++i) {
    noise += dice.unit_roll(std::int64_t{day.number} * 12 + i);
  }
  return std::max(0.1, 1 + options_.day_noise * noise);
}

double Shop::volume(Day day) const {
  const double years = (day.number - 19'723) / 365.25;  // since 2024-01-01, where the trend is 1
  return std::pow(1 + options_.trend_per_year, years) * strengthened(yearly_volume(day), options_.yearly_strength) *
         strengthened(kWeekdays[weekday_of(day)], options_.weekly_strength) * day_chance(day);
}

}  // namespace millrace
