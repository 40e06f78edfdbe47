// One partition's work: poll → decode → step → stage → commit, a batch at a time.
//
// The body of the stream's loop without threads: whoever calls run_once() again and again (runner.h, or a simulation)
// drives the partition. It commits after `checkpoint_interval` or `commit_records`, whichever comes first.
// At every commit the conservation law is checked: the outcomes counted are exactly the records read.
// Errors: the first one ends the task; what was not committed is read again on the next start.
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "base/time.h"
#include "event/decode.h"
#include "ingest/event_log.h"
#include "stream/batch_source.h"
#include "stream/live_view.h"
#include "stream/partition_pipeline.h"
#include "stream/sink.h"

namespace millrace {

/// More records came late than a right clock explains.
struct LateShare {
  Partition partition;
  std::int64_t late;
  std::int64_t records;  // in the same five minutes
};

struct StreamOptions {
  Rules rules;
  PipelineOptions pipeline;
  ReadLimit batch;
  Duration checkpoint_interval = seconds(60);
  std::int64_t commit_records = 2'000'000;
  std::size_t dedup_bytes = std::numeric_limits<std::size_t>::max();  // more of a partition's keys go to disk
  Duration idle_flush = minutes(15);  // without a new record for so long, open windows are emitted
  /// Told once for each time that a partition's share of late records exceeds 1 %, on its thread; may be empty.
  std::function<void(const LateShare&)> on_late_share = {};
  LiveView* live = nullptr;  // told what the partitions look like; may be null
  bool read_ahead = false;   // decode beside the partition's own thread, where there are cores to spare
  bool once = false;         // stop at the end of what the log holds at the start, and emit open windows
};

/// What happened to a partition since the task started.
struct PartitionProgress {
  OutcomeCounts counts{};
  std::int64_t commits = 0;
  std::int64_t window_rows = 0;
};

class PartitionTask {
 public:
  /// Restores the partition from the sink's last commit and opens the log behind it.
  static Result<std::unique_ptr<PartitionTask>> open(Partition partition, EventLog& log, Sink& sink,
                                                     const StreamOptions& options, const Clock& clock);

  enum class Turn : std::uint8_t { progressed, idle, finished };
  /// One batch at most, and a commit where it is due. `finished` only with options.once.
  Result<Turn> run_once();
  /// Commits what is staged; the graceful end.
  Result<void> stop();

  Partition partition() const { return partition_; }
  const PartitionProgress& progress() const { return progress_; }

 private:
  PartitionTask(Partition partition, const StreamOptions& options, const Clock& clock);
  Result<void> restore(const OpenedPartition& opened);
  Result<void> process(DecodedBatch& batch);
  Result<void> stage_closed_windows();
  Result<void> flush_windows();
  Result<void> commit();
  bool commit_is_due() const;
  bool has_something_to_commit() const;
  ReadLimit batch_limit() const;
  void watch_late_share();
  void publish_live();

  const Partition partition_;
  const StreamOptions& options_;
  const Clock& clock_;
  std::unique_ptr<BatchSource> source_;
  std::unique_ptr<PartitionSink> sink_;
  PartitionPipeline pipeline_;

  LogPosition behind_;      // the last record that is staged
  Offset committed_ = 0;    // the last commit's end
  OutcomeCounts counts_{};  // since the last commit
  bool windows_staged_ = false;
  bool keys_spilled_ = false;  // since the last commit
  Duration last_commit_;
  Duration last_record_;
  OutcomeCounts late_watch_{};  // totals when the present five minutes began
  Duration late_watch_start_;
  bool share_is_high_ = false;  // in the last five minutes that are over
  Duration last_published_;
  Offset published_next_ = -1;  // of the last snapshot of the live view
  Offset published_committed_ = -1;
  PartitionProgress progress_;
};

}  // namespace millrace
