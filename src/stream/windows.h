// Tumbling windows: sums for each (window, product, category), emitted when the watermark passes the window's end.
//
// A window is the half-open interval [n·width, (n+1)·width) of event time. Rows are additive: a record for a window
// whose end the watermark has passed is a row of its own, at once, and one more to sum. So the rows depend on the
// records and their order alone, never on batches. Units: money in 1/10,000; counts of events; quantities in units.
// Memory: one row for each open (window, product, category). Thread rule: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/decimal.h"
#include "base/time.h"
#include "event/event.h"

namespace millrace {

/// What is summed for one product and category in one window. CONTRACT.md, "The lake", the windows' columns.
struct WindowSums {
  MoneySum revenue;
  MoneySum price_sum;
  MoneySum returned_revenue;
  std::int64_t orders = 0;
  std::int64_t units = 0;
  std::int64_t views = 0;
  std::int64_t carts = 0;
  std::int64_t returns = 0;
  std::int64_t returned_units = 0;

  void add(const Event& event);
  WindowSums& operator+=(const WindowSums& more);
};

/// An emitted row. The texts live until the WindowRows they stand in are cleared.
struct WindowRow {
  Instant start;
  std::string_view product_id;
  std::string_view category;
  WindowSums sums;
};

struct WindowRows {
  std::vector<WindowRow> rows;
  Arena texts;

  void clear() {
    rows.clear();
    texts.clear();
  }
};

class Windows {
 public:
  /// `delay`: how far the watermark stays behind the highest event time.
  Windows(Duration width, Duration delay) : width_(width), delay_(delay) {}

  Duration width() const { return width_; }

  /// Adds an event to its window, or emits it where the window was emitted before. `hash` is of its product and
  /// category (product_hash below).
  void add(const Event& event, std::uint64_t hash, WindowRows& out);
  /// Begins to load what add() of an event with this hash will most likely touch: first the slot, some events later
  /// the row.
  void fetch_slot(std::uint64_t hash) const {
    if (newest_ != nullptr) {
      newest_->fetch_slot(hash);
    }
  }
  void fetch_row(std::uint64_t hash) const {
    if (newest_ != nullptr) {
      newest_->fetch_row(hash);
    }
  }
  /// Emits what the watermark (`high` − delay) has passed. Cheap where it crossed no boundary.
  void advance(Instant high, WindowRows& out);
  /// Emits everything that is open.
  void flush(WindowRows& out);

  std::size_t open_rows() const;

  struct Row {
    std::uint64_t hash;
    std::string_view product_id;
    std::string_view category;
    WindowSums sums;
  };
  /// Calls visit(start, rows) for each open window, the oldest first. The rows live until the windows change.
  template <class Visit>
  void for_each_open(Visit visit) const {
    for (const auto& [start, table] : open_) {
      visit(start, std::span<const Row>(table->rows()));
    }
  }

  void write(ByteWriter& out) const;
  bool read(ByteReader& in);

 private:
  /// One open window: rows in order of arrival, found by open addressing over their indexes.
  class Table {
   public:
    WindowSums& at(std::uint64_t hash, std::string_view product_id, std::string_view category);
    const std::vector<Row>& rows() const { return rows_; }
    /// Makes room for so many rows.
    void reserve(std::size_t rows);
    void fetch_slot(std::uint64_t hash) const {
      if (!slots_.empty()) {
        __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
      }
    }
    void fetch_row(std::uint64_t hash) const {
      if (slots_.empty()) {
        return;
      }
      if (const std::uint32_t slot = slots_[hash & (slots_.size() - 1)]; slot != 0) {
        __builtin_prefetch(&rows_[slot - 1]);
        __builtin_prefetch(&rows_[slot - 1].sums.orders);
      }
    }

   private:
    void set_slots(std::size_t count);
    std::vector<Row> rows_;
    std::vector<std::uint32_t> slots_;  // index into rows_ + 1; 0: empty
    Arena texts_;
  };

  static void emit(Instant start, const Table& table, WindowRows& out);
  Table& table_of(Instant start);

  Duration width_;
  Duration delay_;
  std::map<Instant, std::unique_ptr<Table>> open_;
  Instant newest_start_{-1};
  Table* newest_ = nullptr;
  Instant emitted_to_{0};  // the watermark's last multiple of the width
};

/// The hash by which windows find a product's row. `seed` is secret, so that rows cannot be made to collide.
std::uint64_t category_hash(std::string_view category, std::uint64_t seed);
std::uint64_t product_hash(std::string_view product_id, std::uint64_t category_hash);

}  // namespace millrace
