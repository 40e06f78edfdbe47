#include "ingest/csv_reader.h"

#include <algorithm>

#include "base/format.h"

namespace millrace {
namespace {

constexpr bool ends_field(char c) { return c == ',' || c == '\n'; }

/// Removes the second of each two quotes, in place.
std::string_view undouble_quotes(std::span<char> field) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < field.size(); ++i, ++kept) {
    field[kept] = field[i];
    i += field[i] == '"' ? 1 : 0;
  }
  return {field.data(), kept};
}

}  // namespace

Result<CsvReader> CsvReader::open(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(InputFile file, InputFile::open(path));
  return CsvReader(std::move(file));
}

Result<void> CsvReader::check_encoding() {
  ASSIGN_OR_RETURN(const bool any, window_.more());
  at_end_ = !any;
  started_ = true;
  const std::string_view text = window_.text();
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return fail(Fault::invalid, format("CSV files in UTF-16 cannot be read, convert it to UTF-8: {}", path().string()));
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) {
    window_.consume(kByteOrderMark.size());
  }
  return {};
}

Result<std::optional<TextRow>> CsvReader::next() {
  if (!started_) {
    TRY(check_encoding());
  }
  for (;;) {
    window_.consume(row_bytes_);
    line_ += row_lines_;
    row_bytes_ = 0;
    row_lines_ = 0;
    for (Scan scan; (scan = scan_row(window_.text(), at_end_)) != Scan::row;) {
      if (scan == Scan::open_quote) {
        return fail(Fault::corrupt,
                    format("quote in a CSV file is never closed, in the row at: {}:{}", path().string(), line_));
      }
      if (window_.full()) {
        return fail(Fault::corrupt, format("row of a CSV file is longer than {} MiB, perhaps a quote that is never "
                                           "closed: {}:{}",
                                           kCsvRowBytesMax >> 20, path().string(), line_));
      }
      ASSIGN_OR_RETURN(const bool any, window_.more());
      at_end_ = !any;
    }
    if (row_bytes_ == 0) {
      return std::nullopt;
    }
    if (places_.size() > 1 || places_[0].end > places_[0].begin || window_.text()[0] == '"') {
      return take_row();
    }
  }
}

/// Finds the row's fields. Its bytes stay as they are, since it may be scanned again when more of it is there.
CsvReader::Scan CsvReader::scan_row(std::string_view text, bool at_end) {
  places_.clear();
  well_formed_ = true;
  row_lines_ = 0;
  row_bytes_ = 0;
  if (text.empty()) {
    return at_end ? Scan::row : Scan::needs_more;
  }
  std::size_t place = 0;
  for (;;) {
    if (place < text.size() && text[place] == '"') {
      if (const Scan scan = scan_quoted(text, at_end, place); scan != Scan::row) {
        return scan;
      }
    } else {
      const std::size_t begin = place;
      while (place < text.size() && !ends_field(text[place])) {
        ++place;
      }
      if (place == text.size() && !at_end) {
        return Scan::needs_more;
      }
      const bool carriage_return =
          (place == text.size() || text[place] == '\n') && place > begin && text[place - 1] == '\r';
      add_field({.begin = begin, .end = place - (carriage_return ? 1 : 0), .doubled_quotes = false});
    }
    if (place == text.size() || text[place] == '\n') {
      break;
    }
    ++place;  // the comma
  }
  row_lines_ += 1;
  row_bytes_ = std::min(place + 1, text.size());
  return Scan::row;
}

/// The field whose opening quote is at `place`; leaves `place` at the comma or line end behind it.
CsvReader::Scan CsvReader::scan_quoted(std::string_view text, bool at_end, std::size_t& place) {
  const std::size_t begin = ++place;
  bool doubled_quotes = false;
  std::size_t end = 0;
  for (;;) {
    end = text.find('"', place);
    if (end == std::string_view::npos || (end + 1 == text.size() && !at_end)) {
      return at_end ? Scan::open_quote : Scan::needs_more;
    }
    place = end + 1;
    if (place == text.size() || text[place] != '"') {
      break;
    }
    doubled_quotes = true;
    ++place;
  }
  row_lines_ += std::ranges::count(text.substr(begin, end - begin), '\n');
  add_field({.begin = begin, .end = end, .doubled_quotes = doubled_quotes});
  const std::size_t behind = place;
  while (place < text.size() && !ends_field(text[place])) {
    ++place;
  }
  if (place == text.size() && !at_end) {
    return Scan::needs_more;
  }
  const std::string_view rest = text.substr(behind, place - behind);
  well_formed_ = well_formed_ && (rest.empty() || (rest == "\r" && (place == text.size() || text[place] == '\n')));
  return Scan::row;
}

void CsvReader::add_field(FieldPlace place) {
  if (places_.size() < kCsvFieldsMax) {
    places_.push_back(place);
  } else {
    well_formed_ = false;
  }
}

TextRow CsvReader::take_row() {
  fields_.clear();
  for (const FieldPlace& place : places_) {
    const std::span<char> field = window_.bytes().subspan(place.begin, place.end - place.begin);
    fields_.push_back(place.doubled_quotes ? undouble_quotes(field) : std::string_view(field.data(), field.size()));
  }
  return {.fields = fields_, .line = line_, .well_formed = well_formed_};
}

}  // namespace millrace
