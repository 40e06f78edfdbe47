// Rows on their way to Parquet, held by column.
//
// A Table is a schema's columns as plain buffers in Arrow's memory layout (values, 32-bit offsets for texts, for texts
// that repeat their indexes in a dictionary, one validity bit a row where there are nulls), so that the Parquet writer
// wraps them without a copy. Nothing is allocated
// in the steady state, because clear() keeps the buffers. Rows are appended one by one, or many at once column by
// column, which is what pays for events; either way every column gets the same number of values, and finish_row() or
// finish_rows() counts them. Source: Arrow columnar format, "Physical memory layout". Thread rule: one thread at a
// time.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/decimal.h"
#include "base/short_text.h"
#include "base/time.h"
#include "lake/growing_buffer.h"
#include "lake/text_dictionary.h"

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
  boolean,       // a byte each
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

inline std::int32_t column_count(const TableSpec& spec) { return static_cast<std::int32_t>(spec.columns.size()); }

/// A column that has held nothing but nulls so far keeps their number alone: many of the lake's columns are like that.
class Column {
 public:
  explicit Column(const ColumnSpec& spec);

  const ColumnSpec& spec() const { return *spec_; }

  /// Any of bool, std::int32_t, std::int64_t, Instant, Day, Money, MoneySum, double, std::string_view, by the column's
  /// type.
  template <class Value>
  void put(Value value) {
    put_each(1, [&](std::size_t) { return value; });
  }
  /// Puts `count` values; value(i) gives each, for i from 0.
  template <class Get>
  void put_each(std::size_t count, Get value) {
    before_values(count);
    if constexpr (std::is_convertible_v<decltype(value(0)), std::string_view>) {
      put_texts(count, value);
    } else {
      using Stored = decltype(stored(value(0)));
      char* const room = values_.extend(count * sizeof(Stored));
      for (std::size_t i = 0; i < count; ++i) {
        const Stored raw = stored(value(i));
        std::memcpy(room + i * sizeof raw, &raw, sizeof raw);
      }
    }
    rows_ += static_cast<std::int64_t>(count);
  }
  void put_null() { put_nulls(1); }
  void put_nulls(std::size_t count) {
    CHECK(spec_->nullable);
    if (nulls_ == rows_) [[likely]] {
      nulls_ += static_cast<std::int64_t>(count);
      rows_ += static_cast<std::int64_t>(count);
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      put_null_behind_values();
    }
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t nulls() const { return nulls_; }
  /// The values are indexes into dictionary().
  bool has_dictionary() const { return has_dictionary_; }
  const TextDictionary& dictionary() const { return dictionary_; }
  /// The buffers are empty where rows() == nulls(); so is validity() where there is no null.
  std::span<const char> values() const { return values_.span(); }
  std::span<const std::int32_t> offsets() const { return offsets_.span(); }
  std::span<const std::uint8_t> validity() const { return validity_.span(); }
  std::size_t bytes() const { return values_.size() + offsets_.size() * sizeof(std::int32_t) + dictionary_.bytes(); }
  /// Of the buffers, which stay after clear().
  std::size_t held_bytes() const {
    return values_.capacity() + offsets_.capacity() * sizeof(std::int32_t) + validity_.capacity() +
           dictionary_.held_bytes();
  }
  void clear();
  /// Gives back what the buffers have beyond the rows.
  void shrink();

 private:
  static std::uint8_t stored(bool value) { return value ? 1 : 0; }
  static std::int32_t stored(std::int32_t value) { return value; }
  static std::int64_t stored(std::int64_t value) { return value; }
  static std::int64_t stored(Instant value) { return value.us; }
  static std::int32_t stored(Day value) { return value.number; }
  static int128 stored(Money value) { return value.ticks; }
  static int128 stored(MoneySum value) { return value.ticks; }
  static double stored(double value) { return value; }

  template <class Get>
  void put_texts(std::size_t count, Get text_of) {
    if (has_dictionary_) {
      auto* const indexes = reinterpret_cast<std::int32_t*>(values_.extend(count * sizeof(std::int32_t)));
      dictionary_.index_each(count, text_of, indexes);
      return;
    }
    std::int32_t* const offsets = offsets_.extend(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view text = text_of(i);
      copy_text(values_.extend(text.size()), text);
      offsets[i] = static_cast<std::int32_t>(values_.size());
    }
  }

  void before_values(std::size_t count) {
    if (nulls_ == rows_) [[unlikely]] {
      begin_values();
    }
    if (nulls_ != 0) {
      for (std::size_t i = 0; i < count; ++i) {
        append_validity(rows_ + static_cast<std::int64_t>(i), true);
      }
    }
  }
  void append_validity(std::int64_t row, bool valid) {
    if ((row & 7) == 0) {
      validity_.push(0);
    }
    validity_.back() = static_cast<std::uint8_t>(validity_.back() | (static_cast<unsigned>(valid) << (row & 7)));
  }
  void begin_values();
  void put_null_behind_values();

  const ColumnSpec* spec_;
  bool has_dictionary_;
  bool has_offsets_;
  GrowingBuffer<char> values_;
  GrowingBuffer<std::int32_t> offsets_;  // of texts and binaries without a dictionary: rows + 1 of them
  TextDictionary dictionary_;
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

  /// Call after each row, or after so many; checks in debug builds that the rows are whole.
  void finish_row() { finish_rows(1); }
  void finish_rows(std::size_t count);
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
