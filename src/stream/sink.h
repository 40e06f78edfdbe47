// Where a partition's results go: the seam between the stream and the lake (lake/lake.h).
//
// A sink collects outcomes and window rows and makes them visible with commit(), all at once or not at all, together
// with the interval of the log they came from and the partition's state. A commit whose `from` is not the stored end is
// refused (fault conflict): a second writer cannot double anything.
// Thread rule: a Sink may be used from any thread, a PartitionSink from one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/decode.h"
#include "ingest/event_log.h"
#include "stream/key_run.h"
#include "stream/windows.h"

namespace millrace {

enum class WindowTable : std::uint8_t { product_5m, product_1h };

/// What a commit says beside its files.
struct Commit {
  Offset from = 0;                   // the first record's offset
  LogPosition to;                    // behind the last one
  OutcomeCounts counts{};            // of the records in [from, to)
  OutcomeCounts totals{};            // since the partition's beginning
  std::optional<Instant> high_mark;  // as PartitionPipeline::high_mark
  bool full_state = false;           // `state` is everything, not only what this commit added
  std::string state;
  std::vector<std::string> runs = {};  // all that the state speaks of, made since or before
};

class PartitionSink : public RunStore {
 public:
  virtual Result<void> stage(const DecodedBatch& batch) = 0;
  virtual Result<void> stage_windows(WindowTable table, const WindowRows& rows) = 0;
  /// Everything staged since the last commit becomes visible and durable.
  virtual Result<void> commit(const Commit& commit) = 0;
  /// What may be done behind a commit and takes its time; left out where the stream is asked to stop.
  virtual Result<void> tidy() = 0;
  /// Added snapshots since the last full one; the next commit's state should be full when this grows long.
  virtual int commits_since_full_state() const = 0;
};

/// A partition as its last commit left it.
struct OpenedPartition {
  std::unique_ptr<PartitionSink> sink;
  std::optional<LogPosition> committed;  // none: nothing was ever committed
  std::vector<std::string> states;       // a full one, then what later commits added
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<OpenedPartition> open(Partition partition) = 0;
  /// Those that something was committed for: a log that lacks one of them is not the log it was.
  virtual Result<std::vector<Partition>> partitions() = 0;
};

}  // namespace millrace
