// A shop's past sales: the rows of UCI Online Retail, or of any table of sales by a mapping of its columns.
//
// A row is a sale, or a return where the invoice begins with C or the quantity is negative. A row that cannot be one is
// counted by reason and never given; rows = given + counted. StockCode is trimmed, its case kept; a price stays the
// text it is. Texts that are not UTF-8 are read as Latin-1, field by field, since the file as a whole is never in
// memory. A `.gz` file is unpacked on the way.
// Time is the shop's local time read as if it were UTC, `M/d/yyyy H:mm[:ss]` or ISO 8601 with at least the day; a time
// with a zone of its own is in UTC.
// Errors: of the file and the CSV (input_file.h, csv_reader.h); invalid where a column of the mapping is missing, with
// the nearest one that there is. Source: CONTRACT.md, "Gold". Thread rule: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.h"
#include "base/result.h"
#include "base/time.h"
#include "ingest/text_rows.h"

namespace millrace {

enum class HistoryColumn : std::uint8_t { invoice, product_id, description, quantity, time, price, customer, country };
constexpr std::size_t kHistoryColumnCount = 8;

std::string_view to_string(HistoryColumn column);

/// What the file calls each column, by HistoryColumn; empty: the file has none. The initializer is Online Retail's.
using HistoryColumns = std::array<std::string, kHistoryColumnCount>;
HistoryColumns online_retail_columns();

/// Online Retail's columns, with those of `history.columns` in their place. Fault invalid for an unknown key, and where
/// product_id, quantity, time or price is empty.
Result<HistoryColumns> history_columns_from(const std::map<std::string, std::string>& names);

/// Why a row is no sale and no return, in the order of the checks.
enum class HistoryDefect : std::uint8_t { malformed_row, no_product_id, bad_time, bad_quantity, bad_price };
constexpr std::size_t kHistoryDefectCount = 5;

std::string_view to_string(HistoryDefect defect);

/// One sale or return. The views hold until the next call of next().
struct HistoryRow {
  std::int64_t number;  // of the row among all rows of the file, from 1, the header not counted
  Instant time;
  bool time_has_zone;
  bool is_return;
  std::int64_t quantity;  // above 0
  Money price;
  std::string_view price_text;
  std::string_view product_id;
  std::string_view invoice;  // empty where there is none, as are the next three
  std::string_view description;
  std::string_view customer;
  std::string_view country;
};

struct HistoryCounts {
  std::int64_t rows = 0;  // without the header and empty lines
  std::array<std::int64_t, kHistoryDefectCount> defects{};
  std::array<std::int64_t, kHistoryDefectCount> first_line{};  // in the file, of the first row with the defect
  std::int64_t rejected() const;
};

class HistoryReader {
 public:
  /// Of a CSV file.
  static Result<HistoryReader> open(const std::filesystem::path& path, const HistoryColumns& columns);
  static Result<HistoryReader> open(std::unique_ptr<TextRows> rows, const HistoryColumns& columns);

  /// The next sale or return; nothing at the end of the file.
  Result<std::optional<HistoryRow>> next();
  const HistoryCounts& counts() const { return counts_; }

 private:
  explicit HistoryReader(std::unique_ptr<TextRows> rows) : rows_(std::move(rows)) {}
  Result<void> find_columns(const HistoryColumns& columns);
  std::string_view field(const TextRow& row, HistoryColumn column) const;
  std::string_view text(const TextRow& row, HistoryColumn column);
  std::optional<HistoryDefect> read_row(const TextRow& row, HistoryRow& out);

  std::unique_ptr<TextRows> rows_;
  std::array<std::optional<std::size_t>, kHistoryColumnCount> places_;  // of the columns in a row
  std::size_t header_fields_ = 0;
  std::array<std::string, kHistoryColumnCount> converted_;  // from Latin-1
  HistoryCounts counts_;
};

}  // namespace millrace
