#include "lake/event_rows.h"

#include "lake/tables.h"

namespace millrace {
namespace {

/// Puts one row's values into a table's columns, from the first to the last.
class Row {
 public:
  explicit Row(Table& table) : table_(table) {}

  template <class T>
  Row& put(T value) {
    table_[next_++].put(value);
    return *this;
  }
  Row& put_null() {
    table_[next_++].put_null();
    return *this;
  }
  template <class T>
  Row& put_optional(const std::optional<T>& value) {
    return value ? put(*value) : put_null();
  }
  Row& put_unless_empty(std::string_view text) { return text.empty() ? put_null() : put(text); }
  void finish() {
    CHECK(next_ == table_.columns().size());
    table_.finish_row();
  }

 private:
  Table& table_;
  std::size_t next_ = 0;
};

/// A field as bronze keeps it: text as received, null where it is absent.
void put_received(Row& row, const FieldText& field) {
  if (field.kind == FieldText::Kind::absent || field.kind == FieldText::Kind::null) {
    row.put_null();
  } else {
    row.put(field.text);
  }
}

std::string_view kept_bytes(const Record& record) { return record.bytes.substr(0, kRecordBytesMax); }

}  // namespace

void append_bronze(Table& table, Partition partition, Instant received, const DecodedRecord& record) {
  Row row(table);
  row.put(partition).put(record.record.offset).put_optional(record.record.log_time);
  row.put_null().put_null();  // key and headers: the embedded log has none
  row.put(received);
  for (std::size_t i = 0; i < kBronzeFieldCount; ++i) {
    put_received(row, record.fields.known[i]);
  }
  row.put_unless_empty(record.fields.extra);
  if (record.outcome == Outcome::too_large || record.outcome == Outcome::malformed_json) {
    row.put(kept_bytes(record.record));
  } else {
    row.put_null();
  }
  row.put(record.record.full_bytes).put(to_string(record.outcome)).finish();
}

void append_event(Table& table, Partition partition, const DecodedRecord& record) {
  const Event& event = record.event;
  Row row(table);
  row.put(partition).put(record.record.offset).put(event.time).put(event.user_id).put(event.product_id);
  row.put(event.price).put(event.quantity).put(event.type_text).put(event.revenue);
  row.put_unless_empty(event.event_id).put_unless_empty(event.order_id).put_unless_empty(event.session_id);
  if (&table.spec() == &kLateEvents) {
    row.put(event.category);
  }
  row.finish();
}

void append_quarantine(Table& table, Partition partition, Instant received, const DecodedRecord& record) {
  Row row(table);
  row.put(partition).put(record.record.offset).put(received);
  if (record.field) {
    row.put(to_string(*record.field));
  } else {
    row.put_null();
  }
  row.put(kept_bytes(record.record)).finish();
}

void append_window(Table& table, Duration width, const WindowRow& row) {
  const WindowSums& sums = row.sums;
  Row out(table);
  out.put(row.start).put(row.start + width).put(row.product_id).put(row.category);
  out.put(sums.revenue).put(sums.orders).put(sums.units).put(sums.price_sum).put(sums.views).put(sums.carts);
  out.put(sums.returns).put(sums.returned_units).put(sums.returned_revenue).finish();
}

}  // namespace millrace
