// For tests of the stream only: a clock to be moved by hand, a log and a sink in memory which fail where a test says
// so, and events made of a few values.
//
// Thread rule: ManualClock, Script, FakeLog and FakeSink from any thread; what they give out as the interfaces say.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/time.h"
#include "event/event_testing.h"
#include "ingest/event_log.h"
#include "stream/sink.h"

namespace millrace::stream_testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = event_testing::kReceived) : start_(start) {}
  Instant now() const override { return start_ + uptime(); }
  Duration uptime() const override { return {uptime_us_.load()}; }
  void advance(Duration by) { uptime_us_ += by.us; }

 private:
  const Instant start_;
  std::atomic<std::int64_t> uptime_us_ = 0;
};

/// What the log and the sink were asked to do, in order, and where they shall fail.
class Script {
 public:
  /// Let the n-th call (from 1) of this name for this partition fail, and all behind it.
  void fail_at(std::string_view call, Partition partition, int nth, Error error) {
    const std::lock_guard lock(mutex_);
    failures_.push_back({std::string(call), partition, nth, std::move(error)});
  }

  /// Let this happen within the n-th call (from 1) of this name for this partition, on the caller's thread.
  void do_at(std::string_view call, Partition partition, int nth, std::function<void()> action) {
    const std::lock_guard lock(mutex_);
    actions_[format("{} {} {}", call, partition, nth)] = std::move(action);
  }

  Result<void> pass(std::string_view call, Partition partition) {
    std::function<void()> action;
    const Result<void> result = note(call, partition, action);
    if (action) {
      action();
    }
    return result;
  }

  int count(std::string_view call, Partition partition = 0) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(format("{} {}", call, partition));
    return found == counts_.end() ? 0 : found->second;
  }
  /// `read 0`, `stage 0`, `commit 0 failed` and so on.
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  struct Failure {
    std::string call;
    Partition partition;
    int nth;
    Error error;
  };

  Result<void> note(std::string_view call, Partition partition, std::function<void()>& action) {
    const std::lock_guard lock(mutex_);
    const std::string name = format("{} {}", call, partition);
    const int count = ++counts_[name];
    if (const auto found = actions_.find(format("{} {}", name, count)); found != actions_.end()) {
      action = found->second;
    }
    for (const Failure& failure : failures_) {
      if (failure.call == call && failure.partition == partition && count >= failure.nth) {
        calls_.push_back(name + " failed");
        return std::unexpected(failure.error);
      }
    }
    calls_.push_back(name);
    return {};
  }

  mutable std::mutex mutex_;
  std::vector<Failure> failures_;
  std::map<std::string, std::function<void()>, std::less<>> actions_;  // by call, partition and count
  std::map<std::string, int, std::less<>> counts_;
  std::vector<std::string> calls_;
};

/// A log in memory. Calls: `partitions` (of partition -1), `open log`, `read`, `sync`.
class FakeLog final : public EventLog {
 public:
  FakeLog(Script& script, int partitions) : script_(script), records_(static_cast<std::size_t>(partitions)) {}

  void append(Partition partition, std::string record) {
    const std::lock_guard lock(mutex_);
    records_.at(static_cast<std::size_t>(partition)).push_back(std::move(record));
  }
  /// Retention: the oldest records are gone.
  void forget_before(Offset oldest) { oldest_ = oldest; }

  Result<std::vector<Partition>> partitions() override {
    TRY(script_.pass("partitions", -1));
    std::vector<Partition> all;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      all.push_back(static_cast<Partition>(i));
    }
    return all;
  }
  Result<std::unique_ptr<PartitionReader>> open(Partition partition, std::optional<LogPosition> from,
                                                ReadTo to) override {
    TRY(script_.pass("open log", partition));
    if (from && from->details != details_of(from->offset)) {
      return fail(Fault::corrupt, "the log was given another position than it gave");
    }
    ASSIGN_OR_RETURN(const Offset end, end_offset(partition));
    return std::make_unique<Reader>(*this, partition, from ? from->offset : oldest_.load(),
                                    to == ReadTo::present_end ? end : std::numeric_limits<Offset>::max());
  }
  Result<Offset> end_offset(Partition partition) override {
    const std::lock_guard lock(mutex_);
    return static_cast<Offset>(records_.at(static_cast<std::size_t>(partition)).size());
  }

 private:
  static std::string details_of(Offset offset) { return format("place {}", offset); }

  class Reader final : public PartitionReader {
   public:
    Reader(FakeLog& log, Partition partition, Offset next, Offset end)
        : log_(log), partition_(partition), next_(next), end_(static_cast<std::size_t>(end)) {}

    Result<void> read(RecordBatch& out, ReadLimit limit) override {
      out.clear();
      TRY(log_.script_.pass("read", partition_));
      const std::lock_guard lock(log_.mutex_);
      const std::vector<std::string>& records = log_.records_.at(static_cast<std::size_t>(partition_));
      const auto first = static_cast<std::size_t>(next_);
      std::size_t last = first;
      std::size_t bytes = 0;
      while (last < std::min(end_, records.size()) && last - first < limit.records &&
             (last == first || bytes < limit.bytes)) {
        bytes += records[last++].size();
      }
      const auto memory = std::make_shared<char[]>(bytes + kRecordPaddingBytes);
      char* place = memory.get();
      for (std::size_t i = first; i < last; ++i) {
        records[i].copy(place, records[i].size());
        out.records.push_back({.bytes = {place, records[i].size()},
                               .full_bytes = static_cast<std::int64_t>(records[i].size()),
                               .offset = static_cast<Offset>(i),
                               .log_time = std::nullopt});
        place += records[i].size();
      }
      out.bytes = memory;
      out.byte_count = static_cast<std::int64_t>(bytes);
      next_ = static_cast<Offset>(last);
      return {};
    }
    LogPosition position() const override { return {.offset = next_, .details = details_of(next_)}; }
    Result<void> sync() override { return log_.script_.pass("sync", partition_); }

   private:
    FakeLog& log_;
    Partition partition_;
    Offset next_;
    std::size_t end_;
  };

  Script& script_;
  std::mutex mutex_;
  std::vector<std::vector<std::string>> records_;  // guarded by mutex_
  std::atomic<Offset> oldest_ = 0;
};

/// A window row as text, to compare.
inline std::string text_of(const WindowRow& row) {
  const WindowSums& sums = row.sums;
  return format("{} {} {}: {} {} {} {} {} {} {} {} {}", to_string(row.start), row.product_id, row.category,
                to_string(sums.revenue), sums.orders, sums.units, to_string(sums.price_sum), sums.views, sums.carts,
                sums.returns, sums.returned_units, to_string(sums.returned_revenue));
}

/// Rows of one window are additive.
inline void add_sums(WindowSums& sum, const WindowSums& more) {
  sum.revenue += more.revenue;
  sum.price_sum += more.price_sum;
  sum.returned_revenue += more.returned_revenue;
  sum.orders += more.orders;
  sum.units += more.units;
  sum.views += more.views;
  sum.carts += more.carts;
  sum.returns += more.returns;
  sum.returned_units += more.returned_units;
}

/// Runs of keys in memory; they stay. From any thread.
class MemoryRuns final : public RunStore {
 public:
  Result<std::unique_ptr<RunWriter>> create_run() override {
    const std::lock_guard lock(mutex_);
    std::string name = format("run {}", files_.size());
    const auto bytes = files_[name] = std::make_shared<std::string>();
    return std::make_unique<Writer>(std::move(name), bytes);
  }
  Result<std::unique_ptr<RunReader>> open_run(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(name);
    if (found == files_.end()) {
      return fail(Fault::not_found, format("no such run: {}", name));
    }
    return std::make_unique<Reader>(found->second);
  }
  /// A run's bytes, to be tampered with.
  std::string& bytes_of(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return *files_.at(name);
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return files_.size();
  }

 private:
  class Writer final : public RunWriter {
   public:
    Writer(std::string name, std::shared_ptr<std::string> bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}
    const std::string& name() const override { return name_; }
    Result<void> write(std::string_view bytes) override {
      *bytes_ += bytes;
      return {};
    }
    Result<void> finish() override { return {}; }

   private:
    const std::string name_;
    const std::shared_ptr<std::string> bytes_;
  };
  class Reader final : public RunReader {
   public:
    explicit Reader(std::shared_ptr<std::string> bytes) : bytes_(std::move(bytes)) {}
    std::int64_t bytes() const override { return static_cast<std::int64_t>(bytes_->size()); }
    Result<void> read_at(std::int64_t position, std::span<char> out) override {
      const auto from = static_cast<std::size_t>(position);
      if (from > bytes_->size() || out.size() > bytes_->size() - from) {
        return fail(Fault::corrupt, "too short");
      }
      bytes_->copy(out.data(), out.size(), from);
      return {};
    }

   private:
    const std::shared_ptr<std::string> bytes_;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::string>> files_;  // guarded by mutex_
};

/// A partition's tables and commits. Calls: `committed partitions` (of partition -1), `open sink`, `stage`,
/// `stage_windows`, `commit`, `create_run`, `open_run`.
struct StoredPartition {
  std::optional<LogPosition> committed;
  std::vector<std::string> states;
  std::vector<std::string> records;  // `offset outcome` of each, in order
  std::vector<std::string> windows_5m;
  std::vector<std::string> windows_1h;
  std::vector<Commit> commits;
  int commits_since_full = 0;
};

class FakeSink final : public Sink {
 public:
  explicit FakeSink(Script& script) : script_(script) {}

  Result<OpenedPartition> open(Partition partition) override {
    TRY(script_.pass("open sink", partition));
    const StoredPartition stored = at(partition);
    return OpenedPartition{
        .sink = std::make_unique<Writer>(*this, partition), .committed = stored.committed, .states = stored.states};
  }

  Result<std::vector<Partition>> partitions() override {
    TRY(script_.pass("committed partitions", -1));
    const std::lock_guard lock(mutex_);
    std::vector<Partition> partitions;
    for (const auto& [partition, stored] : stored_) {
      if (stored.committed) {
        partitions.push_back(partition);
      }
    }
    return partitions;
  }

  /// What is committed of a partition.
  StoredPartition at(Partition partition) const {
    const std::lock_guard lock(mutex_);
    const auto found = stored_.find(partition);
    return found == stored_.end() ? StoredPartition{} : found->second;
  }
  /// How many records were staged, committed or not, by all writers.
  std::size_t staged(Partition partition) const {
    const std::lock_guard lock(mutex_);
    const auto found = staged_.find(partition);
    return found == staged_.end() ? 0 : found->second;
  }
  /// Tampers with what is stored.
  void put(Partition partition, StoredPartition stored) {
    const std::lock_guard lock(mutex_);
    stored_[partition] = std::move(stored);
  }

 private:
  class Writer final : public PartitionSink {
   public:
    Writer(FakeSink& sink, Partition partition) : sink_(sink), partition_(partition) {}

    Result<void> stage(const DecodedBatch& batch) override {
      TRY(sink_.script_.pass("stage", partition_));
      sink_.note_staged(partition_, batch.records.size());
      for (const DecodedRecord& record : batch.records) {
        staged_.records.push_back(format("{} {}", record.record.offset, to_string(record.outcome)));
      }
      return {};
    }
    Result<void> stage_windows(WindowTable table, const WindowRows& rows) override {
      TRY(sink_.script_.pass("stage_windows", partition_));
      for (const WindowRow& row : rows.rows) {
        (table == WindowTable::product_5m ? staged_.windows_5m : staged_.windows_1h).push_back(text_of(row));
      }
      return {};
    }
    Result<void> commit(const Commit& commit) override {
      TRY(sink_.script_.pass("commit", partition_));
      const std::lock_guard lock(sink_.mutex_);
      StoredPartition& stored = sink_.stored_[partition_];
      if (stored.committed && stored.committed->offset != commit.from) {
        return fail(Fault::conflict, "somebody else has committed");
      }
      const auto move_all = [](std::vector<std::string>& from, std::vector<std::string>& to) {
        to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
        from.clear();
      };
      move_all(staged_.records, stored.records);
      move_all(staged_.windows_5m, stored.windows_5m);
      move_all(staged_.windows_1h, stored.windows_1h);
      if (commit.full_state) {
        stored.states.clear();
      }
      stored.states.push_back(commit.state);
      stored.commits_since_full = commit.full_state ? 0 : stored.commits_since_full + 1;
      stored.committed = commit.to;
      stored.commits.push_back(commit);
      return {};
    }
    Result<void> tidy() override { return sink_.script_.pass("tidy", partition_); }
    int commits_since_full_state() const override { return sink_.at(partition_).commits_since_full; }
    Result<std::unique_ptr<RunWriter>> create_run() override {
      TRY(sink_.script_.pass("create_run", partition_));
      return sink_.runs_.create_run();
    }
    Result<std::unique_ptr<RunReader>> open_run(const std::string& name) override {
      TRY(sink_.script_.pass("open_run", partition_));
      return sink_.runs_.open_run(name);
    }

   private:
    FakeSink& sink_;
    Partition partition_;
    StoredPartition staged_;
  };

  void note_staged(Partition partition, std::size_t records) {
    const std::lock_guard lock(mutex_);
    staged_[partition] += records;
  }

  Script& script_;
  MemoryRuns runs_;
  mutable std::mutex mutex_;
  std::map<Partition, StoredPartition> stored_;  // guarded by mutex_
  std::map<Partition, std::size_t> staged_;      // guarded by mutex_
};

}  // namespace millrace::stream_testing
