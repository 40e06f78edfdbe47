#include "cli/history_import.h"

#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "base/hash.h"
#include "cli/parquet_rows.h"
#include "lake/history_table.h"

namespace millrace {
namespace {

/// The same bytes read with the same columns are the same history.
Result<std::uint64_t> content_of(const fs::path& path, const HistoryColumns& columns) {
  ASSIGN_OR_RETURN(const File file, File::open_to_read(path));
  std::uint64_t hash = 0;
  for (const std::string& column : columns) {
    hash = hash64(column, hash);
  }
  std::vector<char> chunk(1 << 20);
  for (std::int64_t position = 0;;) {
    ASSIGN_OR_RETURN(const std::size_t bytes, file.read_at(position, chunk));
    if (bytes == 0) {
      return hash;
    }
    hash = hash64({chunk.data(), bytes}, hash);
    position += static_cast<std::int64_t>(bytes);
  }
}

Result<HistoryReader> open_history(const fs::path& path, const HistoryColumns& columns) {
  ASSIGN_OR_RETURN(const bool parquet, is_parquet(path));
  if (!parquet) {
    return HistoryReader::open(path, columns);
  }
  ASSIGN_OR_RETURN(auto rows, open_parquet_rows(path));
  return HistoryReader::open(std::move(rows), columns);
}

}  // namespace

Result<ImportedFile> import_history(const std::filesystem::path& path, const HistoryColumns& columns,
                                    ObjectStore& store, const std::stop_token& stop) {
  constexpr std::int64_t kRowsBetweenLooks = 4'096;
  ImportedFile file{.path = path.string(), .known = false, .counts = {}};
  ASSIGN_OR_RETURN(const std::uint64_t content, content_of(path, columns));
  ASSIGN_OR_RETURN(HistoryReader history, open_history(path, columns));
  ASSIGN_OR_RETURN(auto import, HistoryImport::start(store, path.filename().string(), content));
  if (!import) {
    file.known = true;
    return file;
  }
  while (true) {
    ASSIGN_OR_RETURN(const auto row, history.next());
    if (!row) {
      break;
    }
    if (row->number % kRowsBetweenLooks == 0 && stop.stop_requested()) {
      return fail(Fault::stopped, format("stopped while importing: {}", path.string()));
    }
    TRY(import->add({.line = row->number,
                     .sold_at = row->time,
                     .is_utc = row->time_has_zone,
                     .is_return = row->is_return,
                     .quantity = row->quantity,
                     .price = row->price,
                     .product_id = row->product_id,
                     .description = row->description,
                     .invoice = row->invoice,
                     .user_id = row->customer,
                     .country = row->country}));
  }
  file.counts = history.counts();
  if (file.is_rejected()) {
    return file;
  }
  TRY(import->finish());
  return file;
}

Json to_json(const ImportedFile& file) {
  Json rejected = Json::object();
  for (std::size_t i = 0; i < kHistoryDefectCount; ++i) {
    if (file.counts.defects[i] > 0) {
      rejected[to_string(static_cast<HistoryDefect>(i))] = {{"rows", file.counts.defects[i]},
                                                            {"first_line", file.counts.first_line[i]}};
    }
  }
  return {{"file", file.path},
          {"known", file.known},
          {"rows", file.counts.rows},
          {"rejected", file.counts.rejected()},
          {"rejected_by_reason", std::move(rejected)}};
}

std::string to_text(const ImportedFile& file) {
  if (file.known) {
    return format("{}: known already, nothing to import\n", file.path);
  }
  std::string text = format("{}: {} rows, {} rejected\n", file.path, file.counts.rows, file.counts.rejected());
  for (std::size_t i = 0; i < kHistoryDefectCount; ++i) {
    if (file.counts.defects[i] > 0) {
      text += format("  {:<14} {:>12}, the first in line {}\n", to_string(static_cast<HistoryDefect>(i)),
                     file.counts.defects[i], file.counts.first_line[i]);
    }
  }
  return text;
}

}  // namespace millrace
