#include "cli/rows_output.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"
#include "cli/output.h"

namespace millrace {
namespace {

constexpr std::size_t kMeasuredRows = 1'000;

/// A text as one line: control characters are shown by their codes.
std::string shown(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < ' ' || code == 0x7F) {
      line += format("\\x{:02x}", static_cast<unsigned>(code));
    } else {
      line += c;
    }
  }
  return line;
}

/// Characters, not bytes: those of UTF-8 that do not continue another.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_number(SqlType type) { return type == SqlType::integer || type == SqlType::decimal || type == SqlType::real; }

using TextRow = std::vector<std::string>;

/// The first rows of a query's.
class FirstRows final : public Rows {
 public:
  FirstRows(std::unique_ptr<Rows> rows, std::int64_t rows_max) : rows_(std::move(rows)), rows_max_(rows_max) {}

  const std::vector<SqlColumn>& columns() const override { return rows_->columns(); }
  Result<bool> next() override {
    ASSIGN_OR_RETURN(const bool more, rows_->next());
    left_some_out_ = more && rows_max_ > 0 && given_ == rows_max_;
    ++given_;
    return more && !left_some_out_;
  }
  bool left_some_out() const { return left_some_out_; }

  bool is_null(std::size_t column) const override { return rows_->is_null(column); }
  std::string_view text(std::size_t column) const override { return rows_->text(column); }
  std::int64_t integer(std::size_t column) const override { return rows_->integer(column); }
  double real(std::size_t column) const override { return rows_->real(column); }
  Day day(std::size_t column) const override { return rows_->day(column); }
  Instant instant(std::size_t column) const override { return rows_->instant(column); }

 private:
  const std::unique_ptr<Rows> rows_;
  const std::int64_t rows_max_;
  std::int64_t given_ = 0;
  bool left_some_out_ = false;
};

TextRow shown_row(const Rows& rows) {
  TextRow row;
  for (std::size_t i = 0; i < rows.columns().size(); ++i) {
    row.push_back(rows.is_null(i) ? "-" : shown(rows.text(i)));
  }
  return row;
}

class TablePrinter {
 public:
  explicit TablePrinter(const std::vector<SqlColumn>& columns) : columns_(columns) {
    for (const SqlColumn& column : columns) {
      header_.push_back(shown(column.name));
      widths_.push_back(width_of(header_.back()));
    }
  }

  void measure(const TextRow& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], width_of(row[i]));
    }
  }

  Result<void> print_header() const { return print_row(header_); }

  Result<void> print_row(const TextRow& row) const {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t width = width_of(row[i]);
      const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
      const bool right = is_number(columns_[i].type);
      line += (i > 0 ? "  " : "") + (right ? padding : "") + row[i] + (right || i + 1 == row.size() ? "" : padding);
    }
    return print(line + '\n');
  }

 private:
  const std::vector<SqlColumn>& columns_;
  TextRow header_;
  std::vector<std::size_t> widths_;
};

Result<void> print_table(Rows& rows) {
  TablePrinter table(rows.columns());
  std::vector<TextRow> first;
  bool more = true;
  while (more && first.size() < kMeasuredRows) {
    ASSIGN_OR_RETURN(more, rows.next());
    if (more) {
      first.push_back(shown_row(rows));
      table.measure(first.back());
    }
  }
  TRY(table.print_header());
  for (const TextRow& row : first) {
    TRY(table.print_row(row));
  }
  while (more) {
    ASSIGN_OR_RETURN(more, rows.next());
    if (more) {
      TRY(table.print_row(shown_row(rows)));
    }
  }
  return {};
}

Result<void> print_csv(Rows& rows) {
  std::string line;
  for (const SqlColumn& column : rows.columns()) {
    line += line.empty() ? "" : ",";
    append_csv_field(line, column.name);
  }
  TRY(print(line + "\r\n"));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) {
      return {};
    }
    line.clear();
    for (std::size_t i = 0; i < rows.columns().size(); ++i) {
      line += i > 0 ? "," : "";
      append_csv_field(line, rows.is_null(i) ? std::string_view() : rows.text(i));
    }
    TRY(print(line + "\r\n"));
  }
}

Result<void> print_json(Rows& rows) {
  std::string_view before = "[";
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) {
      return print(before == "[" ? "[]\n" : "\n]\n");
    }
    TRY(print(format("{}\n{}", before, rows.text(0))));
    before = ",";
  }
}

}  // namespace

void append_csv_field(std::string& line, std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    line += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  line += '"';
}

Result<OutputFormat> OutputFormatFlag::chosen(bool json) const {
  if (json || text_ == "json") {
    return OutputFormat::json;
  }
  if (text_ == "parquet" && with_parquet_) {
    return OutputFormat::parquet;
  }
  if (text_ != "table" && text_ != "csv") {
    return fail(Fault::invalid, format("--format: expected table, csv{} json, found: {}",
                                       with_parquet_ ? ", parquet or" : " or", text_));
  }
  return text_ == "csv" ? OutputFormat::csv : OutputFormat::table;
}

Result<void> print_query(Engine& engine, const std::string& sql, const SqlParameters& parameters, OutputFormat format,
                         std::int64_t rows_max) {
  CHECK(format != OutputFormat::parquet);
  const bool is_json = format == OutputFormat::json;
  ASSIGN_OR_RETURN(auto all, is_json ? engine.query_json(sql, parameters) : engine.query_text(sql, parameters));
  FirstRows rows(std::move(all), rows_max);
  TRY(is_json ? print_json(rows) : format == OutputFormat::csv ? print_csv(rows) : print_table(rows));
  if (rows.left_some_out()) {
    log_warning("there are more rows than are printed (--limit 0 prints all)", {{"printed", rows_max}});
  }
  return {};
}

}  // namespace millrace
