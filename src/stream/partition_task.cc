#include "stream/partition_task.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"

namespace millrace {
namespace {

/// After so many commits the whole state is written again, so that a restart reads a bounded chain.
constexpr int kCommitsBetweenFullStates = 64;
constexpr std::size_t kLiveTop = 20;
constexpr Duration kLateWatchPeriod = minutes(5);
constexpr std::int64_t kLateSharePercentMax = 1;

std::int64_t count_of(const OutcomeCounts& counts, Outcome outcome) {
  return counts[static_cast<std::size_t>(outcome)];
}

}  // namespace

PartitionTask::PartitionTask(Partition partition, const StreamOptions& options, const Clock& clock)
    : partition_(partition),
      options_(options),
      clock_(clock),
      pipeline_(options.pipeline),
      last_commit_(clock.uptime()),
      last_record_(clock.uptime()),
      late_watch_start_(clock.uptime()),
      last_published_(clock.uptime() - kLiveInterval) {}

Result<std::unique_ptr<PartitionTask>> PartitionTask::open(Partition partition, EventLog& log, Sink& sink,
                                                           const StreamOptions& options, const Clock& clock) {
  std::unique_ptr<PartitionTask> task(new PartitionTask(partition, options, clock));
  ASSIGN_OR_RETURN(OpenedPartition opened, sink.open(partition));
  TRY(task->restore(opened));
  task->sink_ = std::move(opened.sink);
  TRY(task->pipeline_.open_runs(*task->sink_));
  ASSIGN_OR_RETURN(auto reader, log.open(partition, std::move(opened.committed),
                                         options.once ? ReadTo::present_end : ReadTo::any_later_record));
  task->source_ = std::make_unique<BatchSource>(std::move(reader), options.rules, clock);
  task->behind_ = task->source_->position();
  task->committed_ = task->behind_.offset;
  if (options.read_ahead) {
    task->source_->read_ahead(task->batch_limit());
  }
  task->late_watch_ = task->pipeline_.totals();
  return task;
}

Result<void> PartitionTask::restore(const OpenedPartition& opened) {
  for (const std::string& state : opened.states) {
    if (!pipeline_.restore(state)) {
      return fail(Fault::corrupt, format("could not read the state of partition {}: its snapshot is damaged (keep the "
                                         "lake as it is, and rebuild the partition from bronze)",
                                         partition_));
    }
  }
  return {};
}

Result<PartitionTask::Turn> PartitionTask::run_once() {
  ASSIGN_OR_RETURN(DecodedBatch* const batch, source_->next(batch_limit()));
  if (batch != nullptr) {
    if (behind_.offset - committed_ + static_cast<std::int64_t>(batch->records.size()) > options_.commit_records) {
      TRY(commit());  // it was read ahead without a look at how much of a commit there is
    }
    TRY(process(*batch));
    last_record_ = clock_.uptime();
    watch_late_share();
  }
  const bool finished = options_.once && source_->at_end();
  const bool idle_for_long = clock_.uptime() - last_record_ >= options_.idle_flush;
  if (finished || idle_for_long) {
    TRY(flush_windows());
    last_record_ = clock_.uptime();
  }
  if (finished || idle_for_long || commit_is_due()) {
    TRY(commit());
    TRY(sink_->tidy());
  }
  publish_live();
  return finished ? Turn::finished : batch == nullptr ? Turn::idle : Turn::progressed;
}

/// A batch never goes beyond the records of a commit.
ReadLimit PartitionTask::batch_limit() const {
  const std::int64_t staged = options_.read_ahead ? 0 : behind_.offset - committed_;
  return {.records = static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(options_.batch.records),
                                                                     options_.commit_records - staged)),
          .bytes = options_.batch.bytes};
}

Result<void> PartitionTask::stop() { return commit(); }

Result<void> PartitionTask::process(DecodedBatch& batch) {
  TRY(pipeline_.look_up(batch));
  pipeline_.step(batch);
  if (pipeline_.dedup_bytes() > options_.dedup_bytes) {
    TRY(pipeline_.spill(*sink_, options_.dedup_bytes));
    keys_spilled_ = true;
  }
  for (const DecodedRecord& record : batch.records) {
    ++counts_[static_cast<std::size_t>(record.outcome)];
  }
  TRY(sink_->stage(batch));
  behind_ = source_->position();
  return stage_closed_windows();
}

Result<void> PartitionTask::stage_closed_windows() {
  const auto stage = [this](WindowTable table, WindowRows& rows) -> Result<void> {
    if (!rows.rows.empty()) {
      TRY(sink_->stage_windows(table, rows));
      windows_staged_ = true;
      progress_.window_rows += static_cast<std::int64_t>(rows.rows.size());
      rows.clear();
    }
    return {};
  };
  TRY(stage(WindowTable::product_5m, pipeline_.closed_5m()));
  return stage(WindowTable::product_1h, pipeline_.closed_1h());
}

Result<void> PartitionTask::flush_windows() {
  pipeline_.flush_windows();
  return stage_closed_windows();
}

bool PartitionTask::has_something_to_commit() const { return behind_.offset > committed_ || windows_staged_; }

bool PartitionTask::commit_is_due() const {
  return behind_.offset - committed_ >= options_.commit_records ||
         clock_.uptime() - last_commit_ >= options_.checkpoint_interval;
}

Result<void> PartitionTask::commit() {
  last_commit_ = clock_.uptime();
  if (!has_something_to_commit()) {
    return {};
  }
  const LogPosition to = behind_;
  CHECK(total(counts_) == to.offset - committed_);  // the conservation law
  TRY(source_->sync());
  const bool full = keys_spilled_ || sink_->commits_since_full_state() >= kCommitsBetweenFullStates;
  const Commit commit{.from = committed_,
                      .to = to,
                      .counts = counts_,
                      .totals = pipeline_.totals(),
                      .high_mark = pipeline_.high_mark(),
                      .full_state = full,
                      .state = full ? pipeline_.write_all() : pipeline_.write_added(),
                      .runs = pipeline_.run_names()};
  TRY(sink_->commit(commit));
  log_info("committed", {{"partition", partition_},
                         {"from", commit.from},
                         {"to", to.offset},
                         {"silver", count_of(counts_, Outcome::silver)},
                         {"milliseconds", (clock_.uptime() - last_commit_).us / 1000}});
  committed_ = to.offset;
  source_->committed(committed_);
  progress_.counts += counts_;
  ++progress_.commits;
  counts_ = {};
  windows_staged_ = false;
  keys_spilled_ = false;
  return {};
}

void PartitionTask::publish_live() {
  const Offset next = behind_.offset;
  if (options_.live == nullptr || clock_.uptime() - last_published_ < kLiveInterval ||
      (next == published_next_ && committed_ == published_committed_)) {
    return;
  }
  auto live = std::make_shared<LivePartition>();
  live->partition = partition_;
  live->next = next;
  live->committed = committed_;
  live->totals = pipeline_.totals();
  live->high_mark = pipeline_.high_mark();
  live->open_5m = live_windows(pipeline_.windows_5m());
  live->open_1h = live_windows(pipeline_.windows_1h());
  live->top = live_top(pipeline_.windows_1h(), kLiveTop);
  live->dedup_keys = static_cast<std::int64_t>(pipeline_.dedup_keys());
  live->published_at = clock_.now();
  options_.live->publish(std::move(live));
  last_published_ = clock_.uptime();
  published_next_ = next;
  published_committed_ = committed_;
}

void PartitionTask::watch_late_share() {
  if (clock_.uptime() - late_watch_start_ < kLateWatchPeriod) {
    return;
  }
  const OutcomeCounts& now = pipeline_.totals();
  const std::int64_t late = count_of(now, Outcome::late) - count_of(late_watch_, Outcome::late);
  const std::int64_t records = total(now) - total(late_watch_);
  const bool was_high = std::exchange(share_is_high_, late * 100 > records * kLateSharePercentMax);
  if (share_is_high_ && !was_high) {
    log_warning("more than 1 % of the records of the last five minutes came late: look for a wrong clock",
                {{"partition", partition_}, {"late", late}, {"records", records}});
    if (options_.on_late_share) {
      options_.on_late_share({.partition = partition_, .late = late, .records = records});
    }
  }
  late_watch_ = now;
  late_watch_start_ = clock_.uptime();
}

}  // namespace millrace
