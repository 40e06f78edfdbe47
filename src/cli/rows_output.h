// The rows of a query on standard output: as a table for people, as CSV, or as JSON.
//
// A table is aligned by its first thousand rows, numbers to the right, `-` for null; control characters are escaped.
// CSV is RFC 4180 with a header, empty for null. JSON is an array with one object a line, numbers with all digits.
// Rows are written as they come: memory does not grow with their number.
// Errors: of the engine and of standard output. Thread rule: as output.h.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"
#include "warehouse/engine.h"

namespace millrace {

enum class OutputFormat : std::uint8_t { table, csv, json, parquet };

/// The flag --format. --json says the same as `--format json`.
class OutputFormatFlag {
 public:
  void add_to(Flags& flags) { flags.add("--format", text_, "table, csv or json"); }
  /// Where Parquet can be had, too.
  void add_with_parquet_to(Flags& flags) {
    flags.add("--format", text_, "table, csv, json or parquet");
    with_parquet_ = true;
  }
  /// Fault invalid for any other word.
  Result<OutputFormat> chosen(bool json) const;

 private:
  std::string text_ = "table";
  bool with_parquet_ = false;
};

/// A field of CSV at the end of a line: between quotes where it holds what would end it (RFC 4180).
void append_csv_field(std::string& line, std::string_view text);

/// At most `rows_max` rows, 0: all; that there are more is a warning. Precondition: the format is not parquet.
Result<void> print_query(Engine& engine, const std::string& sql, const SqlParameters& parameters, OutputFormat format,
                         std::int64_t rows_max = 0);

}  // namespace millrace
