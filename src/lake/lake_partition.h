// One partition's commits in the lake, one after the other; made by Lake (lake.h), whose errors and thread rule it has.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lake/commit_log.h"
#include "lake/compaction.h"
#include "lake/partition_files.h"
#include "lake/staging.h"
#include "stream/sink.h"

namespace millrace {

class LakePartition final : public PartitionSink {
 public:
  LakePartition(ObjectStore& store, std::string topic, Partition partition, std::string writer, const Clock& clock,
                StagingLimits limits, CompactionOptions compaction);

  /// Finishes the newest commit, removes what an earlier sink of this writer left, and reads the state.
  Result<OpenedPartition> recover();
  /// Instead of recover(): the only commit to come holds all records of before, and its files take the place of all
  /// others. One of fewer records is refused as stopped.
  Result<OpenedPartition> begin_anew();
  /// As recover(), for a commit of no records whose events and windows are all that there are of these days: they take
  /// the place of those before.
  Result<OpenedPartition> begin_days(DayRange days);
  /// As recover(), without the state: what compact() needs.
  Result<void> follow();

  Result<void> stage(const DecodedBatch& batch) override;
  Result<void> stage_windows(WindowTable table, const WindowRows& rows) override;
  Result<void> commit(const Commit& commit) override;
  /// Merges files where there are too many.
  Result<void> tidy() override;
  Result<std::unique_ptr<RunWriter>> create_run() override;
  Result<std::unique_ptr<RunReader>> open_run(const std::string& name) override;
  int commits_since_full_state() const override { return added_states_; }

  /// Merges files where there are too many, as a commit of its own. Nothing may be staged.
  Result<void> compact();
  std::int64_t file_count() const { return static_cast<std::int64_t>(files_.all().size()); }

 private:
  /// It commits records, and so has to be the only one that does.
  bool is_stream() const { return is_stream_; }
  template <class Work>
  Result<void> unless_given_up(Work work);
  Staging& staging();

  Result<void> commit_staged(const Commit& commit);
  std::vector<std::string> replaced_files() const;
  Result<void> append_state(CommitRecord& record, const std::string& state);
  Result<bool> follow_others();
  Result<void> follow(CommitRecord record);
  void committed(CommitRecord record);

  Result<void> remove_old_states();
  Result<std::vector<Merge>> merges() const;
  Result<CommitRecord> stage_merges(const std::vector<Merge>& merges);
  Result<std::vector<std::string>> read_states(CommitRecord record);

  static constexpr int kNoFullState = std::numeric_limits<int>::max();

  ObjectStore& store_;
  CommitLog commits_;
  const std::string topic_;
  const Partition partition_;
  const std::string writer_;
  const Clock& clock_;
  const StagingLimits limits_;
  const CompactionOptions compaction_;

  std::optional<Staging> staging_;
  std::optional<CommitRecord> newest_;      // none before the first commit, which begins where the log does
  PartitionFiles files_;                    // as of newest_
  std::optional<std::int64_t> checkpoint_;  // the newest record with all files
  std::set<std::string> checkpoint_runs_;   // its state's
  std::set<std::string> staged_runs_;       // paths of those that no commit names yet
  std::int64_t runs_created_ = 0;
  int added_states_ = kNoFullState;
  bool is_stream_ = false;
  bool begins_anew_ = false;
  std::optional<DayRange> replaced_days_;
  bool given_up_ = false;
};

}  // namespace millrace
