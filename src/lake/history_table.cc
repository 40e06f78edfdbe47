#include "lake/history_table.h"

#include <utility>

#include "base/format.h"
#include "base/hash.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr std::int64_t kRowGroupRows = 128 * 1024;
constexpr std::string_view kFileEnd = ".parquet";

std::string staged_path(const std::string& name) { return format("_staging/history/{}", name); }
/// A file's name as ours begin with it: never hidden from readers (`_`, `.`), and short enough for every file system.
std::string stem_of(std::string_view file_name) {
  constexpr std::size_t kStemBytesMax = 200;
  std::string stem = percent_encode(file_name);
  if (stem.starts_with('_') || stem.starts_with('.')) {
    stem.replace(0, 1, stem.front() == '_' ? "%5F" : "%2E");
  }
  if (stem.size() > kStemBytesMax) {
    const std::string hash = format("-{:016x}", hash64(file_name));
    stem = stem.substr(0, kStemBytesMax - hash.size()) + hash;
  }
  return stem;
}

std::string final_path(const std::string& name) { return format("{}/{}", kSaleLines.name, name); }

}  // namespace

HistoryImport::HistoryImport(ObjectStore& store, std::string stem, std::string path,
                             std::unique_ptr<ParquetWriter> writer)
    : store_(&store), stem_(std::move(stem)), path_(std::move(path)), writer_(std::move(writer)), rows_(kSaleLines) {}

Result<std::optional<HistoryImport>> HistoryImport::start(ObjectStore& store, std::string_view file_name,
                                                          std::uint64_t content) {
  const std::string content_end = format(".{:016x}{}", content, kFileEnd);
  ASSIGN_OR_RETURN(const auto names, store.list(std::string(kSaleLines.name)));
  for (const std::string& name : names) {
    if (name.ends_with(content_end)) {
      return std::nullopt;
    }
  }
  std::string stem = stem_of(file_name);
  std::string name = stem + content_end;
  TRY(store.remove(staged_path(name)));  // of an import that a crash cut short
  ASSIGN_OR_RETURN(auto file, store.create(staged_path(name)));
  ASSIGN_OR_RETURN(auto writer, ParquetWriter::create(std::move(file), kSaleLines));
  return HistoryImport(store, std::move(stem), std::move(name), std::move(writer));
}

Result<void> HistoryImport::add(const SaleLine& line) {
  const auto put_text = [this](std::size_t column, std::string_view text) {
    if (text.empty()) {
      rows_[column].put_null();
    } else {
      rows_[column].put(text);
    }
  };
  rows_[0].put(line.line);
  rows_[1].put(day_of(line.sold_at));
  rows_[2].put(line.sold_at);
  rows_[3].put(std::string_view(line.is_return ? "order_returned" : "order_created"));
  rows_[4].put(line.product_id);
  put_text(5, line.description);
  rows_[6].put(line.quantity);
  rows_[7].put(line.price);
  put_text(8, line.invoice);
  put_text(9, line.user_id);
  put_text(10, line.country);
  put_text(11, line.is_utc ? "UTC" : "");
  rows_.finish_row();
  if (rows_.rows() >= kRowGroupRows) {
    TRY(writer_->write(rows_));
    rows_.clear();
  }
  return {};
}

Result<void> HistoryImport::finish() {
  if (rows_.rows() > 0) {
    TRY(writer_->write(rows_));
  }
  ASSIGN_OR_RETURN([[maybe_unused]] const std::int64_t bytes, writer_->finish());
  TRY(store_->publish(staged_path(path_), final_path(path_)));
  ASSIGN_OR_RETURN(const auto names, store_->list(std::string(kSaleLines.name)));
  const std::string stem = stem_ + ".";
  constexpr std::size_t kContentEndBytes = 16 + kFileEnd.size();
  for (const std::string& name : names) {
    if (name != path_ && name.starts_with(stem) && name.size() == stem.size() + kContentEndBytes) {
      TRY(store_->remove(final_path(name)));
    }
  }
  return {};
}

}  // namespace millrace
