#include "ingest/sales_csv.h"

#include <iterator>

#include "base/check.h"
#include "base/format.h"
#include "ingest/event_log.h"

namespace millrace {
namespace {

constexpr std::size_t kBatchBytes = 1 << 20;

fs::path draft_of(const fs::path& path) { return path.string() + ".draft"; }

/// A field of a CSV by RFC 4180.
void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += '"';
    }
  }
  out += '"';
}

}  // namespace

Result<std::unique_ptr<SalesCsv>> SalesCsv::create(const fs::path& path) {
  if (path.has_parent_path()) {
    TRY(make_folders(path.parent_path()));
  }
  TRY(remove_file(draft_of(path)));  // of a run that was cut short
  ASSIGN_OR_RETURN(File file, File::create(draft_of(path)));
  std::unique_ptr<SalesCsv> csv(new SalesCsv(path, std::move(file)));
  csv->text_ = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  return csv;
}

Result<void> SalesCsv::append(std::string_view, std::string_view record) {
  waiting_ += record;
  record_ends_.push_back(waiting_.size());
  return waiting_.size() >= kBatchBytes ? flush() : Result<void>();
}

Result<void> SalesCsv::flush() {
  const auto bytes = std::make_shared<std::string>(std::move(waiting_));
  waiting_.clear();
  const std::size_t size = bytes->size();
  bytes->append(kRecordPaddingBytes, ' ');
  std::vector<Record> records;
  records.reserve(record_ends_.size());
  std::size_t begin = 0;
  for (const std::size_t end : record_ends_) {
    const std::string_view line = std::string_view(*bytes).substr(begin, end - begin);
    records.push_back({.bytes = line.substr(0, kRecordBytesMax + 1),
                       .full_bytes = static_cast<std::int64_t>(line.size()),
                       .offset = 0,
                       .log_time = kYear10000});  // history does not lie in the future
    begin = end;
  }
  CHECK(begin == size);
  record_ends_.clear();
  decoder_.decode(records, bytes, {}, batch_);
  for (const DecodedRecord& record : batch_.records) {
    const bool is_sale = record.outcome == Outcome::silver && (record.event.type == EventType::order_created ||
                                                               record.event.type == EventType::order_returned);
    if (is_sale) {
      write_row(record.event);
    }
  }
  TRY(file_.write(text_));
  text_.clear();
  return {};
}

void SalesCsv::write_row(const Event& event) {
  ++rows_;
  const bool is_return = event.type == EventType::order_returned;
  text_ += is_return ? "C" : "";
  append_field(text_, event.order_id.empty() ? format("E{}", rows_) : std::string(event.order_id));
  text_ += ',';
  append_field(text_, event.product_id);
  text_ += ',';
  append_field(text_, format("{} {}", event.category, event.product_id));
  const std::string time = to_string(event.time);  // 2024-01-15T10:30:00.123456Z
  format_to(std::back_inserter(text_), ",{}{},{} {},{},", is_return ? "-" : "", event.quantity, time.substr(0, 10),
            time.substr(11, 8), to_string(event.price));
  append_field(text_, event.user_id);
  text_ += ",\n";
}

Result<void> SalesCsv::sync() { return file_.sync(); }

Result<void> SalesCsv::finish() {
  TRY(flush());
  TRY(file_.sync());
  return rename_file(draft_of(path_), path_);
}

}  // namespace millrace
