// The lake's tables: names, columns, types, folders. CONTRACT.md, "The lake".
//
// Columns are only ever added, nullable, and never retyped or renamed. The rows are written by event_rows.h in the
// order of the columns here. Thread rule: constants.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "lake/columns.h"

namespace millrace {

/// Stands in every commit record and Parquet footer.
constexpr int kFormatVersion = 1;

extern const TableSpec kBronzeEvents;      // folders: event_date
extern const TableSpec kSilverEvents;      // folders: event_date, category
extern const TableSpec kLateEvents;        // folders: event_date
extern const TableSpec kQuarantineEvents;  // folders: ingest_date, reason
extern const TableSpec kWindows5m;         // folders: event_date
extern const TableSpec kWindows1h;         // folders: event_date

/// History's sale lines, as imported from the shop's files; no folders. Not written by the stream.
extern const TableSpec kSaleLines;

/// Forecasts, written by `predict` (predictions_table.h); folders: as_of_date.
extern const TableSpec kDemandPredictions;
extern const TableSpec kCategoryPredictions;
extern const TableSpec kReorderSuggestions;

/// All tables that the stream writes.
std::span<const TableSpec* const> stream_tables();

/// One Hive folder, `category=Home%20%26%20Garden`; no value is the null partition.
std::string hive_folder(std::string_view column, std::optional<std::string_view> value);

/// The table keeps the log's records themselves, from which the stream's other tables can be made again.
bool keeps_records(std::string_view table);

/// The day of the folder `event_date=…` in a path; none where there is none or it is null.
std::optional<Day> event_day_of(std::string_view path);

/// All bytes but `A–Z a–z 0–9 - _ .` as %XX.
std::string percent_encode(std::string_view text);

}  // namespace millrace
