// Rows on their way to Parquet, held by column.
//
// A Table is a schema's columns as plain buffers in Arrow's memory layout (values, 32-bit offsets for texts, one
// validity bit a row where there are nulls), so that the Parquet writer wraps them without a copy. Appending is a few
// stores; nothing is allocated for a row in the steady state, because clear() keeps the buffers. The writer of a row
// appends to every column exactly once, in the schema's order; rows are counted by finish_row(). Source: Arrow columnar
// format, "Physical memory layout". Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/decimal.h"
#include "base/time.h"

namespace millrace {

enum class ColumnType : std::uint8_t {
  int32,
  int64,
  timestamp,   // microseconds, UTC
  local_time,  // microseconds of a wall clock, without a zone
  date,
  text,  // UTF-8
  binary,
  decimal_18_4,  // one amount of money
  decimal_38_4,  // a sum of money
  real,          // double: estimates, never money
};

/// How a column's pages are encoded; which one pays was measured on shop events.
enum class Encoding : std::uint8_t {
  plain,       // texts that hardly repeat
  dictionary,  // values that repeat
  delta,       // whole numbers that change little from row to row
};

struct ColumnSpec {
  std::string_view name;
  ColumnType type;
  Encoding encoding;
  bool nullable;
  bool statistics;  // smallest and largest value in the footer, where readers can skip by it
};

/// The columns inside a table's files, and where the table stands in the lake. Hive folders are not among the columns.
struct TableSpec {
  std::string_view name;  // its folder, `silver/cleaned_events`
  std::span<const ColumnSpec> columns;
};

/// Memory that grows and is not filled: a vector would write zeros where values follow at once.
template <class T>
class GrowingBuffer {
 public:
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::span<const T> span() const { return {data_.get(), size_}; }
  /// Room for so many more; the caller writes all of it.
  T* extend(std::size_t count) {
    if (size_ + count > capacity_) [[unlikely]] {
      reserve(std::max(size_ + count, capacity_ + capacity_ / 2 + kFirstCapacity));
    }
    T* const room = data_.get() + size_;
    size_ += count;
    return room;
  }
  void push(T value) { *extend(1) = value; }
  T& back() { return data_[size_ - 1]; }
  void clear() { size_ = 0; }
  /// Gives back what is beyond the values.
  void shrink() {
    if (size_ < capacity_) {
      reserve(size_);
    }
  }

 private:
  static constexpr std::size_t kFirstCapacity = 64;

  void reserve(std::size_t capacity) {
    std::unique_ptr<T[]> grown = std::make_unique_for_overwrite<T[]>(capacity);
    std::copy_n(data_.get(), size_, grown.get());
    data_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A column that has held nothing but nulls so far keeps their number alone: many of the lake's columns are like that.
class Column {
 public:
  explicit Column(const ColumnSpec& spec) : spec_(&spec) {}

  const ColumnSpec& spec() const { return *spec_; }

  void put(std::int32_t value) { put_fixed(value); }
  void put(std::int64_t value) { put_fixed(value); }
  void put(Instant value) { put_fixed(value.us); }
  void put(Day value) { put_fixed(value.number); }
  void put(Money value) { put_fixed(int128{value.ticks}); }
  void put(MoneySum value) { put_fixed(value.ticks); }
  void put(double value) { put_fixed(value); }
  void put(std::string_view value) {
    before_value();
    std::ranges::copy(value, values_.extend(value.size()));  // memcpy may not be given null, also for no bytes
    offsets_.push(static_cast<std::int32_t>(values_.size()));
    ++rows_;
  }
  void put_null() {
    CHECK(spec_->nullable);
    if (nulls_ == rows_) [[likely]] {
      ++nulls_;
      ++rows_;
    } else {
      put_null_behind_values();
    }
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t nulls() const { return nulls_; }
  /// The buffers are empty where rows() == nulls(); so is validity() where there is no null.
  std::span<const char> values() const { return values_.span(); }
  std::span<const std::int32_t> offsets() const { return offsets_.span(); }
  std::span<const std::uint8_t> validity() const { return validity_.span(); }
  std::size_t bytes() const { return values_.size() + offsets_.size() * sizeof(std::int32_t); }
  /// Of the buffers, which stay after clear().
  std::size_t held_bytes() const {
    return values_.capacity() + offsets_.capacity() * sizeof(std::int32_t) + validity_.capacity();
  }
  void clear();
  /// Gives back what the buffers have beyond the rows.
  void shrink();

 private:
  template <class T>
  void put_fixed(T value) {
    before_value();
    std::memcpy(values_.extend(sizeof value), &value, sizeof value);
    ++rows_;
  }
  void before_value() {
    if (nulls_ == rows_) [[unlikely]] {
      begin_values();
    }
    if (nulls_ != 0) {
      append_validity(true);
    }
  }
  void append_validity(bool valid) {
    if ((rows_ & 7) == 0) {
      validity_.push(0);
    }
    validity_.back() = static_cast<std::uint8_t>(validity_.back() | (static_cast<unsigned>(valid) << (rows_ & 7)));
  }
  void begin_values();
  void put_null_behind_values();

  const ColumnSpec* spec_;
  GrowingBuffer<char> values_;
  GrowingBuffer<std::int32_t> offsets_;   // texts and binaries: rows + 1 of them
  GrowingBuffer<std::uint8_t> validity_;  // from the first null on
  std::int64_t rows_ = 0;
  std::int64_t nulls_ = 0;
};

class Table {
 public:
  explicit Table(const TableSpec& spec);

  const TableSpec& spec() const { return *spec_; }
  Column& operator[](std::size_t column) { return columns_[column]; }
  const std::vector<Column>& columns() const { return columns_; }

  /// Call after each row; checks in debug builds that the row is whole.
  void finish_row();
  std::int64_t rows() const { return rows_; }
  std::size_t bytes() const;
  std::size_t held_bytes() const;
  void clear();
  void shrink();

 private:
  const TableSpec* spec_;
  std::vector<Column> columns_;
  std::int64_t rows_ = 0;
};

}  // namespace millrace
