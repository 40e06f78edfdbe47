// CSV, row by row: fields between commas, rows between line ends (LF or CRLF), quotes around what holds either.
//
// Lenient where the world is: a byte order mark is skipped, empty lines are no rows, a quote inside an unquoted field
// is a character, the last row needs no line end. A row with text behind a closing quote is given, marked as not well
// formed: the caller counts it. Memory is bounded by kCsvRowBytesMax.
// Units: lines and rows are counted from 1; a line is one of the file, of which a quoted field may hold several.
// Errors: of the file; corrupt where a quote is never closed or a row is longer than kCsvRowBytesMax; invalid where the
// file is UTF-16. Source: RFC 4180. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/input_file.h"
#include "ingest/text_rows.h"

namespace millrace {

constexpr std::size_t kCsvRowBytesMax = std::size_t{4} << 20;
constexpr std::size_t kCsvFieldsMax = 10'000;  // a row with more is not well formed, and the rest is left out

class CsvReader final : public TextRows {
 public:
  static Result<CsvReader> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const override { return window_.path(); }
  /// Fields without their quotes, as bytes of the file.
  Result<std::optional<TextRow>> next() override;

 private:
  /// A field's place in the row's bytes.
  struct FieldPlace {
    std::size_t begin;
    std::size_t end;
    bool doubled_quotes;  // "" stands in it for "
  };
  enum class Scan : std::uint8_t { row, needs_more, open_quote };

  explicit CsvReader(InputFile file) : window_(std::move(file), kCsvRowBytesMax) {}
  Result<void> check_encoding();
  Scan scan_row(std::string_view text, bool at_end);
  Scan scan_quoted(std::string_view text, bool at_end, std::size_t& place);
  void add_field(FieldPlace place);
  TextRow take_row();

  InputWindow window_;
  std::vector<FieldPlace> places_;  // of the row that is scanned
  std::vector<std::string_view> fields_;
  std::size_t row_bytes_ = 0;  // of the row that was given last or is scanned, with its line end
  std::int64_t row_lines_ = 0;
  std::int64_t line_ = 1;  // where the next row starts
  bool at_end_ = false;    // of the file: the window holds the rest
  bool started_ = false;
  bool well_formed_ = true;
};

}  // namespace millrace
