// The lake as the stream's sink: staged files, commit records, recovery.
//
//   _lake.json                                   the lake's identity and secret, made once
//   _commits/<topic>/<partition>/<sequence>.json commit records; beside them the states
//   _staging/<writer>/…                          files of commits to be; <writer>.lock is held while the writer lives
//   bronze/ silver/ quarantine/ windows/         published files
//
// A commit: write and sync the files in staging, then create the record (the moment of truth), then publish the files
// under their final names. A crash before the record leaves staged files, which the next start removes; a crash behind
// it leaves files to be published, which the next start publishes. So each commit is there whole or not at all.
// Errors: conflict where another writer holds a partition; corrupt where the lake's own files are damaged.
// Where a folder has too many files of a partition, tidy() makes a commit that merges them (compaction.h). It is
// a commit without records and without state, so another process may make one too (compact()): who finds its sequence
// taken by such a commit goes on behind it.
// After an error a PartitionSink refuses everything: drop it, and open the partition again, for all of its last
// interval once more. Thread rule: open() from any thread, for one partition only when its former PartitionSink is
// gone; each PartitionSink from one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "event/fingerprint.h"
#include "lake/commit_log.h"
#include "lake/compaction.h"
#include "lake/object_store.h"
#include "lake/staging.h"
#include "stream/sink.h"

namespace millrace {

class LakePartition;

class Lake final : public Sink {
 public:
  /// Creates the lake where there is none; publishes or removes what crashed writers left behind.
  static Result<std::unique_ptr<Lake>> open(ObjectStore& store, std::string topic, const Clock& clock,
                                            StagingLimits limits, CompactionOptions compaction = {.files_max = 0});
  ~Lake() override;

  const SecretKey& secret() const { return secret_; }

  Result<OpenedPartition> open(Partition partition) override;
  Result<std::vector<Partition>> partitions() override;

  /// As open(), for a commit of everything again (LakePartition::begin_anew).
  Result<OpenedPartition> open_anew(Partition partition);
  /// As open(), for a commit of some days' events and windows again (LakePartition::begin_days).
  Result<OpenedPartition> open_days(Partition partition, DayRange days);
  /// Another process writes the lake, whatever topic.
  Result<bool> has_other_writers();

  /// Merges files of a partition, also while a stream writes it. How many became how many.
  struct Compacted {
    std::int64_t before = 0;
    std::int64_t after = 0;
  };
  Result<Compacted> compact(Partition partition, const CompactionOptions& options);

 private:
  Lake(ObjectStore& store, std::string topic, const Clock& clock, StagingLimits limits, CompactionOptions compaction,
       std::string writer);
  Result<void> read_or_create_identity();
  std::unique_ptr<LakePartition> partition_of(Partition partition, const CompactionOptions& compaction);

  ObjectStore& store_;
  const std::string topic_;
  const Clock& clock_;
  const StagingLimits limits_;
  const CompactionOptions compaction_;
  const std::string writer_;
  SecretKey secret_{};
};

}  // namespace millrace
