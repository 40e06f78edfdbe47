// A file's rows as texts, the first of them its column names: what a table looks like before anybody knows its columns.
// csv_reader.h reads them from a CSV; cli/parquet_rows.h from Parquet. Errors and thread rule: the reader's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace millrace {

/// The views hold until the next call of next().
struct TextRow {
  std::span<const std::string_view> fields;
  std::int64_t line;  // in the file, where the row starts; counted from 1
  bool well_formed;
};

class TextRows {
 public:
  virtual ~TextRows() = default;
  virtual const std::filesystem::path& path() const = 0;
  /// Nothing at the end of the file.
  virtual Result<std::optional<TextRow>> next() = 0;
};

}  // namespace millrace
