#include "ingest/replay.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/arena.h"
#include "base/format.h"
#include "event/event.h"
#include "event/record_reader.h"
#include "ingest/event_log.h"
#include "ingest/input_file.h"
#include "ingest/json_event.h"

namespace millrace {
namespace {

static_assert(InputWindow::kPaddingBytes >= kRecordPaddingBytes);

class NdjsonReplay final : public Replay {
 public:
  explicit NdjsonReplay(InputFile file) : window_(std::move(file), kReplayLineBytesMax + 1) {}

  Result<std::optional<SourceRecord>> next() override {
    window_.consume(line_bytes_);
    line_bytes_ = 0;
    ++line_number_;
    std::size_t end = window_.text().find('\n');
    while (end == std::string_view::npos && !at_end_) {
      if (window_.full()) {
        return fail(Fault::corrupt, format("line of a file to replay is longer than {} MiB: {}:{}",
                                           kReplayLineBytesMax >> 20, window_.path().string(), line_number_));
      }
      const std::size_t seen = window_.text().size();
      ASSIGN_OR_RETURN(const bool any, window_.more());
      at_end_ = !any;
      end = window_.text().find('\n', seen);
    }
    if (window_.text().empty()) {
      return std::nullopt;
    }
    const std::string_view line = window_.text().substr(0, end);
    line_bytes_ = std::min(line.size() + 1, window_.text().size());
    return describe(line);
  }

  const HistoryCounts* history_counts() const override { return nullptr; }

 private:
  SourceRecord describe(std::string_view line) {
    SourceRecord record{.key = line, .line = line, .time = std::nullopt};
    arena_.clear();
    if (line.size() <= kRecordBytesMax && reader_.read(line, arena_, fields_)) {
      const auto text_of = [this](Field field) { return fields_.known[static_cast<std::size_t>(field)]; };
      const FieldText product = text_of(Field::product_id);
      if (product.kind == FieldText::Kind::string || product.kind == FieldText::Kind::json) {
        record.key = product.text;
      }
      if (const FieldText time = text_of(Field::event_time); time.kind == FieldText::Kind::string) {
        record.time = parse_event_time(time.text);
      }
    }
    return record;
  }

  InputWindow window_;
  RecordReader reader_;
  Arena arena_;
  RecordFields fields_;
  std::size_t line_bytes_ = 0;  // of the line given last, with its newline
  std::int64_t line_number_ = 0;
  bool at_end_ = false;
};

class CsvReplay final : public Replay {
 public:
  explicit CsvReplay(HistoryReader history) : history_(std::move(history)) {}

  Result<std::optional<SourceRecord>> next() override {
    ASSIGN_OR_RETURN(const auto row, history_.next());
    if (!row) {
      return std::nullopt;
    }
    write_line(*row);
    return SourceRecord{.key = row->product_id, .line = line_, .time = row->time};
  }

  const HistoryCounts* history_counts() const override { return &history_.counts(); }

 private:
  void write_line(const HistoryRow& row) {
    line_.assign(R"({"event_time":")");
    time_writer_.append(line_, row.time);
    line_ += '"';
    add("user_id", row.customer.empty() ? guest(row) : row.customer);
    add("product_id", row.product_id);
    add("price", row.price_text);
    line_ += R"(,"quantity":")";
    append_digits(line_, static_cast<std::uint64_t>(row.quantity));
    line_ += '"';
    add("event_type", row.is_return ? "order_returned" : "order_created");
    add("event_id", event_id(row));
    add_if_any("order_id", row.invoice);
    add_if_any("description", row.description);
    add_if_any("country", row.country);
    line_ += '}';
  }

  std::string_view guest(const HistoryRow& row) {
    text_.assign("guest-");
    text_ += row.invoice;
    return row.invoice.empty() ? with_row("guest-row", row) : text_;
  }

  std::string_view event_id(const HistoryRow& row) { return with_row(row.invoice.empty() ? "row" : row.invoice, row); }

  std::string_view with_row(std::string_view prefix, const HistoryRow& row) {
    text_.assign(prefix);
    text_ += '-';
    append_digits(text_, static_cast<std::uint64_t>(row.number));
    return text_;
  }

  void add(std::string_view name, std::string_view value) {
    line_ += ",\"";
    line_ += name;
    line_ += "\":";
    append_json_string(line_, value);
  }

  void add_if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      add(name, value);
    }
  }

  HistoryReader history_;
  EventTimeWriter time_writer_;
  std::string line_;
  std::string text_;  // an id that is put together
};

enum class Format : std::uint8_t { ndjson, csv };

Result<Format> format_of(const std::filesystem::path& path) {
  const bool packed = path.extension() == ".gz";
  const std::string extension = packed ? path.stem().extension().string() : path.extension().string();
  if (extension == ".csv") {
    return Format::csv;
  }
  if (extension == ".ndjson" || extension == ".jsonl" || extension == ".json") {
    return Format::ndjson;
  }
  ASSIGN_OR_RETURN(InputFile file, InputFile::open(path));
  std::array<char, 1> first{};
  ASSIGN_OR_RETURN(const std::size_t got, file.read(first));
  return got > 0 && first[0] == '{' ? Format::ndjson : Format::csv;
}

}  // namespace

Result<std::unique_ptr<Replay>> open_replay(const std::filesystem::path& path, const HistoryColumns& columns) {
  ASSIGN_OR_RETURN(const Format format, format_of(path));
  if (format == Format::csv) {
    ASSIGN_OR_RETURN(HistoryReader history, HistoryReader::open(path, columns));
    return std::make_unique<CsvReplay>(std::move(history));
  }
  ASSIGN_OR_RETURN(InputFile file, InputFile::open(path));
  return std::make_unique<NdjsonReplay>(std::move(file));
}

}  // namespace millrace
