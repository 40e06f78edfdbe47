// For tests of the pipeline only: records decoded once and cut into batches, and all that a run of them shows.
//
// Thread rule: one thread.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "stream/partition_pipeline.h"
#include "stream/random_shop_testing.h"
#include "stream/stream_testing.h"

namespace millrace::stream_testing {

using Texts = std::vector<std::string>;

/// Records, decoded once; batches of them can be cut out again and again.
class Decoded {
 public:
  explicit Decoded(const Texts& records) {
    std::string all;
    for (const std::string& record : records) {
      all += record;
    }
    const event_testing::PaddedRecord bytes(all);
    std::vector<Record> views;
    std::size_t at = 0;
    for (const std::string& record : records) {
      views.push_back({.bytes = bytes.bytes().substr(at, record.size()),
                       .full_bytes = static_cast<std::int64_t>(record.size()),
                       .offset = static_cast<Offset>(views.size()),
                       .log_time = std::nullopt});
      at += record.size();
    }
    Decoder(shop_rules()).decode(views, bytes.owner(), event_testing::kReceived + kDay * 365, batch_);
  }

  DecodedBatch cut(std::size_t from, std::size_t to) const {
    DecodedBatch batch;
    batch.records.assign(batch_.records.begin() + static_cast<std::ptrdiff_t>(from),
                         batch_.records.begin() + static_cast<std::ptrdiff_t>(to));
    return batch;
  }
  const std::vector<DecodedRecord>& records() const { return batch_.records; }
  std::size_t size() const { return batch_.records.size(); }

 private:
  DecodedBatch batch_;
};

/// By width, start, product and category.
using SumsByWindow = std::map<std::tuple<Duration, Instant, std::string, std::string>, WindowSums>;

inline Texts texts_of(const SumsByWindow& windows) {
  Texts texts;
  for (const auto& [key, sums] : windows) {
    const auto& [width, start, product, category] = key;
    const WindowRow row{.start = start, .product_id = product, .category = category, .sums = sums};
    texts.push_back(format("{} min {}", width.us / minutes(1).us, text_of(row)));
  }
  return texts;
}

/// All that a partition's run shows to the outside.
struct Shown {
  std::vector<Outcome> outcomes;
  Texts windows_5m;  // every row that was emitted, in order
  Texts windows_1h;
  Texts window_sums;  // rows of the same window added up
  OutcomeCounts totals{};
  std::optional<Instant> high_mark;
  std::size_t dedup_keys = 0;
  bool operator==(const Shown&) const = default;
};

/// Drives a pipeline and collects what it shows, over restarts.
class PipelineRun {
 public:
  explicit PipelineRun(const PipelineOptions& options = {})
      : options_(options), pipeline_(std::make_unique<PartitionPipeline>(options)) {}

  void step(DecodedBatch batch) {
    ASSERT_TRUE(pipeline_->look_up(batch));
    pipeline_->step(batch);
    for (const DecodedRecord& record : batch.records) {
      shown_.outcomes.push_back(record.outcome);
    }
    take_windows();
  }
  void commit(bool full) {
    if (full || snapshots_.empty()) {
      snapshots_ = {pipeline_->write_all()};
    } else {
      snapshots_.push_back(pipeline_->write_added());
    }
  }
  /// All that is not needed in memory goes to disk; a commit of everything follows, as it must.
  void spill() {
    ASSERT_TRUE(pipeline_->spill(runs_, 0));
    commit(true);
  }
  void restart() {
    pipeline_ = std::make_unique<PartitionPipeline>(options_);
    for (const std::string& snapshot : snapshots_) {
      ASSERT_TRUE(pipeline_->restore(snapshot));
    }
    ASSERT_TRUE(pipeline_->open_runs(runs_));
  }
  Shown finish() {
    shown_.totals = pipeline_->totals();
    shown_.high_mark = pipeline_->high_mark();
    shown_.dedup_keys = pipeline_->dedup_keys();
    pipeline_->flush_windows();
    take_windows();
    shown_.window_sums = texts_of(sums_);
    return shown_;
  }
  PartitionPipeline& pipeline() { return *pipeline_; }

 private:
  void take_windows() {
    const auto take = [this](Duration width, WindowRows& rows, Texts& texts) {
      for (const WindowRow& row : rows.rows) {
        texts.push_back(text_of(row));
        add_sums(sums_[{width, row.start, std::string(row.product_id), std::string(row.category)}], row.sums);
      }
      rows.clear();
    };
    take(minutes(5), pipeline_->closed_5m(), shown_.windows_5m);
    take(hours(1), pipeline_->closed_1h(), shown_.windows_1h);
  }

  MemoryRuns runs_;
  PipelineOptions options_;
  std::unique_ptr<PartitionPipeline> pipeline_;
  std::vector<std::string> snapshots_;
  SumsByWindow sums_;
  Shown shown_;
};

inline Shown run_at_once(const Decoded& decoded, const PipelineOptions& options = {}) {
  PipelineRun run(options);
  run.step(decoded.cut(0, decoded.size()));
  return run.finish();
}

}  // namespace millrace::stream_testing
