#include "ingest/history_reader.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <vector>

#include "base/format.h"
#include "base/nearest.h"
#include "ingest/csv_reader.h"
#include "ingest/text_encoding.h"

namespace millrace {
namespace {

struct ColumnRule {
  std::string_view name;
  std::string_view online_retail;
  bool required;         // a file without it holds no sales
  bool may_be_left_out;  // no error where the file has no column of Online Retail's name
};

constexpr std::array<ColumnRule, kHistoryColumnCount> kColumns = {{
    {"invoice", "InvoiceNo", false, false},
    {"product_id", "StockCode", true, false},
    {"description", "Description", false, true},
    {"quantity", "Quantity", true, false},
    {"time", "InvoiceDate", true, false},
    {"price", "UnitPrice", true, false},
    {"customer", "CustomerID", false, false},
    {"country", "Country", false, true},
}};

constexpr std::array<std::string_view, kHistoryDefectCount> kDefects = {"malformed_row", "no_product_id", "bad_time",
                                                                        "bad_quantity", "bad_price"};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Takes a number of `digits_min` to `digits_max` digits off the front; nothing where there is none.
std::optional<int> take_number(std::string_view& text, std::size_t digits_min, std::size_t digits_max) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + std::min(text.size(), digits_max), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits < digits_min || text[0] == '-') {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return number;
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c)) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// `12/1/2010 8:26`, with seconds if it has them.
std::optional<Instant> parse_us_time(std::string_view text) {
  const auto number = [&text](std::size_t digits_min, std::size_t digits_max) {
    return take_number(text, digits_min, digits_max).value_or(-1);
  };
  const int month = number(1, 2);
  const bool first_slash = take_char(text, '/');
  const int day = number(1, 2);
  const bool second_slash = take_char(text, '/');
  const int year = number(4, 4);
  const bool space = take_char(text, ' ');
  const int hour = number(1, 2);
  const bool colon = take_char(text, ':');
  const int minute = number(2, 2);
  const int second = take_char(text, ':') ? number(2, 2) : 0;
  if (!first_slash || !second_slash || !space || !colon || !text.empty() || year < 1970 ||
      !is_valid({year, month, day}) || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return std::nullopt;
  }
  return start_of(day_from_civil({year, month, day})) + seconds((hour * 60 + minute) * 60 + second);
}

struct LocalTime {
  Instant time;
  bool has_zone;
};

/// `2010-12-01`, `2010-12-01 08:26`, or an event_time of the contract.
std::optional<LocalTime> parse_iso_time(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00T00:00:00";
  constexpr std::size_t kDayBytes = 10;
  constexpr std::size_t kMinuteBytes = 16;
  std::string whole;
  if (text.size() == kDayBytes || text.size() == kMinuteBytes) {
    whole.append(text).append(kPattern, text.size());
    text = whole;
  }
  const auto time = parse_event_time(text);
  if (!time) {
    return std::nullopt;
  }
  return LocalTime{*time, text.find_first_of("Z+-", kPattern.size()) != std::string_view::npos};
}

std::optional<LocalTime> parse_time(std::string_view text) {
  if (text.size() > 4 && text[4] == '-') {
    return parse_iso_time(text);
  }
  const auto time = parse_us_time(text);
  return time ? std::optional(LocalTime{*time, false}) : std::nullopt;
}

}  // namespace

std::string_view to_string(HistoryColumn column) { return kColumns[static_cast<std::size_t>(column)].name; }
std::string_view to_string(HistoryDefect defect) { return kDefects[static_cast<std::size_t>(defect)]; }

std::int64_t HistoryCounts::rejected() const {
  return std::accumulate(defects.begin(), defects.end(), std::int64_t{0});
}

HistoryColumns online_retail_columns() {
  HistoryColumns columns;
  std::ranges::transform(kColumns, columns.begin(),
                         [](const ColumnRule& rule) { return std::string(rule.online_retail); });
  return columns;
}

Result<HistoryColumns> history_columns_from(const std::map<std::string, std::string>& names) {
  HistoryColumns columns = online_retail_columns();
  for (const auto& [name, in_file] : names) {
    const auto rule = std::ranges::find(kColumns, name, &ColumnRule::name);
    if (rule == kColumns.end()) {
      std::vector<std::string> known;
      std::ranges::transform(kColumns, std::back_inserter(known),
                             [](const ColumnRule& r) { return std::string(r.name); });
      const auto nearest = nearest_name(name, known);
      return fail(Fault::invalid, format("unknown key in history.columns{}: {}",
                                         nearest ? format(", did you mean {}", *nearest) : "", name));
    }
    if (rule->required && trim(in_file).empty()) {
      return fail(Fault::invalid,
                  format("a history needs this column, so its name cannot be empty: history.columns.{}", name));
    }
    columns[static_cast<std::size_t>(rule - kColumns.begin())] = trim(in_file);
  }
  return columns;
}

Result<HistoryReader> HistoryReader::open(const std::filesystem::path& path, const HistoryColumns& columns) {
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::open(path));
  return open(std::make_unique<CsvReader>(std::move(csv)), columns);
}

Result<HistoryReader> HistoryReader::open(std::unique_ptr<TextRows> rows, const HistoryColumns& columns) {
  HistoryReader history(std::move(rows));
  TRY(history.find_columns(columns));
  return history;
}

Result<void> HistoryReader::find_columns(const HistoryColumns& columns) {
  ASSIGN_OR_RETURN(const auto row, rows_->next());
  if (!row) {
    return fail(Fault::invalid, format("a history begins with a row of column names, and this file is empty: {}",
                                       rows_->path().string()));
  }
  std::vector<std::string> header;
  for (const std::string_view name : row->fields) {
    std::string converted;
    header.emplace_back(trim(as_utf8(name, converted)));
  }
  header_fields_ = header.size();
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const std::string& wanted = columns[i];
    const auto count = std::ranges::count(header, wanted);
    if (wanted.empty() || (count == 0 && kColumns[i].may_be_left_out && wanted == kColumns[i].online_retail)) {
      continue;
    }
    if (count != 1) {
      const auto nearest = nearest_name(wanted, header);
      return fail(Fault::invalid,
                  format("{} column of this name in the history, set history.columns.{} to the right one{}: \"{}\" "
                         "in {}:{}",
                         count == 0 ? "no" : "more than one", kColumns[i].name,
                         count == 0 && nearest ? format(" (did you mean \"{}\"?)", *nearest) : "", wanted,
                         rows_->path().string(), row->line));
    }
    places_[i] = static_cast<std::size_t>(std::ranges::find(header, wanted) - header.begin());
  }
  return {};
}

Result<std::optional<HistoryRow>> HistoryReader::next() {
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, rows_->next());
    if (!row) {
      return std::nullopt;
    }
    HistoryRow out{};
    out.number = ++counts_.rows;
    const auto defect = read_row(*row, out);
    if (!defect) {
      return out;
    }
    const auto place = static_cast<std::size_t>(*defect);
    if (counts_.defects[place]++ == 0) {
      counts_.first_line[place] = row->line;
    }
  }
}

/// The trimmed field; empty where the row or the file has none.
std::string_view HistoryReader::field(const TextRow& row, HistoryColumn column) const {
  const auto place = places_[static_cast<std::size_t>(column)];
  return place && *place < row.fields.size() ? trim(row.fields[*place]) : "";
}

/// The same in UTF-8.
std::string_view HistoryReader::text(const TextRow& row, HistoryColumn column) {
  return as_utf8(field(row, column), converted_[static_cast<std::size_t>(column)]);
}

std::optional<HistoryDefect> HistoryReader::read_row(const TextRow& row, HistoryRow& out) {
  const auto is_empty = [](std::string_view text) { return text.empty(); };
  if (!row.well_formed ||
      (row.fields.size() > header_fields_ && !std::ranges::all_of(row.fields.subspan(header_fields_), is_empty))) {
    return HistoryDefect::malformed_row;
  }
  out.product_id = text(row, HistoryColumn::product_id);
  if (out.product_id.empty()) {
    return HistoryDefect::no_product_id;
  }
  const auto time = parse_time(field(row, HistoryColumn::time));
  if (!time) {
    return HistoryDefect::bad_time;
  }
  out.time = time->time;
  out.time_has_zone = time->has_zone;
  const auto quantity = parse_decimal(field(row, HistoryColumn::quantity), 0);
  if (!quantity || !quantity->exact || quantity->too_large || quantity->value == 0) {
    return HistoryDefect::bad_quantity;
  }
  out.quantity = quantity->value;
  out.price_text = field(row, HistoryColumn::price);
  const auto price = parse_decimal(out.price_text, kMoneyScale);
  constexpr std::int64_t kPriceTicksMax = 10'000'000'000 * kMoneyUnit;
  if (!price || price->negative || price->too_large || price->value >= kPriceTicksMax) {
    return HistoryDefect::bad_price;
  }
  out.price = {price->value};
  out.invoice = text(row, HistoryColumn::invoice);
  out.is_return = out.invoice.starts_with('C') || quantity->negative;
  out.description = text(row, HistoryColumn::description);
  out.customer = text(row, HistoryColumn::customer);
  out.country = text(row, HistoryColumn::country);
  return std::nullopt;
}

}  // namespace millrace
