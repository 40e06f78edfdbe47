#include "lake/lake_partition.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/log.h"
#include "lake/recovery.h"
#include "lake/tables.h"

namespace millrace {
namespace {

std::string checksum(std::string_view bytes) { return format("{:016x}", hash64(bytes)); }

std::int64_t next_sequence(const std::optional<CommitRecord>& newest) { return newest ? newest->sequence + 1 : 0; }

class RunOutput final : public RunWriter {
 public:
  RunOutput(std::string name, std::unique_ptr<OutputFile> file) : name_(std::move(name)), file_(std::move(file)) {}
  const std::string& name() const override { return name_; }
  Result<void> write(std::string_view bytes) override { return file_->write(bytes); }
  Result<void> finish() override { return file_->finish(); }

 private:
  const std::string name_;
  const std::unique_ptr<OutputFile> file_;
};

class RunInput final : public RunReader {
 public:
  RunInput(std::string name, std::unique_ptr<ObjectReader> file) : name_(std::move(name)), file_(std::move(file)) {}
  std::int64_t bytes() const override { return file_->bytes(); }
  Result<void> read_at(std::int64_t position, std::span<char> out) override {
    ASSIGN_OR_RETURN(const std::size_t read, file_->read_at(position, out));
    return read == out.size() ? Result<void>()
                              : fail(Fault::corrupt, format("a file of deduplication keys is too short: {}", name_));
  }

 private:
  const std::string name_;
  const std::unique_ptr<ObjectReader> file_;
};

}  // namespace

LakePartition::LakePartition(ObjectStore& store, std::string topic, Partition partition, std::string writer,
                             const Clock& clock, StagingLimits limits, CompactionOptions compaction)
    : store_(store),
      commits_(store, topic, partition),
      topic_(std::move(topic)),
      partition_(partition),
      writer_(std::move(writer)),
      clock_(clock),
      limits_(limits),
      compaction_(std::move(compaction)) {}

Result<OpenedPartition> LakePartition::recover() {
  is_stream_ = true;
  TRY(follow());
  OpenedPartition opened;
  if (newest_) {
    opened.committed = newest_->to;
    ASSIGN_OR_RETURN(opened.states, read_states(*newest_));
    added_states_ = static_cast<int>(opened.states.size()) - 1;
  }
  return opened;
}

Result<OpenedPartition> LakePartition::begin_anew() {
  is_stream_ = true;
  begins_anew_ = true;
  TRY(follow());
  return OpenedPartition();
}

Result<OpenedPartition> LakePartition::begin_days(DayRange days) {
  replaced_days_ = days;
  return recover();
}

/// What a rebuild's commit takes the place of.
std::vector<std::string> LakePartition::replaced_files() const {
  std::vector<std::string> paths;
  for (const DataFile& file : files_.all()) {
    const std::optional<Day> day = event_day_of(file.path);
    if (begins_anew_ || (replaced_days_ && !keeps_records(file.table) && day && replaced_days_->contains(*day))) {
      paths.push_back(file.path);
    }
  }
  return paths;
}

Result<void> LakePartition::follow() {
  ASSIGN_OR_RETURN(std::vector<CommitRecord> records, commits_.from_checkpoint());
  for (const CommitRecord& record : records) {
    files_.apply(record);
    if (record.present) {
      checkpoint_ = record.sequence;
      checkpoint_runs_ = {record.state.runs.begin(), record.state.runs.end()};
    }
  }
  if (!records.empty()) {
    const bool rebuilds = begins_anew_ || replaced_days_;
    TRY(rebuilds ? publish_to_rebuild(store_, records.back()) : publish(store_, records.back()));
    newest_ = std::move(records.back());
  }
  return store_.remove(staging_folder(writer_, topic_, partition_));
}

Result<void> LakePartition::stage(const DecodedBatch& batch) {
  return unless_given_up([&] { return staging().add(partition_, batch); });
}

Result<void> LakePartition::stage_windows(WindowTable table, const WindowRows& rows) {
  return unless_given_up([&] { return staging().add_windows(table, rows); });
}

Result<void> LakePartition::commit(const Commit& commit) {
  return unless_given_up([&] { return commit_staged(commit); });
}

Result<void> LakePartition::tidy() {
  return unless_given_up([&] { return compact(); });
}

Result<std::unique_ptr<RunWriter>> LakePartition::create_run() {
  Staging& staging = this->staging();
  std::string name = format("{}-{:020}-{}", writer_, next_sequence(newest_), runs_created_++);
  const std::string path = commits_.run_path(name);
  ASSIGN_OR_RETURN(auto file, store_.create(staged_name(staging.folder(), path)));
  staged_runs_.insert(path);
  return std::make_unique<RunOutput>(std::move(name), std::move(file));
}

Result<std::unique_ptr<RunReader>> LakePartition::open_run(const std::string& name) {
  const std::string path = commits_.run_path(name);
  const bool is_staged = staged_runs_.contains(path);
  ASSIGN_OR_RETURN(auto file, store_.open(is_staged ? staged_name(staging().folder(), path) : path));
  return std::make_unique<RunInput>(name, std::move(file));
}

/// After an error the staged files are not the whole interval any more: a commit of them would lose rows.
template <class Work>
Result<void> LakePartition::unless_given_up(Work work) {
  if (given_up_) {
    return fail(Fault::invalid, format("an earlier error ended the commits of this partition: open it again: "
                                       "topic {} partition {}",
                                       topic_, partition_));
  }
  Result<void> done = work();
  given_up_ = !done;
  return done;
}

Staging& LakePartition::staging() {
  if (!staging_) {
    // Named by the writer and not by the topic: a name that begins with `_` or `.` would not be data to readers.
    const std::int64_t sequence = next_sequence(newest_);
    staging_.emplace(store_, staging_folder(writer_, topic_, partition_, sequence),
                     format("{}-{}-{:020}", writer_, partition_, sequence), limits_);
    if (replaced_days_) {
      staging_->add_events_only();
    }
  }
  return *staging_;
}

Result<void> LakePartition::commit_staged(const Commit& commit) {
  if (begins_anew_) {
    CHECK(newest_ && commit.from == newest_->first);
    if (commit.to.offset != newest_->to.offset) {
      return fail(Fault::stopped, "stopped before the last record: the lake is as it was");
    }
  } else {
    CHECK(!newest_ || commit.from == newest_->to.offset);
  }
  CHECK(commit.full_state || added_states_ != kNoFullState);  // nothing to add to
  Staging& staging = this->staging();
  CommitRecord record{.topic = topic_,
                      .partition = partition_,
                      .sequence = 0,
                      .first = newest_ ? newest_->first : commit.from,
                      .from = commit.from,
                      .to = commit.to,
                      .committed_at = clock_.now(),
                      .writer = writer_,
                      .staging = staging.folder(),
                      .added = {},
                      .removed = {},
                      .present = {},
                      .counts = commit.counts,
                      .totals = commit.totals,
                      .high_mark = commit.high_mark,
                      .state = {.path = "",
                                .full = commit.full_state,
                                .bytes = static_cast<std::int64_t>(commit.state.size()),
                                .checksum = checksum(commit.state)}};
  for (const std::string& name : commit.runs) {
    record.state.runs.push_back(commits_.run_path(name));
    if (staged_runs_.contains(record.state.runs.back())) {
      record.state.added_runs.push_back(record.state.runs.back());
    }
  }
  ASSIGN_OR_RETURN(record.added, staging.finish());
  TRY(append_state(record, commit.state));
  TRY(publish(store_, record));
  staging_.reset();
  staged_runs_.clear();
  committed(std::move(record));
  added_states_ = commit.full_state ? 0 : added_states_ + 1;
  return newest_->present ? remove_old_states() : Result<void>();
}

/// Those before the last checkpoint but one: nobody who began to read before this commit needs them, however slow.
Result<void> LakePartition::remove_old_states() {
  const std::vector<std::string>& runs = newest_->state.runs;
  const std::optional<std::int64_t> before = std::exchange(checkpoint_, newest_->sequence);
  std::set<std::string> kept = std::exchange(checkpoint_runs_, {runs.begin(), runs.end()});
  kept.insert(runs.begin(), runs.end());
  return before ? commits_.remove_states_before(*before, kept) : Result<void>();
}

/// Stages the state and creates the record behind the newest one: the moment of truth.
Result<void> LakePartition::append_state(CommitRecord& record, const std::string& state) {
  for (;;) {
    record.sequence = next_sequence(newest_);
    if (begins_anew_ || replaced_days_) {
      record.removed = replaced_files();
    }
    if (record.state.full && newest_) {
      record.present.reset();  // of an earlier round
      PartitionFiles files = files_;
      files.apply(record);
      record.present = files.all();
    }
    record.state.path = commits_.state_path(record.sequence);
    ASSIGN_OR_RETURN(const auto file, store_.create(staged_name(record.staging, record.state.path)));
    TRY(file->write(state));
    TRY(file->finish());
    TRY(store_.sync_names(record.staging));
    Result<void> appended = commits_.append(record);
    if (appended || appended.error().fault != Fault::conflict) {
      return appended;
    }
    ASSIGN_OR_RETURN(const bool followed, follow_others());
    if (!followed) {
      return appended;
    }
  }
}

/// Goes on behind another process's record. Only the newest record may be unpublished, so that one is finished first.
Result<void> LakePartition::follow(CommitRecord record) {
  TRY(publish(store_, record));
  committed(std::move(record));
  return {};
}

void LakePartition::committed(CommitRecord record) {
  files_.apply(record);
  newest_ = std::move(record);
}

Result<std::vector<Merge>> LakePartition::merges() const {
  PartitionFiles files = files_;
  if (newest_ && newest_->writer != writer_) {
    // Its writer may be about to publish it.
    ASSIGN_OR_RETURN(const bool lives, store_.exists(writer_claim(newest_->writer)));
    if (lives) {
      CommitRecord without;
      for (const DataFile& file : newest_->added) {
        without.removed.push_back(file.path);
      }
      files.apply(without);
    }
  }
  return plan_merges(files, compaction_);
}

Result<void> LakePartition::compact() {
  CHECK(!staging_);
  constexpr int kAttempts = 20;  // another process may commit in between
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const std::vector<Merge> merges, this->merges());
    if (merges.empty()) {
      return {};
    }
    const std::string staging = staging_folder(writer_, topic_, partition_, next_sequence(newest_));
    Result<CommitRecord> record = stage_merges(merges);
    Result<void> done = record ? commits_.append(*record) : std::unexpected(record.error());
    if (done) {
      TRY(publish(store_, *record));
      committed(*std::move(record));
      return empty_trash(store_, clock_.now());
    }
    const Fault fault = done.error().fault;
    if (record && fault != Fault::conflict) {
      return done;  // the record may be there or not: only a new start can tell
    }
    TRY(store_.remove(staging));
    if (fault == Fault::conflict || fault == Fault::not_found) {
      ASSIGN_OR_RETURN(const bool followed, follow_others());
      if (followed && attempt < kAttempts) {
        continue;
      }
      if (followed) {
        log_info("others commit too fast to merge files beside them", {{"partition", partition_}});
        return {};  // and merge by themselves
      }
    }
    if (!is_stream() || fault == Fault::corrupt) {
      return done;
    }
    // Nothing is lost: the next commit tries again, and who only reads does not mind.
    log_warning("could not merge small files", {{"partition", partition_}, {"error", done.error().message}});
    return {};
  }
}

/// Goes on behind the records of other processes; whether there was one. A stream follows compactions alone: another
/// stream has taken its place.
Result<bool> LakePartition::follow_others() {
  bool followed = false;
  for (;;) {
    Result<CommitRecord> record = commits_.read(next_sequence(newest_));
    if (!record && record.error().fault == Fault::not_found) {
      return followed;
    }
    if (!record) {
      return std::unexpected(std::move(record).error());
    }
    if (is_stream() && !is_compaction(*record)) {
      return fail(Fault::conflict, commits_.words_on_conflict(record->sequence));
    }
    TRY(follow(*std::move(record)));
    followed = true;
  }
}

/// The record of a compaction, whose files are durable in staging.
Result<CommitRecord> LakePartition::stage_merges(const std::vector<Merge>& merges) {
  const std::int64_t sequence = next_sequence(newest_);
  CommitRecord record{.topic = topic_,
                      .partition = partition_,
                      .sequence = sequence,
                      .first = newest_->first,
                      .from = newest_->to.offset,
                      .to = newest_->to,
                      .committed_at = clock_.now(),
                      .writer = writer_,
                      .staging = staging_folder(writer_, topic_, partition_, sequence),
                      .added = {},
                      .removed = {},
                      .present = {},
                      .counts = {},
                      .totals = newest_->totals,
                      .high_mark = newest_->high_mark,
                      .state = {}};
  for (const Merge& merge : merges) {
    const std::string path =
        format("{}/{}-{}-{:020}-{}.parquet", merge.folder, writer_, partition_, sequence, record.added.size());
    ASSIGN_OR_RETURN(DataFile merged, merge_files(store_, merge, staged_name(record.staging, path), path));
    record.added.push_back(std::move(merged));
    for (const DataFile& file : merge.files) {
      record.removed.push_back(file.path);
    }
  }
  TRY(store_.sync_names(record.staging));
  return record;
}

/// The newest record's state and those before it, back to a full one; in order.
Result<std::vector<std::string>> LakePartition::read_states(CommitRecord record) {
  std::vector<std::string> states;
  for (;;) {
    if (!is_compaction(record)) {
      Result<std::string> state = store_.read(record.state.path);
      if (!state) {
        return fail(std::move(state).error(), "could not restore the partition's state");
      }
      if (checksum(*state) != record.state.checksum) {
        return fail(Fault::corrupt,
                    format("could not restore the partition's state: its checksum does not match the commit record: {} "
                           "(restore the file from a copy, or rebuild the lake from bronze)",
                           store_.locate(record.state.path)));
      }
      states.insert(states.begin(), *std::move(state));
      if (record.state.full) {
        return states;
      }
    }
    ASSIGN_OR_RETURN(record, commits_.read(record.sequence - 1));
  }
}

}  // namespace millrace
