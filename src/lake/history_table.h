// History's sale lines in the lake: `history/sale_lines/<file name>.<content>.parquet`, one for each imported file.
//
// A file is known by its content: importing it again changes nothing, and a file of the same name with other content
// takes the old one's place. The Parquet file appears when finish() returned, whole.
// Errors: of the store. Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lake/columns.h"
#include "lake/object_store.h"
#include "lake/parquet.h"

namespace millrace {

/// One sale or return of history.
struct SaleLine {
  std::int64_t line;  // in its file
  Instant sold_at;    // the shop's wall clock, read as if it were UTC
  bool is_utc;        // sold_at really is UTC, because the file said so
  bool is_return;
  std::int64_t quantity;  // above 0
  Money price;
  std::string_view product_id;
  std::string_view description;  // empty where there is none, as are the next three
  std::string_view invoice;
  std::string_view user_id;
  std::string_view country;
};

class HistoryImport {
 public:
  /// `file_name` without its folder; `content` is a hash of the file's bytes. Nothing where that content is there
  /// already.
  static Result<std::optional<HistoryImport>> start(ObjectStore& store, std::string_view file_name,
                                                    std::uint64_t content);

  Result<void> add(const SaleLine& line);
  /// Publishes the rows, and removes what an earlier file of this name left.
  Result<void> finish();

 private:
  HistoryImport(ObjectStore& store, std::string stem, std::string path, std::unique_ptr<ParquetWriter> writer);

  ObjectStore* store_;
  std::string stem_;  // of all files that were imported under this name
  std::string path_;
  std::unique_ptr<ParquetWriter> writer_;
  Table rows_;
};

}  // namespace millrace
