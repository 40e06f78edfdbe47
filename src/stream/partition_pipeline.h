// A partition as a pure state machine: decoded records in, their outcomes and closed windows out.
//
// It decides what needs the partition's history: too many categories, late, duplicate; and it adds silver events to
// both windows. No clock or thread, and no file but runs of keys (key_run.h): the same records in the same order give
// the same outcomes and the same window rows, whatever the batches. Rules: CONTRACT.md, "Late" and "Duplicate". A
// snapshot is taken as everything (write_all) or as what the last commit lacks (write_added); restore() takes one full
// snapshot and then the added ones in order. Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "event/decode.h"
#include "stream/dedup.h"
#include "stream/windows.h"

namespace millrace {

struct PipelineOptions {
  Duration allowed_lateness = hours(2);
  std::size_t categories_max = 1000;
  Duration delay_5m = minutes(10);
  Duration delay_1h = hours(2);
  std::uint64_t hash_seed = 0;  // secret: of the windows' tables
};

class PartitionPipeline {
 public:
  explicit PartitionPipeline(const PipelineOptions& options);

  /// Looks up the batch's events among the identities that are not in memory. Before step(), where there are any.
  Result<void> look_up(const DecodedBatch& batch);
  /// Settles the outcome of every record of the batch.
  void step(DecodedBatch& batch);
  /// Emits all open windows.
  void flush_windows();

  /// Window rows emitted and not yet cleared by the caller.
  WindowRows& closed_5m() { return closed_5m_; }
  WindowRows& closed_1h() { return closed_1h_; }

  /// The highest valid event time that was not late; none before the first.
  std::optional<Instant> high_mark() const { return high_; }
  /// Outcomes of all records since the partition's beginning.
  const OutcomeCounts& totals() const { return totals_; }
  const Windows& windows_5m() const { return windows_5m_; }
  const Windows& windows_1h() const { return windows_1h_; }
  std::size_t open_window_rows() const { return windows_5m_.open_rows() + windows_1h_.open_rows(); }
  std::size_t dedup_keys() const { return dedup_.size(); }
  std::size_t dedup_bytes() const { return dedup_.bytes(); }
  /// As Dedup::spill. write_all() must follow before write_added().
  Result<void> spill(RunStore& store, std::size_t bytes_max) { return dedup_.spill(store, bytes_max); }
  /// Of the snapshots that are written now.
  std::vector<std::string> run_names() const { return dedup_.run_names(); }

  std::string write_all();
  std::string write_added();
  /// Applies one snapshot on top of those before it. False where the bytes are no snapshot; the state is then unusable.
  bool restore(std::string_view snapshot);
  /// After the last restore().
  Result<void> open_runs(RunStore& store) { return dedup_.open_runs(store); }

 private:
  /// Of an event that is no rejection; seeded with the partition's secret.
  struct Hashes {
    std::uint64_t category;
    std::uint64_t product;  // of product and category, as windows.h asks for
  };
  /// A category with its hash, which is known when it is looked up and worked out when it is kept.
  struct HashedText {
    std::string_view text;
    std::uint64_t hash;
  };
  struct CategoryHash {
    using is_transparent = void;
    std::size_t operator()(const HashedText& category) const { return category.hash; }
    std::size_t operator()(std::string_view category) const { return category_hash(category, seed); }
    std::uint64_t seed;
  };
  struct CategoryEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
    bool operator()(const HashedText& a, std::string_view b) const { return a.text == b; }
    bool operator()(std::string_view a, const HashedText& b) const { return a == b.text; }
  };

  void hash(const DecodedBatch& batch);
  void fetch_ahead(const DecodedBatch& batch, std::size_t i) const;
  Outcome settle(const Event& event, const Hashes& hashes, bool is_in_runs);
  std::optional<bool> id_was_in_silver(const Event& event, bool is_in_runs) const;
  void write_small_state(ByteWriter& out) const;

  PipelineOptions options_;
  std::optional<Instant> high_;
  std::unordered_set<std::string, CategoryHash, CategoryEqual> categories_;
  Dedup dedup_;
  Windows windows_5m_;
  Windows windows_1h_;
  WindowRows closed_5m_;
  WindowRows closed_1h_;
  std::vector<Hashes> hashes_;             // of the batch at hand
  std::vector<std::uint8_t> are_in_runs_;  // likewise; empty without runs
  OutcomeCounts totals_{};
};

}  // namespace millrace
