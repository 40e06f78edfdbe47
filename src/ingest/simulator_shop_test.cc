#include "ingest/simulator_shop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace millrace {
namespace {

constexpr Day kMonday{19'723};  // 2024-01-01
constexpr int kTwoYears = 731;

/// All of the shop's days in two years, product by product.
std::vector<ProductDay> two_years(const Shop& shop) {
  std::vector<ProductDay> all;
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    for (int d = 0; d < kTwoYears; ++d) {
      all.push_back(shop.on(i, {kMonday.number + d}));
    }
  }
  return all;
}

double share(const std::vector<ProductDay>& days, auto is) {
  return static_cast<double>(std::ranges::count_if(days, is)) / static_cast<double>(days.size());
}

TEST(Shop, its_catalog_has_every_category_and_different_ids) {
  const Shop shop({.seed = 5});
  std::set<std::string_view> ids;
  std::set<std::string_view> categories;
  for (const Product& product : shop.products()) {
    ids.insert(product.id);
    categories.insert(product.category);
    EXPECT_GE(product.base_cents, 19);
    EXPECT_LE(product.base_cents, 140'099);
  }
  EXPECT_EQ(ids.size(), 200U);
  EXPECT_EQ(*ids.begin(), "P001");
  EXPECT_EQ(categories, (std::set<std::string_view>(Shop::category_names().begin(), Shop::category_names().end())));
  EXPECT_EQ(categories.size(), 12U);
}

TEST(Shop, ids_have_as_many_digits_as_the_catalog_needs) {
  EXPECT_EQ(Shop({.products = 1}).products()[0].id, "P001");
  EXPECT_EQ(Shop({.products = 12'000}).products()[11'999].id, "P12000");
}

TEST(Shop, popularity_is_zipf_and_has_nothing_to_do_with_the_id) {
  const Shop shop({.seed = 5, .zipf_exponent = 1.0});
  std::vector<double> popularity;
  for (const Product& product : shop.products()) {
    popularity.push_back(product.popularity);
  }
  EXPECT_FALSE(std::ranges::is_sorted(popularity, std::greater()));
  std::ranges::sort(popularity, std::greater());
  for (std::size_t rank = 0; rank < popularity.size(); ++rank) {
    EXPECT_DOUBLE_EQ(popularity[rank], 1.0 / static_cast<double>(rank + 1));
  }
}

TEST(Shop, is_a_function_of_the_seed_and_the_day_alone) {
  const Shop one({.seed = 5});
  const Shop same({.seed = 5});
  const Shop other({.seed = 6});
  int different = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    const Day day{kMonday.number + static_cast<int>(i)};
    EXPECT_EQ(one.on(i, day).price_cents, same.on(i, day).price_cents);
    EXPECT_EQ(one.on(i, day).view_weight, same.on(i, day).view_weight);
    different += one.on(i, day).price_cents != other.on(i, day).price_cents ? 1 : 0;
  }
  EXPECT_GT(different, 150);
  EXPECT_EQ(one.volume(kMonday), same.volume(kMonday));
}

TEST(Shop, promotions_and_stock_outs_take_their_share_of_the_days) {
  for (const auto& [promotion_rate, stock_out_rate] : {std::pair{0.06, 0.01}, {0.15, 0.10}, {0.0, 0.0}}) {
    const Shop shop({.seed = 5, .promotion_rate = promotion_rate, .stock_out_rate = stock_out_rate});
    const auto days = two_years(shop);
    // 200 products × 21 blocks with one episode or none each.
    EXPECT_NEAR(share(days, [](const ProductDay& d) { return d.discount_percent > 0; }), promotion_rate,
                promotion_rate * 0.2);
    EXPECT_NEAR(share(days, [](const ProductDay& d) { return !d.in_stock; }), stock_out_rate, stock_out_rate * 0.3);
  }
}

TEST(Shop, a_promotion_lasts_some_days_lowers_the_price_and_lifts_demand) {
  const Shop shop({.seed = 5, .weekly_strength = 0});
  int promotions = 0;
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    int length = 0;
    for (int d = 0; d < kTwoYears; ++d) {
      const ProductDay today = shop.on(i, {kMonday.number + d});
      if (today.discount_percent == 0) {
        EXPECT_EQ(today.price_cents, today.list_cents);
        length = 0;
        continue;
      }
      EXPECT_LE(++length, 20);  // two may touch
      EXPECT_NEAR(static_cast<double>(today.price_cents),
                  static_cast<double>(today.list_cents) * (100 - today.discount_percent) / 100, 0.5);
      const ProductDay before = shop.on(i, {kMonday.number + d - 1});
      if (length == 1 && before.discount_percent == 0 && before.in_stock && today.in_stock && d > 0 &&
          before.list_cents == today.list_cents) {
        ++promotions;
        const double lift = static_cast<double>(today.view_weight) / static_cast<double>(before.view_weight);
        EXPECT_GT(lift * today.cart_chance / before.cart_chance, 1.2);
      }
    }
  }
  EXPECT_GT(promotions, 500);
}

TEST(Shop, list_prices_change_now_and_then_and_only_a_little) {
  const Shop shop({.seed = 5});
  int changes = 0;
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    for (int d = 1; d < kTwoYears; ++d) {
      const auto now = shop.on(i, {kMonday.number + d}).list_cents;
      changes += now != shop.on(i, {kMonday.number + d - 1}).list_cents ? 1 : 0;
      const double ratio = static_cast<double>(now) / static_cast<double>(shop.products()[i].base_cents);
      EXPECT_GT(now, 0);
      EXPECT_TRUE(shop.products()[i].base_cents < 200 || (ratio > 0.8 && ratio < 1.25)) << ratio;
    }
  }
  const double a_product = changes / 200.0;  // in two years, every 90 days: 8, less where rounding hides one
  EXPECT_GT(a_product, 5);
  EXPECT_LT(a_product, 10);
}

TEST(Shop, without_stock_there_are_fewer_views_but_the_same_demand) {
  const Shop shop({.seed = 5, .stock_out_rate = 0.1});
  for (const ProductDay& day : two_years(shop)) {
    if (day.in_stock) {
      EXPECT_EQ(day.view_weight, day.demand_weight);
    } else {
      EXPECT_LE(day.view_weight, day.demand_weight);
      EXPECT_NEAR(static_cast<double>(day.view_weight), 0.6 * static_cast<double>(day.demand_weight), 1);
    }
  }
}

TEST(Shop, toys_are_wanted_in_december_and_office_supplies_from_monday_to_friday) {
  const Shop shop({.seed = 5, .promotion_rate = 0, .stock_out_rate = 0});
  double toys_december = 0;
  double toys_june = 0;
  double office_friday = 0;
  double office_saturday = 0;
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    const auto weight = [&](int day) { return static_cast<double>(shop.on(i, {kMonday.number + day}).demand_weight); };
    if (shop.products()[i].category == "Toys & Games") {
      toys_december += weight(347);
      toys_june += weight(165);
    } else if (shop.products()[i].category == "Office") {
      office_friday += weight(4);
      office_saturday += weight(5);
    }
  }
  EXPECT_GT(toys_december, 1.8 * toys_june);
  EXPECT_NEAR(office_saturday / office_friday, 0.6, 0.02);
}

TEST(Shop, its_volume_has_a_trend_a_year_and_a_week) {
  const SimulatorOptions quiet{
      .seed = 5, .trend_per_year = 0, .yearly_strength = 0, .weekly_strength = 0, .day_noise = 0};
  EXPECT_DOUBLE_EQ(Shop(quiet).volume(kMonday), 1.0);

  SimulatorOptions trend = quiet;
  trend.trend_per_year = 0.5;
  EXPECT_NEAR(Shop(trend).volume({kMonday.number + 365}), 1.5, 0.01);
  EXPECT_NEAR(Shop(trend).volume({kMonday.number - 365}), 1 / 1.5, 0.01);

  SimulatorOptions year = quiet;
  year.yearly_strength = 1;
  EXPECT_GT(Shop(year).volume({kMonday.number + 349}), 1.6 * Shop(year).volume({kMonday.number + 40}));
  for (int d = 1; d < kTwoYears; ++d) {  // no jump, not even at New Year
    EXPECT_NEAR(Shop(year).volume({kMonday.number + d}), Shop(year).volume({kMonday.number + d - 1}), 0.03) << d;
  }

  SimulatorOptions week = quiet;
  week.weekly_strength = 1;
  EXPECT_DOUBLE_EQ(Shop(week).volume(kMonday), 0.94);
  EXPECT_DOUBLE_EQ(Shop(week).volume({kMonday.number + 5}), 1.14);
  EXPECT_DOUBLE_EQ(Shop(week).volume({kMonday.number - 2}), 1.14);

  SimulatorOptions noise = quiet;
  noise.day_noise = 0.1;
  const Shop shop(noise);
  double sum = 0;
  double squares = 0;
  for (int d = 0; d < 10'000; ++d) {
    const double deviation = shop.volume({d}) - 1;
    sum += deviation;
    squares += deviation * deviation;
  }
  EXPECT_NEAR(sum / 10'000, 0, 0.005);
  EXPECT_NEAR(std::sqrt(squares / 10'000), 0.1, 0.005);
}

TEST(Shop, mean_quantities_are_those_of_the_baskets) {
  const Shop shop({.seed = 5});
  std::set<double> means;
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    means.insert(mean_quantity(shop.on(i, kMonday)));
  }
  EXPECT_EQ(means, (std::set<double>{1.125, 1.5, 2.75}));
}

}  // namespace
}  // namespace millrace
