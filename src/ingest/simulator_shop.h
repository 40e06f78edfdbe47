// The simulated shop itself: what it sells, at which price, and how much of it people want on a day.
//
// Everything is a function of the seed, the product and the day, computed without a walk from some first day. A price
// stays for some months; promotions, a few days of 10 to 40 % off, lift demand (by the lower price, and because they
// are seen); stock-outs of a few days let people look but not buy. Popularity is Zipf's, moved by a product's slow
// fashion, its category's season and the weekday. Days are UTC days; prices are cents.
// Thread rule: immutable after construction.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ingest/simulator_options.h"

namespace millrace {

struct Product {
  std::string id;  // P001
  std::string_view category;
  std::uint8_t category_index;
  std::int64_t base_cents;  // the price about which the list price moves
  double popularity;        // of the most popular product: 1
};

/// What is true of a product on one day.
struct ProductDay {
  std::int64_t list_cents;
  std::int64_t price_cents;  // what is paid: the list price, or less on promotion
  int discount_percent;      // 0: no promotion
  bool in_stock;
  std::uint64_t view_weight;    // its share of the day's views, as a weight in [1, 2^32)
  std::uint64_t demand_weight;  // the same, were it in stock
  double cart_chance;           // of a view, were it in stock
  const std::uint8_t* basket;   // kBasketSize equally likely quantities
};

constexpr std::size_t kBasketSize = 32;
double mean_quantity(const ProductDay& product);

class Shop {
 public:
  /// Precondition: validate(options).
  explicit Shop(const SimulatorOptions& options);

  const SimulatorOptions& options() const { return options_; }
  std::span<const Product> products() const { return products_; }
  /// The different categories of the catalog; some of the twelve have no product in a very small one.
  static std::span<const std::string_view> category_names();
  ProductDay on(std::size_t product, Day day) const;
  /// How busy the whole shop is on a day, by trend, season, weekday and chance; about 1.
  double volume(Day day) const;
  /// The factor of it that is chance, which nobody can know before; about 1.
  double day_chance(Day day) const;
  /// The busy hours: weights of the day's 24 hours.
  std::span<const double, 24> hours_of_day() const { return hours_; }

 private:
  void make_catalog();

  SimulatorOptions options_;
  std::vector<Product> products_;
  std::array<double, 24> hours_;
  std::uint64_t days_key_;  // of the hashes that decide on prices, promotions and stock-outs
};

}  // namespace millrace
