// Where events wait: an ordered, partitioned log that is read from an offset and appended to.
//
// The seam with the outside: one implementation is the embedded log (local_log.h), the other Kafka. A reader belongs
// to one partition and gives batches of records; a batch keeps its own bytes, so it may go to another thread while the
// next one is read. A position is the log's own text (for the embedded log segment, byte and hash of the last record):
// it is stored in the commit record and given back on the next start, where the log checks that it still holds what
// was committed.
// Errors: corrupt where the log is shorter than, or differs from, what was committed; unavailable where it cannot be
// reached. Thread rule: an EventLog may be used from any thread, a reader from one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/event.h"

namespace millrace {

/// simdjson may read this many bytes behind a record's end.
constexpr std::size_t kRecordPaddingBytes = 64;

/// Records of one partition in order, and the bytes they stand in.
struct RecordBatch {
  std::vector<Record> records;
  std::shared_ptr<const void> bytes;  // keeps what the records' views point to
  std::int64_t byte_count = 0;        // of the records, for budgets
  std::optional<Instant> received;    // when they were, where that is long ago; otherwise now

  void clear() {
    records.clear();
    bytes.reset();
    byte_count = 0;
    received.reset();
  }
};

/// How much a read may return at most; whichever is reached first.
struct ReadLimit {
  std::size_t records = 8192;
  std::size_t bytes = 1 << 20;
};

/// Where a reader stops: nowhere, or where the log ended when it was opened.
enum class ReadTo : std::uint8_t { any_later_record, present_end };

/// The place behind the last record that a reader gave.
struct LogPosition {
  Offset offset = 0;    // of the next record
  std::string details;  // the log's own: opaque to everybody else
};

class PartitionReader {
 public:
  virtual ~PartitionReader() = default;
  /// Fills `out` with the next records; none where there is nothing new, or the reader's end is reached. Waits for
  /// nothing but the records that are known to be there, those before a present_end.
  virtual Result<void> read(RecordBatch& out, ReadLimit limit) = 0;
  virtual LogPosition position() const = 0;
  /// Makes the records given so far durable, so that a commit cannot outlive its input. Nothing to do for a broker.
  virtual Result<void> sync() = 0;
  /// The records before `offset` are committed: for those who watch a broker. A hint, which may be lost; never waits.
  virtual void committed(Offset /*offset*/) {}
};

class EventLog {
 public:
  virtual ~EventLog() = default;
  virtual Result<std::vector<Partition>> partitions() = 0;
  /// From a committed position, or from the oldest record that is still there.
  virtual Result<std::unique_ptr<PartitionReader>> open(Partition partition, std::optional<LogPosition> from,
                                                        ReadTo to = ReadTo::any_later_record) = 0;
  /// The offset behind the newest complete record.
  virtual Result<Offset> end_offset(Partition partition) = 0;
};

}  // namespace millrace
