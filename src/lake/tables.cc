#include "lake/tables.h"

#include <algorithm>

#include "base/format.h"

namespace millrace {
namespace {

using enum ColumnType;
using enum Encoding;

constexpr std::string_view kNullFolder = "__HIVE_DEFAULT_PARTITION__";

/// DuckDB reads these folder names as null, unless a byte of them is escaped.
bool reads_as_null(std::string_view value) {
  constexpr std::string_view kNull = "null";
  const auto same_letter = [](char a, char b) { return (a | 0x20) == b; };  // in any case
  return value == kNullFolder || std::ranges::equal(value, kNull, same_letter);
}

constexpr bool kNullable = true;
constexpr bool kRequired = false;
constexpr bool kStatistics = true;
constexpr bool kNoStatistics = false;

constexpr ColumnSpec kLogPartition{"log_partition", int32, delta, kRequired, kNoStatistics};
constexpr ColumnSpec kLogOffset{"log_offset", int64, delta, kRequired, kStatistics};
constexpr ColumnSpec kIngestTime{"ingest_time", timestamp, delta, kRequired, kNoStatistics};

constexpr std::array kBronzeColumns = {
    kLogPartition,
    kLogOffset,
    ColumnSpec{"log_time", timestamp, delta, kNullable, kNoStatistics},
    ColumnSpec{"key", binary, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"headers", text, dictionary, kNullable, kNoStatistics},
    kIngestTime,
    ColumnSpec{"event_time", text, plain, kNullable, kNoStatistics},
    ColumnSpec{"user_id", text, plain, kNullable, kNoStatistics},
    ColumnSpec{"product_id", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"category", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"price", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"quantity", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"event_type", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"extra", text, plain, kNullable, kNoStatistics},
    ColumnSpec{"raw", binary, plain, kNullable, kNoStatistics},
    ColumnSpec{"raw_bytes", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"outcome", text, dictionary, kRequired, kNoStatistics},
};

constexpr std::array kSilverColumns = {
    kLogPartition,
    kLogOffset,
    ColumnSpec{"event_time", timestamp, delta, kRequired, kStatistics},
    ColumnSpec{"user_id", text, plain, kRequired, kNoStatistics},
    ColumnSpec{"product_id", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"price", decimal_18_4, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"quantity", int32, delta, kRequired, kNoStatistics},
    ColumnSpec{"event_type", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"revenue", decimal_18_4, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"event_id", text, plain, kNullable, kNoStatistics},
    ColumnSpec{"order_id", text, plain, kNullable, kNoStatistics},
    ColumnSpec{"session_id", text, plain, kNullable, kNoStatistics},
};

/// Silver's columns; the category, which is a folder there; and what the partition knew of an event_id when the record
/// came: whether an event that was not late had it before (null: there is no event_id, or it is not known).
constexpr auto kLateColumns = [] {
  std::array<ColumnSpec, kSilverColumns.size() + 2> columns{};
  std::ranges::copy(kSilverColumns, columns.begin());
  columns[kSilverColumns.size()] = {"category", text, dictionary, kRequired, kNoStatistics};
  columns[kSilverColumns.size() + 1] = {"id_was_in_silver", boolean, plain, kNullable, kNoStatistics};
  return columns;
}();

constexpr std::array kQuarantineColumns = {
    kLogPartition,
    kLogOffset,
    kIngestTime,
    ColumnSpec{"field", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"raw", binary, plain, kRequired, kNoStatistics},
};

constexpr std::array kWindowColumns = {
    ColumnSpec{"window_start", timestamp, delta, kRequired, kStatistics},
    ColumnSpec{"window_end", timestamp, delta, kRequired, kNoStatistics},
    ColumnSpec{"product_id", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"category", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"revenue", decimal_38_4, plain, kRequired, kNoStatistics},
    ColumnSpec{"orders", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"units", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"price_sum", decimal_38_4, plain, kRequired, kNoStatistics},
    ColumnSpec{"views", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"carts", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"returns", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"returned_units", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"returned_revenue", decimal_38_4, dictionary, kRequired, kNoStatistics},
};

constexpr std::array kSaleLineColumns = {
    ColumnSpec{"line", int64, delta, kRequired, kNoStatistics},  // of the row in its file, from 1
    ColumnSpec{"event_date", date, dictionary, kRequired, kStatistics},
    ColumnSpec{"sold_at", local_time, delta, kRequired, kNoStatistics},
    ColumnSpec{"event_type", text, dictionary, kRequired, kNoStatistics},  // order_created or order_returned
    ColumnSpec{"product_id", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"description", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"quantity", int64, delta, kRequired, kNoStatistics},
    ColumnSpec{"price", decimal_18_4, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"invoice", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"user_id", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"country", text, dictionary, kNullable, kNoStatistics},
    ColumnSpec{"time_zone", text, dictionary, kNullable, kNoStatistics},  // of sold_at: UTC, or null for the shop's
};

constexpr std::array kPredictionColumns = {
    ColumnSpec{"prediction_date", date, dictionary, kRequired, kStatistics},
    ColumnSpec{"product_id", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"category", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"predicted_demand", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"p10", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"p50", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"p90", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"prediction_horizon", text, dictionary, kRequired, kNoStatistics},  // next_day or next_week
    ColumnSpec{"model_name", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"model_version", int64, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"created_at", timestamp, dictionary, kRequired, kNoStatistics},
};

constexpr std::array kCategoryPredictionColumns = {
    ColumnSpec{"prediction_date", date, dictionary, kRequired, kStatistics},
    ColumnSpec{"category", text, dictionary, kNullable, kNoStatistics},  // null: the whole shop
    ColumnSpec{"predicted_demand", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"p10", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"p50", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"p90", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"prediction_horizon", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"model_name", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"model_version", int64, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"created_at", timestamp, dictionary, kRequired, kNoStatistics},
};

constexpr std::array kReorderColumns = {
    ColumnSpec{"product_id", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"category", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"lead_time_days", int32, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"service_level", real, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"lead_time_demand", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"safety_stock", real, plain, kRequired, kNoStatistics},
    ColumnSpec{"reorder_point", int64, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"stock", int64, dictionary, kNullable, kNoStatistics},  // by the catalog
    ColumnSpec{"order_quantity", int64, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"model_name", text, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"model_version", int64, dictionary, kRequired, kNoStatistics},
    ColumnSpec{"created_at", timestamp, dictionary, kRequired, kNoStatistics},
};

}  // namespace

constinit const TableSpec kBronzeEvents{"bronze/events", kBronzeColumns};
constinit const TableSpec kSilverEvents{"silver/cleaned_events", kSilverColumns};
constinit const TableSpec kLateEvents{"silver/late_events", kLateColumns};
constinit const TableSpec kQuarantineEvents{"quarantine/events", kQuarantineColumns};
constinit const TableSpec kWindows5m{"windows/product_5m", kWindowColumns};
constinit const TableSpec kWindows1h{"windows/product_1h", kWindowColumns};
constinit const TableSpec kSaleLines{"history/sale_lines", kSaleLineColumns};
constinit const TableSpec kDemandPredictions{"gold/demand_predictions", kPredictionColumns};
constinit const TableSpec kCategoryPredictions{"gold/category_predictions", kCategoryPredictionColumns};
constinit const TableSpec kReorderSuggestions{"gold/reorder_suggestions", kReorderColumns};

std::span<const TableSpec* const> stream_tables() {
  static constexpr std::array kTables = {&kBronzeEvents,     &kSilverEvents, &kLateEvents,
                                         &kQuarantineEvents, &kWindows5m,    &kWindows1h};
  return kTables;
}

std::string hive_folder(std::string_view column, std::optional<std::string_view> value) {
  if (!value) {
    return format("{}={}", column, kNullFolder);
  }
  if (reads_as_null(*value)) {
    return format("{}=%{:02X}{}", column, static_cast<unsigned>(value->front()), value->substr(1));
  }
  return format("{}={}", column, percent_encode(*value));
}

bool keeps_records(std::string_view table) { return table == kBronzeEvents.name || table == kQuarantineEvents.name; }

std::optional<Day> event_day_of(std::string_view path) {
  constexpr std::string_view kFolder = "/event_date=";
  const std::size_t found = path.find(kFolder);
  return found == std::string_view::npos ? std::nullopt : parse_day(path.substr(found + kFolder.size(), 10));
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain) {
      encoded += c;
    } else {
      encoded += format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return encoded;
}

}  // namespace millrace
