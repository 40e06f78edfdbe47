#include "stream/runner.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/format.h"

namespace millrace {
namespace {

/// How long a thread rests when none of the partitions had anything new.
constexpr std::chrono::milliseconds kRest{5};

/// A partition and who works on it.
struct Seat {
  std::unique_ptr<PartitionTask> task;
  std::atomic_flag taken = ATOMIC_FLAG_INIT;
  std::atomic<bool> finished = false;
};

class Runner {
 public:
  Runner(std::vector<std::unique_ptr<PartitionTask>> tasks, std::stop_token stop) : seats_(tasks.size()) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      seats_[i].task = std::move(tasks[i]);
    }
    asked_to_stop_.emplace(std::move(stop), [this] { end(); });
  }

  Result<void> run(int threads) {
    {
      std::vector<std::jthread> workers;
      for (int i = 1; i < threads; ++i) {
        workers.emplace_back([this] { work(); });
      }
      work();
    }
    for (Seat& seat : seats_) {
      if (!seat.finished) {
        keep(seat.task->partition(), seat.task->stop());
      }
    }
    return error_ ? Result<void>(std::unexpected(*std::move(error_))) : Result<void>();
  }

  const std::vector<Seat>& seats() const { return seats_; }

 private:
  /// Takes turns of whatever partition is free, until all are finished or the run ends.
  void work() {
    while (!ending_) {
      bool progressed = false;
      bool all_finished = true;
      for (Seat& seat : seats_) {
        if (ending_ || seat.finished) {
          continue;
        }
        all_finished = false;
        if (!seat.taken.test_and_set(std::memory_order_acquire)) {
          progressed |= take_turn(seat);
          seat.taken.clear(std::memory_order_release);
        }
      }
      if (all_finished) {
        return;
      }
      if (!progressed) {
        rest();
      }
    }
  }

  bool take_turn(Seat& seat) {
    if (seat.finished) {
      return false;
    }
    const Result<PartitionTask::Turn> turn = seat.task->run_once();
    if (!turn) {
      seat.finished = true;  // what is staged stays uncommitted: it is read again on the next start
      keep(seat.task->partition(), std::unexpected(turn.error()));
      end();
      return false;
    }
    if (*turn == PartitionTask::Turn::finished) {
      seat.finished = true;
    }
    return *turn == PartitionTask::Turn::progressed;
  }

  void rest() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kRest, [this] { return ending_.load(); });
  }

  void end() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
  }

  /// Keeps the first error.
  void keep(Partition partition, Result<void> result) {
    const std::lock_guard lock(mutex_);
    if (!result && !error_) {
      error_ = std::move(result).error();
      error_->message = format("partition {}: {}", partition, error_->message);
    }
  }

  std::vector<Seat> seats_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> ending_ = false;
  std::optional<Error> error_;  // protected by mutex_ while threads run
  // Last, so that it is gone before what it touches.
  std::optional<std::stop_callback<std::function<void()>>> asked_to_stop_;
};

/// The log's partitions, and those that the sink knows from before: opening one that the log has lost says so.
Result<std::vector<Partition>> all_partitions(EventLog& log, Sink& sink) {
  ASSIGN_OR_RETURN(std::vector<Partition> partitions, log.partitions());
  ASSIGN_OR_RETURN(const std::vector<Partition> committed, sink.partitions());
  partitions.insert(partitions.end(), committed.begin(), committed.end());
  std::ranges::sort(partitions);
  const auto repeated = std::ranges::unique(partitions);
  partitions.erase(repeated.begin(), repeated.end());
  return partitions;
}

/// Each restores its partition's state, which takes a while where it is large: so `threads` at once.
Result<std::vector<std::unique_ptr<PartitionTask>>> open_tasks(const std::vector<Partition>& partitions, EventLog& log,
                                                               Sink& sink, const StreamOptions& options, int threads,
                                                               const Clock& clock) {
  std::vector<Result<std::unique_ptr<PartitionTask>>> opened(partitions.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < partitions.size(); i = next++) {
      opened[i] = PartitionTask::open(partitions[i], log, sink, options, clock);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 1; i < threads; ++i) {
      workers.emplace_back(work);
    }
    work();
  }
  std::vector<std::unique_ptr<PartitionTask>> tasks;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!opened[i]) {
      return fail(std::move(opened[i]).error(), format("partition {}", partitions[i]));
    }
    tasks.push_back(*std::move(opened[i]));
  }
  return tasks;
}

}  // namespace

Result<RunSummary> run_stream(EventLog& log, Sink& sink, const StreamOptions& options, int threads, const Clock& clock,
                              std::stop_token stop) {
  const Duration start = clock.uptime();
  ASSIGN_OR_RETURN(const std::vector<Partition> partitions, all_partitions(log, sink));
  ASSIGN_OR_RETURN(auto tasks, open_tasks(partitions, log, sink, options, threads, clock));
  Runner runner(std::move(tasks), std::move(stop));
  TRY(runner.run(threads));

  RunSummary summary;
  for (const Seat& seat : runner.seats()) {
    summary.counts += seat.task->progress().counts;
    summary.commits += seat.task->progress().commits;
    summary.window_rows += seat.task->progress().window_rows;
  }
  summary.elapsed = clock.uptime() - start;
  return summary;
}

}  // namespace millrace
