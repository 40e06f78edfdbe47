#include "forecast/series.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"

namespace millrace {
namespace {

constexpr std::size_t kUnits = static_cast<std::size_t>(Channel::units);
constexpr std::size_t kOrders = static_cast<std::size_t>(Channel::orders);
constexpr std::size_t kPrice = static_cast<std::size_t>(Channel::price);

std::string_view bytes_of(const auto& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])};
}

}  // namespace

std::optional<int> Series::find(std::string_view product_id) const {
  const auto found = std::ranges::lower_bound(product_ids_, product_id);
  if (found == product_ids_.end() || *found != product_id) {
    return std::nullopt;
  }
  return static_cast<int>(found - product_ids_.begin());
}

std::span<const float> Series::values(Channel channel, int product, int end) const {
  CHECK(end >= 0 && end <= days_);
  const std::size_t count = at(std::max(0, end - first_sale(product)));
  const auto& all = channels_[static_cast<std::size_t>(channel)];
  if (all.empty()) {
    return std::span(zeros_).first(count);
  }
  return std::span(all).subspan(static_cast<std::size_t>(offset_[at(product)]), count);
}

float Series::value(Channel channel, int product, int day) const {
  CHECK(day >= 0 && day < days_);
  return day < first_sale(product) ? 0.F : values(channel, product, day + 1).back();
}

bool Series::has(Channel channel, int end) const { return first_nonzero_[static_cast<std::size_t>(channel)] < end; }

int Series::category(int product, int end) const {
  const auto& changes = categories_[at(product)];
  const auto after = std::ranges::lower_bound(changes, end, {}, &CategoryChange::from_day);
  return after == changes.begin() ? changes.front().category : std::prev(after)->category;
}

std::span<const double> Series::category_units(int category, int end) const {
  return std::span(category_units_[at(category)]).first(at(end));
}

std::span<const double> Series::shop_units(int end) const { return std::span(shop_units_).first(at(end)); }
std::span<const double> Series::shop_orders(int end) const { return std::span(shop_orders_).first(at(end)); }

std::size_t Series::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& channel : channels_) {
    bytes += channel.capacity() * sizeof(float);
  }
  return bytes + category_units_.size() * at(days_) * sizeof(double);
}

std::uint64_t Series::content_hash() const {
  std::uint64_t hash = hash64(bytes_of(std::array{first_day_.number, days_}));
  for (int product = 0; product < products(); ++product) {
    hash = hash64(product_id(product), hash);
    hash = hash64(category_name(category(product, days_)), hash);
  }
  hash = hash64(bytes_of(first_sale_), hash);
  for (const auto& channel : channels_) {
    hash = hash64(bytes_of(channel), hash);
  }
  return price_plan_.content_hash(hash);
}

void Series::add_totals() {
  shop_units_.assign(at(days_), 0);
  shop_orders_.assign(at(days_), 0);
  category_units_.assign(category_names_.size(), std::vector<double>(at(days_), 0));
  zeros_.assign(at(days_), 0);
  for (int product = 0; product < products(); ++product) {
    const auto units = values(Channel::units, product, days_);
    const auto orders = values(Channel::orders, product, days_);
    const int start = first_sale(product);
    for (std::size_t i = 0; i < units.size(); ++i) {
      shop_units_[at(start) + i] += static_cast<double>(units[i]);
      shop_orders_[at(start) + i] += static_cast<double>(orders[i]);
      if (units[i] > 0) {
        const int day = start + static_cast<int>(i);
        category_units_[at(category(product, day + 1))][at(day)] += static_cast<double>(units[i]);
      }
    }
  }
  first_nonzero_.fill(days_);
  for (std::size_t channel = 0; channel < kChannels; ++channel) {
    for (int product = 0; product < products(); ++product) {
      const auto row = values(static_cast<Channel>(channel), product, days_);
      const auto found = std::ranges::find_if(row, [](float value) { return value != 0; });
      if (found != row.end()) {
        first_nonzero_[channel] =
            std::min(first_nonzero_[channel], first_sale(product) + static_cast<int>(found - row.begin()));
      }
    }
    if (first_nonzero_[channel] == days_) {
      std::vector<float>().swap(channels_[channel]);  // an assignment would keep the memory
    }
  }
}

void Series::add_stock_outs() {
  std::vector<char> closed;
  for (int day = 0; day < days_; ++day) {
    closed.push_back(is_closed(day) ? 1 : 0);
  }
  const Channel channel = has(Channel::orders, days_) ? Channel::orders : Channel::units;
  for (int product = 0; product < products(); ++product) {
    const int start = first_sale(product);
    auto& found = stock_outs_.emplace_back(
        find_stock_outs(values(channel, product, days_), std::span(closed).subspan(at(start))));
    for (StockOut& one : found) {
      one.begin += start;
      one.end += start;
    }
  }
}

std::span<const StockOut> Series::stock_outs(int product, int end) const {
  const auto& all = stock_outs_[at(product)];
  const auto later = std::ranges::partition_point(all, [end](const StockOut& one) { return one.end < end; });
  return std::span(all).first(static_cast<std::size_t>(later - all.begin()));
}

Result<void> SeriesBuilder::add(const SalesRow& row) {
  // Price is weighted with the orders of its row, so that the sum over rows divided by all orders is the average.
  const std::array values{
      row.quantity, row.orders, row.revenue,          row.orders > 0 ? row.average_price * row.orders : 0,
      row.views,    row.carts,  row.returned_quantity};
  Cell cell{.day = row.day.number, .category = 0, .values = {}};
  for (std::size_t i = 0; i < kChannels; ++i) {
    if (!(values[i] >= 0 && values[i] <= 1e15)) {
      return fail(Fault::invalid,
                  format("daily sales need numbers from 0 to 1e15; mend the row: product \"{}\", {}: {}",
                         row.product_id, to_string(row.day), values[i]));
    }
    cell.values[i] = static_cast<float>(values[i]);
  }
  auto category = categories_.find(row.category);
  if (category == categories_.end()) {
    category = categories_.emplace(row.category, static_cast<std::int32_t>(categories_.size())).first;
  }
  cell.category = category->second;
  auto product = products_.find(row.product_id);
  if (product == products_.end()) {
    product = products_.emplace(row.product_id, std::vector<Cell>()).first;
  }
  product->second.push_back(cell);
  return {};
}

Result<void> SeriesBuilder::add(const PlannedPriceRow& row) {
  if (!(row.price > 0 && row.price <= 1e15) || row.last < row.first) {
    return fail(Fault::invalid, format("a promotion needs a price above 0 and a last day not before its first; mend "
                                       "the row: product \"{}\", {} to {}: {}",
                                       row.product_id, to_string(row.first), to_string(row.last), row.price));
  }
  promotions_.push_back({.product_id = std::string(row.product_id),
                         .first = row.first,
                         .last = row.last,
                         .known_since = row.known_since.value_or(Day{0}),
                         .price = static_cast<float>(row.price)});
  return {};
}

PricePlan SeriesBuilder::plan_for(const Series& series) const {
  PricePlan plan(series.products());
  for (const OwnedPlannedPrice& one : promotions_) {
    if (const auto product = series.find(one.product_id)) {
      plan.add(*product, {.begin = series.index(one.first),
                          .end = series.index(one.last) + 1,
                          .known_from = series.index(one.known_since) + 1,
                          .price = one.price});
    }
  }
  return plan;
}

/// Renumbers the cells' categories by name, so that the order of rows is forgotten. Returns the names.
std::vector<std::string> SeriesBuilder::sort_categories() {
  std::vector<std::string> names;
  std::vector<std::int32_t> rank(categories_.size());
  for (const auto& [name, number] : categories_) {
    rank[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(names.size());
    names.push_back(name);
  }
  for (auto& [id, cells] : products_) {
    for (Cell& cell : cells) {
      cell.category = rank[static_cast<std::size_t>(cell.category)];
    }
  }
  return names;
}

std::optional<Day> SeriesBuilder::last_day_with_rows() const {
  std::optional<Day> last;
  for (const auto& [id, cells] : products_) {
    for (const Cell& cell : cells) {
      last = std::max(last.value_or(Day{cell.day}), Day{cell.day});
    }
  }
  return last;
}

Result<Series> SeriesBuilder::build(std::optional<Day> last_day) {
  const std::optional<Day> last = last_day ? last_day : last_day_with_rows();
  Series series;
  series.category_names_ = sort_categories();
  std::int32_t first = last ? last->number : 0;
  for (auto& [id, cells] : products_) {
    std::erase_if(cells,
                  [&](const Cell& cell) { return cell.day > last->number || cell.day <= last->number - kDaysMax; });
    std::ranges::sort(cells);
    const auto sale = std::ranges::find_if(cells, [](const Cell& cell) { return cell.values[kUnits] > 0; });
    if (sale != cells.end()) {
      first = std::min(first, sale->day);
    } else {
      cells.clear();
    }
  }
  std::erase_if(products_, [](const auto& product) { return product.second.empty(); });
  if (products_.empty()) {
    return fail(Fault::invalid, "there is no sale to learn from; add sales history, or look at the as-of date");
  }
  series.first_day_ = {first};
  series.days_ = last->number - first + 1;
  std::int64_t total = 0;
  for (const auto& [id, cells] : products_) {
    const auto sale = std::ranges::find_if(cells, [](const Cell& cell) { return cell.values[kUnits] > 0; });
    series.offset_.push_back(total);
    series.first_sale_.push_back(sale->day - first);
    total += last->number - sale->day + 1;
  }
  series.offset_.push_back(total);
  for (auto& channel : series.channels_) {
    channel.assign(static_cast<std::size_t>(total), 0);
  }
  for (auto& [id, cells] : products_) {
    place(series, id, cells);
    cells = {};  // given back as we go: the rows and the whole matrix never stand beside each other
  }
  products_.clear();
  categories_.clear();
  series.price_plan_ = plan_for(series);
  promotions_.clear();
  series.add_totals();
  series.add_stock_outs();
  return series;
}

/// Adds up a product's cells (sorted) into the next row of the matrix.
void SeriesBuilder::place(Series& series, const std::string& product_id, std::vector<Cell>& cells) const {
  const std::size_t product = series.product_ids_.size();
  series.product_ids_.push_back(product_id);
  const std::int32_t start = series.first_day_.number + series.first_sale_[product];
  const auto offset = static_cast<std::size_t>(series.offset_[product]);
  auto& changes = series.categories_.emplace_back();
  float last_price = 0;
  std::size_t filled = 0;  // days whose price is known
  auto& prices = series.channels_[kPrice];
  const auto fill_prices = [&](std::size_t end) {
    std::fill(prices.begin() + static_cast<std::ptrdiff_t>(offset + filled),
              prices.begin() + static_cast<std::ptrdiff_t>(offset + end), last_price);
    filled = end;
  };
  for (std::size_t i = 0; i < cells.size();) {
    const std::int32_t day = cells[i].day;
    std::array<double, kChannels> sums{};
    const Cell* most = &cells[i];  // the day's category is that of the row which sold most
    for (; i < cells.size() && cells[i].day == day; ++i) {
      for (std::size_t channel = 0; channel < kChannels; ++channel) {
        sums[channel] += static_cast<double>(cells[i].values[channel]);
      }
      if (cells[i].values[kUnits] > most->values[kUnits]) {
        most = &cells[i];
      }
    }
    if (day < start) {
      continue;  // looked at before it was first sold
    }
    const int index = day - series.first_day_.number;
    if (changes.empty() || changes.back().category != most->category) {
      changes.push_back({.from_day = index, .category = most->category});
    }
    const auto position = static_cast<std::size_t>(day - start);
    fill_prices(position);
    if (sums[kOrders] > 0) {
      last_price = static_cast<float>(sums[kPrice] / sums[kOrders]);
    }
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      series.channels_[channel][offset + position] = static_cast<float>(sums[channel]);
    }
    fill_prices(position + 1);
  }
  fill_prices(static_cast<std::size_t>(series.offset_[product + 1]) - offset);
}

}  // namespace millrace
