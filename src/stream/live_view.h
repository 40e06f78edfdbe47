// What the stream's partitions look like now, for readers in the same process: a dashboard, metrics.
//
// Between two batches a partition's task publishes a snapshot, at most every kLiveInterval and never while nothing
// changed; a reader takes the newest one of each partition. Snapshots are immutable and shared; what a lock guards is
// one pointer, so neither waits for the other's work, and an event costs nothing. (std::atomic<std::shared_ptr> would
// say the same; that of g++ 12 is a lock too, and one with a race.) Events that are visible here may not be committed
// yet: after a crash they come again. Thread rule: publish() from one thread for each partition, partitions() from any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "event/event.h"
#include "stream/windows.h"

namespace millrace {

constexpr Duration kLiveInterval = milliseconds(25);

/// The sums of one open window over all products.
struct LiveWindow {
  Instant start;
  WindowSums sums;
  std::int64_t rows = 0;  // products and categories
};

struct LiveProduct {
  std::string product_id;
  std::string category;
  WindowSums sums;
};

struct LivePartition {
  Partition partition = 0;
  Offset next = 0;       // behind the last record that is counted here
  Offset committed = 0;  // behind the last one that is durable
  OutcomeCounts totals{};
  std::optional<Instant> high_mark;
  std::vector<LiveWindow> open_5m;  // oldest first
  std::vector<LiveWindow> open_1h;
  std::vector<LiveProduct> top;  // of the newest open hour: the largest revenue first, then the most views
  std::int64_t dedup_keys = 0;
  Instant published_at;
};

class LiveView {
 public:
  /// Room for partitions [0, count).
  explicit LiveView(std::size_t count) : partitions_(count) {}

  void publish(std::shared_ptr<const LivePartition> snapshot) {
    const auto index = static_cast<std::size_t>(snapshot->partition);
    if (index < partitions_.size()) {
      const std::lock_guard lock(mutex_);
      partitions_[index].swap(snapshot);  // the old one is freed without the lock
    }
  }
  /// The newest snapshot of each partition that has one, by partition.
  std::vector<std::shared_ptr<const LivePartition>> partitions() const {
    std::vector<std::shared_ptr<const LivePartition>> all;
    all.reserve(partitions_.size());
    const std::lock_guard lock(mutex_);
    for (const auto& partition : partitions_) {
      if (partition != nullptr) {
        all.push_back(partition);
      }
    }
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const LivePartition>> partitions_;
};

/// Of the windows that are open, oldest first.
std::vector<LiveWindow> live_windows(const Windows& windows);
/// The products of the newest open window: at most `count`, the largest revenue first, then the most views.
std::vector<LiveProduct> live_top(const Windows& windows, std::size_t count);

}  // namespace millrace
