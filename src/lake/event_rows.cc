#include "lake/event_rows.h"

#include <algorithm>

#include "lake/tables.h"

namespace millrace {
namespace {

/// Puts many rows' values into a table's columns, from the first to the last. `row(i)` is what row i is made from.
template <class RowAt>
class Filler {
 public:
  Filler(Table& table, std::size_t count, RowAt row) : table_(table), count_(count), row_(row) {}

  template <class Get>
  Filler& put(Get value) {
    table_[next_++].put_each(count_, [&](std::size_t i) { return value(row_(i)); });
    return *this;
  }
  template <class Value>
  Filler& put_same(Value value) {
    table_[next_++].put_each(count_, [&](std::size_t) { return value; });
    return *this;
  }
  Filler& put_nulls() {
    table_[next_++].put_nulls(count_);
    return *this;
  }
  /// The value where `is_given`, else null. Mostly all rows have it, or none.
  template <class IsGiven, class Get>
  Filler& put_where(IsGiven is_given, Get value) {
    std::size_t given = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      given += is_given(row_(i)) ? 1 : 0;
    }
    if (given == count_) {
      return put(value);
    }
    if (given == 0) {
      return put_nulls();
    }
    Column& column = table_[next_++];
    for (std::size_t i = 0; i < count_; ++i) {
      if (is_given(row_(i))) {
        column.put(value(row_(i)));
      } else {
        column.put_null();
      }
    }
    return *this;
  }
  template <class Get>
  Filler& put_unless_empty(Get text) {
    return put_where([&](const auto& row) { return !text(row).empty(); }, text);
  }
  void finish() {
    CHECK(next_ == table_.columns().size());
    table_.finish_rows(count_);
  }

 private:
  Table& table_;
  const std::size_t count_;
  RowAt row_;
  std::size_t next_ = 0;
};

auto filler(Table& table, const PickedRecords& picked) {
  return Filler(table, picked.indexes.size(),
                [&picked](std::size_t i) -> const DecodedRecord& { return picked.batch.records[picked.indexes[i]]; });
}

/// A field as bronze keeps it: text as received, null where it is absent.
bool is_received(const FieldText& field) {
  return field.kind != FieldText::Kind::absent && field.kind != FieldText::Kind::null;
}

std::string_view kept_bytes(const Record& record) { return record.bytes.substr(0, kRecordBytesMax); }

}  // namespace

void append_bronze(Table& table, Partition partition, const PickedRecords& picked) {
  auto rows = filler(table, picked);
  rows.put_same(partition).put([](const DecodedRecord& r) { return r.record.offset; });
  rows.put_where([](const DecodedRecord& r) { return r.record.log_time.has_value(); },
                 [](const DecodedRecord& r) { return *r.record.log_time; });
  rows.put_where([](const DecodedRecord& r) { return r.record.key.has_value(); },
                 [](const DecodedRecord& r) { return *r.record.key; });
  rows.put_unless_empty([](const DecodedRecord& r) { return r.record.headers; });
  rows.put_same(picked.batch.received);
  for (std::size_t field = 0; field < kBronzeFieldCount; ++field) {
    rows.put_where([field](const DecodedRecord& r) { return is_received(r.fields.known[field]); },
                   [field](const DecodedRecord& r) { return r.fields.known[field].text; });
  }
  rows.put_unless_empty([](const DecodedRecord& r) { return r.fields.extra; });
  rows.put_where(
      [](const DecodedRecord& r) { return r.outcome == Outcome::too_large || r.outcome == Outcome::malformed_json; },
      [](const DecodedRecord& r) { return kept_bytes(r.record); });
  rows.put([](const DecodedRecord& r) { return r.record.full_bytes; });
  rows.put([](const DecodedRecord& r) { return to_string(r.outcome); }).finish();
}

void append_events(Table& table, Partition partition, const PickedRecords& picked) {
  auto rows = filler(table, picked);
  rows.put_same(partition).put([](const DecodedRecord& r) { return r.record.offset; });
  rows.put([](const DecodedRecord& r) { return r.event.time; });
  rows.put([](const DecodedRecord& r) { return r.event.user_id; });
  rows.put([](const DecodedRecord& r) { return r.event.product_id; });
  rows.put([](const DecodedRecord& r) { return r.event.price; });
  rows.put([](const DecodedRecord& r) { return r.event.quantity; });
  rows.put([](const DecodedRecord& r) { return r.event.type_text; });
  rows.put([](const DecodedRecord& r) { return r.event.revenue; });
  rows.put_unless_empty([](const DecodedRecord& r) { return r.event.event_id; });
  rows.put_unless_empty([](const DecodedRecord& r) { return r.event.order_id; });
  rows.put_unless_empty([](const DecodedRecord& r) { return r.event.session_id; });
  if (&table.spec() == &kLateEvents) {
    rows.put([](const DecodedRecord& r) { return r.event.category; });
    rows.put_where([](const DecodedRecord& r) { return r.id_was_in_silver.has_value(); },
                   [](const DecodedRecord& r) { return *r.id_was_in_silver; });
  }
  rows.finish();
}

void append_quarantine(Table& table, Partition partition, const PickedRecords& picked) {
  auto rows = filler(table, picked);
  rows.put_same(partition).put([](const DecodedRecord& r) { return r.record.offset; });
  rows.put_same(picked.batch.received);
  rows.put_where([](const DecodedRecord& r) { return r.field.has_value(); },
                 [](const DecodedRecord& r) { return to_string(*r.field); });
  rows.put([](const DecodedRecord& r) { return kept_bytes(r.record); }).finish();
}

void append_windows(Table& table, Duration width, std::span<const WindowRow> windows) {
  Filler rows(table, windows.size(), [windows](std::size_t i) -> const WindowRow& { return windows[i]; });
  rows.put([](const WindowRow& w) { return w.start; }).put([width](const WindowRow& w) { return w.start + width; });
  rows.put([](const WindowRow& w) { return w.product_id; }).put([](const WindowRow& w) { return w.category; });
  rows.put([](const WindowRow& w) { return w.sums.revenue; }).put([](const WindowRow& w) { return w.sums.orders; });
  rows.put([](const WindowRow& w) { return w.sums.units; }).put([](const WindowRow& w) { return w.sums.price_sum; });
  rows.put([](const WindowRow& w) { return w.sums.views; }).put([](const WindowRow& w) { return w.sums.carts; });
  rows.put([](const WindowRow& w) { return w.sums.returns; });
  rows.put([](const WindowRow& w) { return w.sums.returned_units; });
  rows.put([](const WindowRow& w) { return w.sums.returned_revenue; }).finish();
}

}  // namespace millrace
