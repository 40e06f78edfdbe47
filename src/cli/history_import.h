// A file of a shop's past sales on its way into the lake, and what is said of it: CSV, plain or .gz, or Parquet.
//
// Errors: of the reader (history_reader.h) and the table (history_table.h); stopped where that was asked for.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "ingest/history_reader.h"
#include "lake/object_store.h"

namespace millrace {

/// A history file, as this run found it.
struct ImportedFile {
  std::string path;
  bool known = false;  // its content was imported before
  HistoryCounts counts;

  /// It has rows, and none of them is a sale: nothing of it was taken over.
  bool is_rejected() const { return counts.rows > 0 && counts.rejected() == counts.rows; }
};

Result<ImportedFile> import_history(const std::filesystem::path& path, const HistoryColumns& columns,
                                    ObjectStore& store, const std::stop_token& stop);

Json to_json(const ImportedFile& file);
std::string to_text(const ImportedFile& file);

}  // namespace millrace
