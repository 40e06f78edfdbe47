// A commit record: what one commit of a partition did, as one JSON document. The truth about which files belong to a
// table.
//
// A partition's records are numbered from 0 without gaps; number n + 1 can only be created (put-if-absent) by a writer
// that knows record n, and its `from` is record n's `to`. The shape follows the Delta log's (add, remove, one JSON a
// commit). Numbers, not offsets, name the records: commits without new records (windows emitted after a pause,
// compaction) need a name of their own.
// Errors: corrupt for a text that is no record of this format; a newer format_version is refused with words.
// Source: CONTRACT.md, "The lake"; the Delta transaction log protocol for the shape.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/time.h"
#include "event/event.h"
#include "ingest/event_log.h"

namespace millrace {

/// A data file of a commit.
struct DataFile {
  std::string table;  // `silver/cleaned_events`
  std::string path;   // below the lake, `silver/cleaned_events/event_date=…/….parquet`
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  /// How many the file has: columns are only ever added, so files with equally many have the same. 0 of files from
  /// before this was noted, which have those that the tables began with.
  std::int32_t columns = 0;
  /// Of a file that was merged: the sum of its parts' rows_number().
  std::optional<std::uint64_t> merged_number = std::nullopt;

  /// Which rows it holds, as a number: that of the file as it was first written, or the sum of several. Sums over a
  /// table's files stay the same whatever compaction does to them.
  std::uint64_t rows_number() const { return merged_number ? *merged_number : hash64(path); }
};

/// The partition's state beside the record.
struct StateFile {
  std::string path;  // below the lake; empty where the record changes no state: a compaction
  bool full = false;
  std::int64_t bytes = 0;
  std::string checksum;  // XXH3-64, 16 hex digits
  /// Files beside it that it speaks of (stream/key_run.h), and those of them that are new; their paths below the lake.
  std::vector<std::string> runs = {};
  std::vector<std::string> added_runs = {};
};

struct CommitRecord {
  std::string topic;
  Partition partition = 0;
  std::int64_t sequence = 0;
  Offset first = 0;  // where the partition's first commit began
  Offset from = 0;
  LogPosition to;
  Instant committed_at;
  std::string writer;   // who wrote it
  std::string staging;  // the folder below the lake where its files were staged; the file's name ends its staged name
  std::vector<DataFile> added;
  std::vector<std::string> removed;  // paths
  /// Of a checkpoint, whose state is full: all files that are present behind it, so that readers can begin here.
  std::optional<std::vector<DataFile>> present;
  OutcomeCounts counts{};  // of [from, to)
  OutcomeCounts totals{};  // since the partition's beginning
  std::optional<Instant> high_mark;
  StateFile state;
};

/// It only moves rows between files.
inline bool is_compaction(const CommitRecord& record) { return record.state.path.empty(); }

std::string to_text(const CommitRecord& record);
/// `what` names the text in messages.
Result<CommitRecord> commit_record_from(std::string_view text, std::string_view what);

}  // namespace millrace
