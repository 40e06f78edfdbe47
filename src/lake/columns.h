// Rows on their way to Parquet, held by column.
//
// A Table is a schema's columns as plain buffers in Arrow's memory layout (values, 32-bit offsets for texts, one
// validity bit a row), so that the Parquet writer wraps them without a copy. Appending is a few stores; nothing is
// allocated for a row in the steady state, because clear() keeps the buffers.
// The writer of a row appends to every column exactly once, in the schema's order; rows are counted by finish_row().
// Source: Arrow columnar format, "Physical memory layout". Thread rule: one thread at a time.
#pragma once

#include <cstdint>
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

class Column {
 public:
  explicit Column(const ColumnSpec& spec) : spec_(&spec) { clear(); }

  const ColumnSpec& spec() const { return *spec_; }

  void put(std::int32_t value) { put_fixed(value); }
  void put(std::int64_t value) { put_fixed(value); }
  void put(Instant value) { put_fixed(value.us); }
  void put(Day value) { put_fixed(value.number); }
  void put(Money value) { put_fixed(int128{value.ticks}); }
  void put(MoneySum value) { put_fixed(value.ticks); }
  void put(double value) { put_fixed(value); }
  void put(std::string_view value) {
    values_.insert(values_.end(), value.begin(), value.end());
    offsets_.push_back(static_cast<std::int32_t>(values_.size()));
    put_valid();
  }
  void put_null();

  std::int64_t rows() const { return rows_; }
  std::int64_t nulls() const { return nulls_; }
  std::span<const char> values() const { return values_; }
  std::span<const std::int32_t> offsets() const { return offsets_; }
  std::span<const std::uint8_t> validity() const { return validity_; }
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
    const auto* raw = reinterpret_cast<const char*>(&value);
    values_.insert(values_.end(), raw, raw + sizeof value);
    put_valid();
  }
  void put_valid() {
    if ((rows_ & 7) == 0) {
      validity_.push_back(0);
    }
    validity_.back() = static_cast<std::uint8_t>(validity_.back() | (1U << (rows_ & 7)));
    ++rows_;
  }

  const ColumnSpec* spec_;
  std::vector<char> values_;
  std::vector<std::int32_t> offsets_;  // texts and binaries: rows + 1 of them
  std::vector<std::uint8_t> validity_;
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
