// Appends to one partition of the embedded log, beside other producers. CONTRACT.md, "The embedded log".
//
// add() collects, flush() writes: under the partition's lock it looks what others appended meanwhile (so it knows the
// next offset), closes a line that a crashed producer left unfinished, begins a new segment where this one is full, and
// writes everything collected with one write(). Then it removes what retention no longer wants; a failure of that alone
// does not fail the flush (it is a warning in the log file, repeated a minute later).
//
// Where a write fails in the middle (a full disk), complete records that were written stay, because a reader may have
// them already; the piece of a record behind them is cut off; and a new segment is begun where possible, so that bytes
// which a reader may just be looking at are never replaced by others. The rest stays collected: flush() again.
// A segment is on disk before the next one exists, so a power failure leaves no gap between them.
// Errors: unavailable (disk, permissions), corrupt where segments vanished or shrank under us, conflict from
// flush_at(). A failed fsync is never retried: from then on sync(), and what would need it, fails. Thread rule: one
// thread at a time, and not across fork(), since the lock belongs to the open file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/time.h"
#include "ingest/retention.h"
#include "ingest/segment_lines.h"

namespace millrace {

struct PartitionWriterOptions {
  /// A new segment begins before the one in use would grow beyond this; one flush is never split.
  std::int64_t segment_bytes = std::int64_t{1} << 30;
  Retention retention;
};

class PartitionWriter {
 public:
  /// Creates the folder where it is not there. `clock` tells the age of segments, and outlives the writer.
  static Result<PartitionWriter> open(fs::path folder, PartitionWriterOptions options, const Clock& clock);

  /// Precondition: no newline in it.
  void add(std::string_view record);
  std::int64_t pending_records() const { return pending_records_; }
  std::size_t pending_bytes() const { return pending_.size(); }

  Result<void> flush() { return flush_from(std::nullopt); }
  /// As flush(), but nothing is written and the fault is conflict where the first record would not get this offset.
  /// An empty partition begins at it.
  Result<void> flush_at(Offset first) { return flush_from(first); }
  /// What flush() wrote is on disk when it returns.
  Result<void> sync();

 private:
  PartitionWriter(fs::path folder, PartitionWriterOptions options, const Clock& clock, File lock);

  Offset next_offset() const { return segment_first_ + counted_.lines; }
  Result<void> flush_from(std::optional<Offset> first);
  Result<void> flush_locked(std::optional<Offset> first);
  Result<void> catch_up(std::optional<Offset> first);
  Result<void> close_torn_line();
  Result<void> begin_segment(Offset first);
  Result<void> open_segment(const LogSegment& segment);
  Result<void> write_pending();
  Result<void> keep_complete_records(std::int64_t size_before);
  void forget_pending(std::size_t bytes, std::int64_t records);
  void remove_expired();
  Result<void> sync_segment();

  fs::path folder_;
  PartitionWriterOptions options_;
  const Clock* clock_;
  File lock_;

  std::string pending_;  // complete lines
  std::int64_t pending_records_ = 0;

  // The newest segment as last seen under the lock; closed until the first flush.
  File segment_;
  Offset segment_first_ = 0;
  LineCount counted_;

  bool segment_unsynced_ = false;
  bool folder_unsynced_ = false;
  std::optional<Error> sync_failure_;
  std::optional<Duration> retention_checked_;  // by the clock's uptime
};

}  // namespace millrace
