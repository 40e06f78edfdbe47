#include "lake/columns.h"

namespace millrace {
namespace {

bool has_offsets(ColumnType type) { return type == ColumnType::text || type == ColumnType::binary; }

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
    case ColumnType::decimal_18_4:
    case ColumnType::decimal_38_4:
      return sizeof(int128);
    case ColumnType::text:
    case ColumnType::binary:
      return 0;
  }
  CHECK(false);
}

}  // namespace

void Column::put_null() {
  CHECK(spec_->nullable);
  if (has_offsets(spec_->type)) {
    offsets_.push_back(offsets_.back());
  } else {
    values_.resize(values_.size() + bytes_each(spec_->type));
  }
  if ((rows_ & 7) == 0) {
    validity_.push_back(0);
  }
  ++rows_;
  ++nulls_;
}

void Column::clear() {
  values_.clear();
  validity_.clear();
  offsets_.clear();
  if (has_offsets(spec_->type)) {
    offsets_.push_back(0);
  }
  rows_ = 0;
  nulls_ = 0;
}

void Column::shrink() {
  values_.shrink_to_fit();
  offsets_.shrink_to_fit();
  validity_.shrink_to_fit();
}

Table::Table(const TableSpec& spec) : spec_(&spec) {
  columns_.reserve(spec.columns.size());
  for (const ColumnSpec& column : spec.columns) {
    columns_.emplace_back(column);
  }
}

void Table::finish_row() {
  ++rows_;
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
