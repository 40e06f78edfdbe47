#include "lake/lake.h"

#include <sys/random.h>
#include <unistd.h>

#include <limits>
#include <utility>

#include "base/files.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/log.h"
#include "lake/recovery.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr const char* kIdentity = "_lake.json";

Result<void> fill_random(void* out, std::size_t bytes) {
  if (::getrandom(out, bytes, 0) != static_cast<ssize_t>(bytes)) {
    return std::unexpected(system_error("read random bytes", "getrandom"));
  }
  return {};
}

std::string checksum(std::string_view bytes) { return format("{:016x}", hash64(bytes)); }

/// One partition's commits, one after the other.
class LakePartition final : public PartitionSink {
 public:
  LakePartition(ObjectStore& store, CommitLog commits, std::string topic, Partition partition, std::string writer,
                const Clock& clock, StagingLimits limits)
      : store_(store),
        commits_(std::move(commits)),
        topic_(std::move(topic)),
        partition_(partition),
        writer_(std::move(writer)),
        clock_(clock),
        limits_(limits) {}

  /// Finishes the newest commit, removes what an earlier sink of this writer left, and reads the state.
  Result<OpenedPartition> recover() {
    OpenedPartition opened;
    ASSIGN_OR_RETURN(auto newest, commits_.newest());
    if (newest) {
      TRY(publish(store_, *newest));
      opened.committed = newest->to;
      next_sequence_ = newest->sequence + 1;
      committed_ = newest->to.offset;
      ASSIGN_OR_RETURN(opened.states, read_states(*std::move(newest)));
      added_states_ = static_cast<int>(opened.states.size()) - 1;
    }
    TRY(store_.remove(staging_folder(writer_, topic_, partition_)));
    return opened;
  }

  Result<void> stage(const DecodedBatch& batch) override {
    return unless_given_up([&] { return staging().add(partition_, batch); });
  }

  Result<void> stage_windows(WindowTable table, const WindowRows& rows) override {
    return unless_given_up([&] { return staging().add_windows(table, rows); });
  }

  Result<void> commit(const Commit& commit) override {
    return unless_given_up([&] { return commit_staged(commit); });
  }

  int commits_since_full_state() const override { return added_states_; }

 private:
  /// After an error the staged files are not the whole interval any more: a commit of them would lose rows.
  template <class Work>
  Result<void> unless_given_up(Work work) {
    if (given_up_) {
      return fail(Fault::invalid, format("an earlier error ended the commits of this partition: open it again: "
                                         "topic {} partition {}",
                                         topic_, partition_));
    }
    Result<void> done = work();
    given_up_ = !done;
    return done;
  }

  Result<void> commit_staged(const Commit& commit) {
    CHECK(committed_ < 0 || commit.from == committed_);
    CHECK(commit.full_state || added_states_ != kNoFullState);  // nothing to add to
    Staging& staging = this->staging();
    CommitRecord record{.topic = topic_,
                        .partition = partition_,
                        .sequence = next_sequence_,
                        .from = commit.from,
                        .to = commit.to,
                        .committed_at = clock_.now(),
                        .writer = writer_,
                        .staging = staging.folder(),
                        .added = {},
                        .removed = {},
                        .counts = commit.counts,
                        .totals = commit.totals,
                        .high_mark = commit.high_mark,
                        .state = {.path = commits_.state_path(next_sequence_),
                                  .full = commit.full_state,
                                  .bytes = static_cast<std::int64_t>(commit.state.size()),
                                  .checksum = checksum(commit.state)}};
    ASSIGN_OR_RETURN(record.added, staging.finish());
    ASSIGN_OR_RETURN(const auto state_file, store_.create(staged_name(record.staging, record.state.path)));
    TRY(state_file->write(commit.state));
    TRY(state_file->finish());
    TRY(store_.sync_names(record.staging));
    TRY(commits_.append(record));  // the moment of truth
    TRY(publish(store_, record));
    staging_.reset();
    ++next_sequence_;
    committed_ = commit.to.offset;
    added_states_ = commit.full_state ? 0 : added_states_ + 1;
    return {};
  }

  Staging& staging() {
    if (!staging_) {
      // Named by the writer and not by the topic: a name that begins with `_` or `.` would not be data to readers.
      staging_.emplace(store_, staging_folder(writer_, topic_, partition_, next_sequence_),
                       format("{}-{}-{:020}", writer_, partition_, next_sequence_), limits_);
    }
    return *staging_;
  }

  /// The newest record's state and those before it, back to a full one; in order.
  Result<std::vector<std::string>> read_states(CommitRecord record) {
    std::vector<std::string> states;
    while (true) {
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
      ASSIGN_OR_RETURN(record, commits_.read(record.sequence - 1));
    }
  }

  static constexpr int kNoFullState = std::numeric_limits<int>::max();

  ObjectStore& store_;
  CommitLog commits_;
  const std::string topic_;
  const Partition partition_;
  const std::string writer_;
  const Clock& clock_;
  const StagingLimits limits_;
  std::optional<Staging> staging_;
  std::int64_t next_sequence_ = 0;
  Offset committed_ = -1;  // none yet: the first commit begins where the log does
  int added_states_ = kNoFullState;
  bool given_up_ = false;
};

/// A new writer's name, claimed. Another process's sweep may hold the claim for a moment, as if its owner were gone:
/// then the next name.
Result<std::string> claim_writer(ObjectStore& store) {
  constexpr int kAttempts = 16;
  for (int attempt = 1;; ++attempt) {
    std::uint64_t id = 0;
    TRY(fill_random(&id, sizeof id));
    std::string writer = format("{:016x}", id);
    Result<void> claimed = store.claim(writer_claim(writer));
    if (claimed) {
      return writer;
    }
    if (claimed.error().fault != Fault::conflict || attempt == kAttempts) {
      return std::unexpected(std::move(claimed).error());
    }
  }
}

}  // namespace

Lake::Lake(ObjectStore& store, std::string topic, const Clock& clock, StagingLimits limits, std::string writer)
    : store_(store), topic_(std::move(topic)), clock_(clock), limits_(limits), writer_(std::move(writer)) {}

Lake::~Lake() {
  // On an error the claim's file stays, without its lock: the next start's sweep tries again.
  const std::string claim = writer_claim(writer_);
  Result<void> tidied = settle_writer(store_, writer_);
  if (tidied) {
    tidied = store_.release(claim);
  }
  if (!tidied) {
    const Result<void> abandoned = store_.abandon(claim);
    log_warning("could not tidy up the staging folder: the next start does",
                {{"error", tidied.error().message}, {"claim_abandoned", abandoned.has_value()}});
  }
}

Result<std::unique_ptr<Lake>> Lake::open(ObjectStore& store, std::string topic, const Clock& clock,
                                         StagingLimits limits) {
  ASSIGN_OR_RETURN(std::string writer, claim_writer(store));
  std::unique_ptr<Lake> lake(new Lake(store, std::move(topic), clock, limits, std::move(writer)));
  TRY(lake->read_or_create_identity());
  TRY(sweep_staging(store));
  return lake;
}

Result<void> Lake::read_or_create_identity() {
  Result<std::string> text = store_.read(kIdentity);
  if (!text && text.error().fault == Fault::not_found) {
    SecretKey secret{};
    TRY(fill_random(secret.data(), sizeof secret));
    const Json identity = {
        {"format_version", kFormatVersion}, {"created_at", to_string(clock_.now())}, {"fingerprint_key", secret}};
    Result<void> created = store_.put_if_absent(kIdentity, identity.dump(1) + "\n");
    if (!created && created.error().fault != Fault::conflict) {
      return created;
    }
    text = store_.read(kIdentity);  // ours, or that of whoever was first
  }
  if (!text) {
    return std::unexpected(std::move(text).error());
  }
  ASSIGN_OR_RETURN(const Json identity, parse_json(*text, store_.locate(kIdentity)));
  try {
    if (const int version = identity.at("format_version").get<int>(); version > kFormatVersion) {
      return fail(Fault::invalid, format("could not open the lake: its format version is newer than this build's {}: "
                                         "{} in {} (use a newer millrace)",
                                         kFormatVersion, version, store_.locate(kIdentity)));
    }
    secret_ = identity.at("fingerprint_key").get<SecretKey>();
  } catch (const Json::exception& error) {
    return fail(Fault::corrupt,
                format("could not read the lake's identity: {}: {}", store_.locate(kIdentity), error.what()));
  }
  return {};
}

Result<OpenedPartition> Lake::open(Partition partition) {
  auto sink = std::make_unique<LakePartition>(store_, CommitLog(store_, topic_, partition), topic_, partition, writer_,
                                              clock_, limits_);
  ASSIGN_OR_RETURN(OpenedPartition opened, sink->recover());
  opened.sink = std::move(sink);
  return opened;
}

Result<std::vector<Partition>> Lake::partitions() { return CommitLog::partitions(store_, topic_); }

}  // namespace millrace
