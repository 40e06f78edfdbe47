// Daily sales as a matrix: for each product one row of days, from its first sale to the last day, zeros included.
//
// Built row by row from a table of daily sales in any order: the same rows give the same matrix, bit for bit. Days are
// indexes from first_day(); intervals of days are half open. A product's row starts on the day of its first sale, so
// that memory is in proportion to the days lived; a channel that is zero everywhere takes none.
// Everything is read through values(channel, product, end) and the like, which show the days before `end` alone: a
// feature that is given an end cannot see behind it. A product's category, too, is that of the days before `end`.
// Units: pieces a day (units, returned), order lines (orders), counts (views, carts), money a piece (price: the day's
// average, else the last one known, 0 before the first), money (revenue). All are float: exact for counts to 2^24.
// Errors: a row with a number that is negative or not finite is `invalid`; so is a promotion that ends before it
// begins, and a matrix without a single sale.
// Thread rule: a Series is a constant, readable from any thread; a SeriesBuilder belongs to one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "forecast/price_plan.h"
#include "forecast/stock_outs.h"

namespace millrace {

/// A product's day. Several rows for the same product and day (of other categories) add up.
struct SalesRow {
  std::string_view product_id;
  std::string_view category;
  Day day;
  double quantity = 0;
  double revenue = 0;
  double orders = 0;
  double average_price = 0;  // over the orders; ignored where there is none
  double views = 0;
  double carts = 0;
  double returned_quantity = 0;
};

enum class Channel : std::uint8_t { units, orders, revenue, price, views, carts, returned };
constexpr std::size_t kChannels = 7;

/// A price that the shop has planned for a product, on days [first, last].
struct PlannedPriceRow {
  std::string_view product_id;
  Day first;
  Day last;
  double price = 0;
  std::optional<Day> known_since;  // none: long before
};

class Series {
 public:
  int products() const { return static_cast<int>(product_ids_.size()); }
  int days() const { return days_; }
  Day first_day() const { return first_day_; }
  Day last_day() const { return day(days_ - 1); }
  Day day(int index) const { return {first_day_.number + index}; }
  int index(Day day) const { return day.number - first_day_.number; }

  /// Products are ordered by id.
  const std::string& product_id(int product) const { return product_ids_[at(product)]; }
  /// The day of the first sale; values() starts here.
  int first_sale(int product) const { return first_sale_[at(product)]; }
  /// Nothing where there is no such product.
  std::optional<int> find(std::string_view product_id) const;

  /// Days [first_sale(product), end); empty where end <= first_sale.
  std::span<const float> values(Channel channel, int product, int end) const;
  /// 0 on the days before the first sale.
  float value(Channel channel, int product, int day) const;
  /// Whether any product has a value other than 0 on days [0, end).
  bool has(Channel channel, int end) const;

  int categories() const { return static_cast<int>(category_names_.size()); }
  const std::string& category_name(int category) const { return category_names_[at(category)]; }
  /// The category of the product's last row before `end`; for end <= first_sale, that of the first.
  int category(int product, int end) const;
  /// Pieces a day of all products that had this category then, days [0, end).
  std::span<const double> category_units(int category, int end) const;

  /// Pieces and order lines a day of the whole shop, days [0, end).
  std::span<const double> shop_units(int end) const;
  std::span<const double> shop_orders(int end) const;
  /// A day on which the whole shop sold nothing.
  bool is_closed(int day) const { return shop_units_[at(day)] == 0; }

  /// Days of the series on which the product could not be bought, and which were over before `end` (stock_outs.h).
  std::span<const StockOut> stock_outs(int product, int end) const;
  /// Days of the plan may lie behind the series.
  const PricePlan& price_plan() const { return price_plan_; }

  /// Cells of the matrix: products × days since their first sale.
  std::int64_t cells() const { return offset_.back(); }
  std::size_t memory_bytes() const;
  /// A number that differs where any value, day or id does: names the data that a model was trained with.
  std::uint64_t content_hash() const;

 private:
  friend class SeriesBuilder;
  struct CategoryChange {
    int from_day;
    int category;
  };

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  void add_totals();
  void add_stock_outs();

  Day first_day_;
  int days_ = 0;
  std::vector<std::string> product_ids_;
  std::vector<int> first_sale_;
  std::vector<std::int64_t> offset_;                     // of a product's row in a channel; one more than products
  std::array<std::vector<float>, kChannels> channels_;   // empty: zero everywhere
  std::array<int, kChannels> first_nonzero_{};           // day; days_ where there is none
  std::vector<std::string> category_names_;              // sorted
  std::vector<std::vector<CategoryChange>> categories_;  // for each product, by day; mostly one
  std::vector<std::vector<double>> category_units_;
  std::vector<double> shop_units_;
  std::vector<double> shop_orders_;
  std::vector<std::vector<StockOut>> stock_outs_;  // for each product, one after the other
  PricePlan price_plan_;
  std::vector<float> zeros_;
};

class SeriesBuilder {
 public:
  /// Days longer ago than this before the last one are left out, so that one wrong clock cannot make the matrix huge.
  static constexpr int kDaysMax = 3'660;

  Result<void> add(const SalesRow& row);
  /// Of a product that has no sale it is left out.
  Result<void> add(const PlannedPriceRow& row);

  /// The matrix up to `last_day`, or up to the last day of any row. Rows after it are left out, days without rows
  /// before it are zeros. The builder is empty afterwards.
  Result<Series> build(std::optional<Day> last_day = {});

 private:
  struct Cell {
    std::int32_t day;
    std::int32_t category;
    std::array<float, kChannels> values;  // price as money for all orders, until the day is added up
    auto operator<=>(const Cell&) const = default;
  };
  struct OwnedPlannedPrice {
    std::string product_id;
    Day first;
    Day last;
    Day known_since;
    float price;
  };
  using CellsOfProducts = std::map<std::string, std::vector<Cell>, std::less<>>;

  std::vector<std::string> sort_categories();
  std::optional<Day> last_day_with_rows() const;
  PricePlan plan_for(const Series& series) const;
  void place(Series& series, const std::string& product_id, std::vector<Cell>& cells) const;

  CellsOfProducts products_;
  std::map<std::string, std::int32_t, std::less<>> categories_;
  std::vector<OwnedPlannedPrice> promotions_;
};

}  // namespace millrace
