// For tests of the lake only: what stands in a Parquet file, as plain texts, read by Arrow's own reader.
//
// parquet_testing.cc is the only test file that knows Arrow. A file that cannot be read is a test failure and gives an
// empty content. Thread rule: values and free functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace millrace::lake_testing {

/// Null, or the value's text: numbers in decimal, times in microseconds, dates in days, texts and binaries as their
/// bytes.
using Value = std::optional<std::string>;
using Row = std::vector<Value>;

struct ParquetColumn {
  std::string name;
  std::string type;  // in Arrow's words: `timestamp[us, tz=UTC]`, `decimal128(18, 4)`
  bool nullable = false;
  bool operator==(const ParquetColumn&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const ParquetColumn& column) {
    return out << column.name << ' ' << column.type << (column.nullable ? " null" : " not null");
  }
};

struct ParquetContent {
  std::vector<ParquetColumn> columns;
  std::vector<Row> rows;
  std::vector<std::int64_t> row_group_rows;
  std::map<std::string, std::string> metadata;  // keys and values of the footer
  // Of the column chunks, over all row groups:
  std::set<std::string> compressions;
  std::map<std::string, std::set<std::string>> encodings;  // by column
  std::set<std::string> columns_with_statistics;

  /// The values of one column, from the first row to the last.
  std::vector<Value> values(std::string_view column) const;
};

ParquetContent read_parquet(const fs::path& path);
/// Of a file in memory.
ParquetContent parse_parquet(const std::string& bytes);

}  // namespace millrace::lake_testing
