// Replaying a file as events, in the file's order: NDJSON, or sales from a CSV.
//
// NDJSON lines are given byte for byte, whatever they hold; the key is the record's product_id, or the whole line where
// that cannot be read. The last line needs no newline.
// A row of a history CSV (history_reader.h) becomes an order_created or order_returned with the row's price text and
// quantity; order_id is the invoice, user_id the customer, or `guest-<invoice>` where there is none (`guest-row-<row>`
// without an invoice); event_id is `<invoice>-<row>`, counted through the file, since equal rows are real and must not
// be taken for duplicates. The description and the country go along as fields of those names.
// A file whose name (without .gz) ends in .csv, .ndjson, .jsonl or .json is what it says; of any other, the first byte
// decides: `{` begins NDJSON.
// Errors: of the file; corrupt for a line longer than kReplayLineBytesMax. Thread rule: one thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "ingest/history_reader.h"
#include "ingest/record_source.h"

namespace millrace {

constexpr std::size_t kReplayLineBytesMax = std::size_t{16} << 20;

class Replay : public RecordSource {
 public:
  /// What happened to the rows of a CSV so far; nothing for NDJSON, where every line is given.
  virtual const HistoryCounts* history_counts() const = 0;
};

Result<std::unique_ptr<Replay>> open_replay(const std::filesystem::path& path, const HistoryColumns& columns);

}  // namespace millrace
