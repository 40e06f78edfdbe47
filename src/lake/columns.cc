#include "lake/columns.h"

namespace millrace {
namespace {

bool is_text(ColumnType type) { return type == ColumnType::text || type == ColumnType::binary; }

std::size_t bytes_each(ColumnType type) {
  switch (type) {
    case ColumnType::int32:
    case ColumnType::date:
      return sizeof(std::int32_t);
    case ColumnType::int64:
    case ColumnType::timestamp:
    case ColumnType::local_time:
      return sizeof(std::int64_t);
    case ColumnType::real:
      return sizeof(double);
    case ColumnType::boolean:
      return sizeof(std::uint8_t);
    case ColumnType::decimal_18_4:
    case ColumnType::decimal_38_4:
      return sizeof(int128);
    case ColumnType::text:
    case ColumnType::binary:
      return sizeof(std::int32_t);  // an index into the dictionary
  }
  CHECK(false);
}

}  // namespace

Column::Column(const ColumnSpec& spec)
    : spec_(&spec),
      has_dictionary_(is_text(spec.type) && spec.encoding == Encoding::dictionary),
      has_offsets_(is_text(spec.type) && !has_dictionary_) {}

/// The first value: room for the nulls before it.
void Column::begin_values() {
  const auto before = static_cast<std::size_t>(rows_);
  if (has_offsets_) {
    std::fill_n(offsets_.extend(before + 1), before + 1, 0);
  } else {
    const std::size_t bytes = before * bytes_each(spec_->type);
    std::fill_n(values_.extend(bytes), bytes, '\0');
  }
  const std::size_t bitmap = (before + 7) / 8;
  std::fill_n(validity_.extend(bitmap), bitmap, std::uint8_t{0});
}

void Column::put_null_behind_values() {
  if (nulls_ == 0) {  // all before it are valid
    const auto before = static_cast<std::size_t>(rows_);
    const std::size_t bitmap = (before + 7) / 8;
    std::fill_n(validity_.extend(bitmap), bitmap, std::uint8_t{0xFF});
    if (before % 8 != 0) {
      validity_.back() = static_cast<std::uint8_t>((1U << (before % 8)) - 1);
    }
  }
  append_validity(rows_, false);
  if (has_offsets_) {
    offsets_.push(offsets_.back());
  } else {
    const std::size_t bytes = bytes_each(spec_->type);
    std::fill_n(values_.extend(bytes), bytes, '\0');
  }
  ++rows_;
  ++nulls_;
}

void Column::clear() {
  values_.clear();
  validity_.clear();
  offsets_.clear();
  dictionary_.clear();
  rows_ = 0;
  nulls_ = 0;
}

void Column::shrink() {
  values_.shrink();
  offsets_.shrink();
  dictionary_.shrink();
  validity_.shrink();
}

Table::Table(const TableSpec& spec) : spec_(&spec) {
  columns_.reserve(spec.columns.size());
  for (const ColumnSpec& column : spec.columns) {
    columns_.emplace_back(column);
  }
}

void Table::finish_rows(std::size_t count) {
  rows_ += static_cast<std::int64_t>(count);
#ifndef NDEBUG
  for (const Column& column : columns_) {
    CHECK(column.rows() == rows_);
  }
#endif
}

std::size_t Table::bytes() const {
  std::size_t sum = 0;
  for (const Column& column : columns_) {
    sum += column.bytes();
  }
  return sum;
}

std::size_t Table::held_bytes() const {
  std::size_t sum = 0;
  for (const Column& column : columns_) {
    sum += column.held_bytes();
  }
  return sum;
}

void Table::shrink() {
  for (Column& column : columns_) {
    column.shrink();
  }
}

void Table::clear() {
  for (Column& column : columns_) {
    column.clear();
  }
  rows_ = 0;
}

}  // namespace millrace
