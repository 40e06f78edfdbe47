#include "stream/windows.h"

#include <algorithm>
#include <bit>

#include "base/short_text.h"

namespace millrace {
namespace {

constexpr std::size_t kSlotsMin = 64;

}  // namespace

void WindowSums::add(const Event& event) {
  switch (event.type) {
    case EventType::order_created:
      revenue += event.revenue;
      price_sum += event.price;
      orders += 1;
      units += event.quantity;
      break;
    case EventType::product_viewed:
      views += 1;
      break;
    case EventType::add_to_cart:
      carts += 1;
      break;
    case EventType::order_returned:
      returns += 1;
      returned_units += event.quantity;
      returned_revenue += event.revenue;
      break;
    case EventType::other:
      break;
  }
}

WindowSums& WindowSums::operator+=(const WindowSums& more) {
  revenue += more.revenue;
  price_sum += more.price_sum;
  returned_revenue += more.returned_revenue;
  orders += more.orders;
  units += more.units;
  views += more.views;
  carts += more.carts;
  returns += more.returns;
  returned_units += more.returned_units;
  return *this;
}

WindowSums& Windows::Table::at(std::uint64_t hash, std::string_view product_id, std::string_view category) {
  if ((rows_.size() + 1) * 4 > slots_.size() * 3) {
    set_slots(slots_.empty() ? kSlotsMin : slots_.size() * 2);
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i] != 0; i = (i + 1) & mask) {
    Row& row = rows_[slots_[i] - 1];
    if (row.hash == hash && same_text(row.product_id, product_id) && same_text(row.category, category)) {
      return row.sums;
    }
  }
  rows_.push_back({hash, texts_.store(product_id), texts_.store(category), {}});
  slots_[i] = static_cast<std::uint32_t>(rows_.size());
  return rows_.back().sums;
}

void Windows::Table::reserve(std::size_t rows) {
  rows_.reserve(rows);
  const std::size_t slots = std::bit_ceil(std::max(kSlotsMin, rows * 4 / 3 + 1));
  if (slots > slots_.size()) {
    set_slots(slots);
  }
}

/// Precondition: a power of two.
void Windows::Table::set_slots(std::size_t count) {
  slots_.assign(count, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::size_t i = rows_[row].hash & mask;
    while (slots_[i] != 0) {
      i = (i + 1) & mask;
    }
    slots_[i] = static_cast<std::uint32_t>(row + 1);
  }
}

Windows::Table& Windows::table_of(Instant start) {
  if (start != newest_start_ || newest_ == nullptr) {
    auto& table = open_[start];
    if (table == nullptr) {
      table = std::make_unique<Table>();
      if (newest_ != nullptr && start > newest_start_) {
        table->reserve(newest_->rows().size());  // a shop's next five minutes are much like these
      }
    }
    newest_start_ = start;
    newest_ = table.get();
  }
  return *newest_;
}

void Windows::add(const Event& event, std::uint64_t hash, WindowRows& out) {
  if (event.type == EventType::other) {
    return;
  }
  const Instant start = floor_to(event.time, width_);
  if (start < emitted_to_) {
    WindowRow& row =
        out.rows.emplace_back(WindowRow{start, out.texts.store(event.product_id), out.texts.store(event.category), {}});
    row.sums.add(event);
    return;
  }
  table_of(start).at(hash, event.product_id, event.category).add(event);
}

void Windows::advance(Instant high, WindowRows& out) {
  const Instant watermark = floor_to(high - delay_, width_);
  if (watermark <= emitted_to_) {
    return;
  }
  emitted_to_ = watermark;
  // A window [start, start + width) has ended when start + width <= watermark; both are multiples of the width.
  while (!open_.empty() && open_.begin()->first < watermark) {
    emit(open_.begin()->first, *open_.begin()->second, out);
    open_.erase(open_.begin());
  }
  if (newest_start_ < watermark) {
    newest_ = nullptr;
  }
}

void Windows::flush(WindowRows& out) {
  for (const auto& [start, table] : open_) {
    emit(start, *table, out);
  }
  open_.clear();
  newest_ = nullptr;
}

void Windows::emit(Instant start, const Table& table, WindowRows& out) {
  for (const Row& row : table.rows()) {
    out.rows.push_back({start, out.texts.store(row.product_id), out.texts.store(row.category), row.sums});
  }
}

std::size_t Windows::open_rows() const {
  std::size_t count = 0;
  for (const auto& [start, table] : open_) {
    count += table->rows().size();
  }
  return count;
}

void Windows::write(ByteWriter& out) const {
  out.put(emitted_to_);
  out.put(static_cast<std::uint64_t>(open_rows()));
  for (const auto& [start, table] : open_) {
    for (const Row& row : table->rows()) {
      out.put(start);
      out.put(row.hash);
      out.put_text(row.product_id);
      out.put_text(row.category);
      out.put(row.sums);
    }
  }
}

bool Windows::read(ByteReader& in) {
  constexpr std::size_t kRowBytesMin = 2 * sizeof(std::int64_t) + 2 * sizeof(std::uint32_t) + sizeof(WindowSums);
  emitted_to_ = in.get<Instant>();
  const std::uint64_t count = in.get_count(kRowBytesMin);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    const auto start = in.get<Instant>();
    if (start < Instant{0} || start >= kYear10000) {
      return false;
    }
    const auto hash = in.get<std::uint64_t>();
    const std::string_view product_id = in.get_text();
    const std::string_view category = in.get_text();
    table_of(start).at(hash, product_id, category) = in.get<WindowSums>();
  }
  return !in.failed();
}

std::uint64_t category_hash(std::string_view category, std::uint64_t seed) { return hash64(category, seed); }

std::uint64_t product_hash(std::string_view product_id, std::uint64_t category_hash) {
  return hash64(product_id, category_hash);
}

}  // namespace millrace
