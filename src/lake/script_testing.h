// For tests of the lake only: a short stream over two partitions with a known end, whatever happens on the way.
//
// run_script() plays the part of stream/runner.h: it opens the lake, goes on from where each partition was committed,
// and ends at the first error. Run it again and again, in as many processes as you like, until it succeeds; then
// expect_script_done() says whether each record stands exactly once where it belongs.
// What a record is follows from its partition and offset alone. Thread rule: free functions.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "base/format.h"
#include "lake/commit_log.h"
#include "lake/lake.h"
#include "lake/lake_testing.h"
#include "lake/local_store.h"
#include "lake/summary.h"
#include "lake/tables.h"

namespace millrace::lake_testing {

constexpr const char* kTopic = "events";
constexpr std::array<Partition, 2> kPartitions = {0, 1};
constexpr Offset kScriptRecords = 11;  // of each partition
constexpr Offset kCommitRecords = 4;   // so the commits end at 4, 8 and 11
constexpr Offset kBatchRecords = 3;

inline Outcome script_outcome(Offset offset) {
  switch (offset % 8) {
    case 3:
      return Outcome::late;
    case 4:
      return Outcome::duplicate;
    case 5:
      return Outcome::malformed_json;
    default:
      return Outcome::silver;
  }
}

inline OutcomeCounts script_counts(Offset from, Offset to) {
  OutcomeCounts counts{};
  for (Offset offset = from; offset < to; ++offset) {
    ++counts[static_cast<std::size_t>(script_outcome(offset))];
  }
  return counts;
}

inline DecodedBatch script_batch(Partition partition, Offset from, Offset to) {
  std::vector<std::string> lines;
  for (Offset offset = from; offset < to; ++offset) {
    lines.push_back(script_outcome(offset) == Outcome::malformed_json
                        ? format("no json {}", offset)
                        : example_with({{"user_id", format("\"{} {}\"", partition, offset)},
                                        {"category", offset % 2 == 0 ? "\"Books\"" : "\"Home & Garden\""}}));
  }
  DecodedBatch batch = decode_lines(from, lines);
  for (DecodedRecord& record : batch.records) {  // what the partition's history would decide
    record.outcome = script_outcome(record.record.offset);
  }
  return batch;
}

/// Each commit emits one window row, whose product says which commit it was.
inline std::string script_window(Partition partition, Offset from, Offset to) {
  return format("{}: {} to {}", partition, from, to);
}

/// Says what it covers, so that a restored chain can be checked.
inline std::string script_state(Offset from, Offset to, bool full) {
  return format("{} {} {}", full ? "full" : "added", full ? 0 : from, to);
}

/// The states are a full one and what was added since, up to the committed end; without a hole, none twice.
inline void expect_states(const OpenedPartition& opened) {
  std::vector<std::string> expected;
  Offset end = 0;
  while (opened.committed && end < opened.committed->offset) {
    const Offset to = std::min(end + kCommitRecords, kScriptRecords);
    expected.push_back(script_state(end, to, end == 0));
    end = to;
  }
  EXPECT_EQ(opened.states, expected);
  if (opened.committed) {
    EXPECT_EQ(opened.committed->offset, end);
    EXPECT_EQ(opened.committed->details, format("position {}", end));
    EXPECT_EQ(opened.sink->commits_since_full_state(), static_cast<int>(expected.size()) - 1);
  }
}

/// Stages and commits the records from `from` up to the end of that commit.
inline Result<void> commit_next(PartitionSink& sink, Partition partition, Offset from) {
  const Offset to = std::min(from + kCommitRecords, kScriptRecords);
  for (Offset first = from; first < to; first += kBatchRecords) {
    TRY(sink.stage(script_batch(partition, first, std::min(first + kBatchRecords, to))));
  }
  WindowRows windows;
  windows.rows.push_back({.start = kReceived,
                          .product_id = windows.texts.store(script_window(partition, from, to)),
                          .category = "Books",
                          .sums = {}});
  TRY(sink.stage_windows(from == 0 ? WindowTable::product_5m : WindowTable::product_1h, windows));
  const bool full = sink.commits_since_full_state() > 2;
  TRY(sink.commit({.from = from,
                   .to = {.offset = to, .details = format("position {}", to)},
                   .counts = script_counts(from, to),
                   .totals = script_counts(0, to),
                   .high_mark = kReceived,
                   .full_state = full,
                   .state = script_state(from, to, full)}));
  return sink.tidy();
}

/// Small, so that files are opened, written and closed all along a commit.
constexpr StagingLimits kScriptLimits{
    .row_group_rows = 2, .folder_bytes = 1 << 20, .buffered_bytes = 1 << 20, .open_files = 2};

/// So that two of the three commits of a partition are followed by a compaction.
constexpr std::size_t kScriptFilesMax = 1;

/// From wherever the lake says to the end, the partitions in turn; the first error ends it.
inline Result<void> run_script(ObjectStore& store) {
  const StoppedClock clock;
  ASSIGN_OR_RETURN(const auto lake, Lake::open(store, kTopic, clock, kScriptLimits, {.files_max = kScriptFilesMax}));
  std::array<OpenedPartition, kPartitions.size()> opened;
  std::array<Offset, kPartitions.size()> at{};
  for (std::size_t i = 0; i < kPartitions.size(); ++i) {
    ASSIGN_OR_RETURN(opened[i], lake->open(kPartitions[i]));
    expect_states(opened[i]);
    at[i] = opened[i].committed ? opened[i].committed->offset : 0;
  }
  for (int turn = 0; turn < 3; ++turn) {
    for (std::size_t i = 0; i < kPartitions.size(); ++i) {
      if (at[i] < kScriptRecords) {
        TRY(commit_next(*opened[i].sink, kPartitions[i], at[i]));
        at[i] = std::min(at[i] + kCommitRecords, kScriptRecords);
      }
    }
  }
  return {};
}

/// The files of a table that a reader without the commit records finds, by name.
using GlobbedFiles = std::map<std::string, ParquetContent>;

inline GlobbedFiles globbed_files(const fs::path& root, const TableSpec& table) {
  GlobbedFiles files;
  for (const std::string& name : glob(root, table.name)) {
    files[name] = read_parquet(root / name);
  }
  return files;
}

/// (partition, offset) of all rows, in order.
inline std::vector<std::pair<Partition, Offset>> rows_of(const GlobbedFiles& files) {
  std::vector<std::pair<Partition, Offset>> rows;
  for (const auto& [name, content] : files) {
    const std::vector<Value> partitions = content.values("log_partition");
    const std::vector<Value> offsets = content.values("log_offset");
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const auto offset = parse_decimal(*offsets[i], 0);
      rows.emplace_back(*partitions[i] == "0" ? 0 : 1, offset ? offset->value : -1);
    }
  }
  std::ranges::sort(rows);
  return rows;
}

inline std::vector<std::pair<Partition, Offset>> globbed_rows(const fs::path& root, const TableSpec& table) {
  return rows_of(globbed_files(root, table));
}

/// The script's records that have one of these outcomes, in order.
inline std::vector<std::pair<Partition, Offset>> script_rows(const std::vector<Outcome>& outcomes) {
  std::vector<std::pair<Partition, Offset>> rows;
  for (const Partition partition : kPartitions) {
    for (Offset offset = 0; offset < kScriptRecords; ++offset) {
      if (std::ranges::find(outcomes, script_outcome(offset)) != outcomes.end()) {
        rows.emplace_back(partition, offset);
      }
    }
  }
  return rows;
}

/// Where a replaced file waits; anywhere, where none does.
inline bool is_in_trash(const fs::path& root, const std::string& path) {
  return std::ranges::any_of(files_below(root / "_trash"),
                             [&](const std::string& name) { return name.substr(name.find('/') + 1) == path; });
}

/// At any moment, also when a writer has just died: no row is seen twice or without its commit, and every file of every
/// commit stands somewhere.
inline void expect_nothing_lost_or_twice(const fs::path& root) {
  LocalStore store(root);
  std::set<std::string> committed;
  for (const Partition partition : kPartitions) {
    const auto records = CommitLog(store, kTopic, partition).from_checkpoint();
    ASSERT_TRUE(records) << words(records);
    for (const CommitRecord& record : *records) {
      std::vector<std::string> paths;
      if (!is_compaction(record)) {
        paths.push_back(record.state.path);
      }
      for (const DataFile& file : record.added) {
        paths.push_back(file.path);
        EXPECT_TRUE(committed.insert(file.path).second) << file.path << " was committed twice";
      }
      for (const std::string& path : paths) {
        EXPECT_TRUE(fs::exists(root / path) || fs::exists(root / staged_name(record.staging, path)) ||
                    is_in_trash(root, path))
            << "lost: " << path;
      }
    }
  }
  for (const TableSpec* table : stream_tables()) {
    for (const std::string& name : glob(root, table->name)) {
      EXPECT_TRUE(committed.contains(name)) << "seen without its commit: " << name;
    }
  }
  auto rows = globbed_rows(root, kBronzeEvents);
  EXPECT_EQ(std::ranges::adjacent_find(rows), rows.end()) << "a row is seen twice";
}

inline void expect_records_chain(const fs::path& root) {
  LocalStore store(root);
  for (const Partition partition : kPartitions) {
    const auto records = CommitLog(store, kTopic, partition).from_checkpoint();
    ASSERT_TRUE(records) << words(records);
    Offset end = 0;
    std::int64_t sequence = 0;
    OutcomeCounts sum{};
    for (const CommitRecord& record : *records) {
      EXPECT_EQ(record.sequence, sequence++);
      EXPECT_EQ(record.from, end);
      end = record.to.offset;
      EXPECT_EQ(total(record.counts), record.to.offset - record.from);
      sum += record.counts;
      EXPECT_EQ(record.totals, sum);
    }
    EXPECT_EQ(end, kScriptRecords);
  }
  const auto summary = summarize(store);
  ASSERT_TRUE(summary) << words(summary);
  for (const PartitionSummary& partition : summary->partitions) {
    EXPECT_TRUE(partition.conserved());
  }
}

/// The files found are those that the commit records name, with the rows and bytes they name.
inline void expect_files_as_recorded(const fs::path& root, const std::map<std::string_view, GlobbedFiles>& tables) {
  LocalStore store(root);
  std::map<std::string, DataFile> recorded;
  for (const Partition partition : kPartitions) {
    const auto records = CommitLog(store, kTopic, partition).from_checkpoint();
    ASSERT_TRUE(records) << words(records);
    for (const CommitRecord& record : *records) {
      for (const DataFile& file : record.added) {
        EXPECT_TRUE(recorded.emplace(file.path, file).second) << file.path;
      }
      for (const std::string& path : record.removed) {
        EXPECT_EQ(recorded.erase(path), 1U) << path;
      }
    }
  }
  std::size_t found = 0;
  for (const auto& [table, files] : tables) {
    for (const auto& [name, content] : files) {
      ++found;
      ASSERT_TRUE(recorded.contains(name)) << name;
      EXPECT_EQ(recorded.at(name).table, table);
      EXPECT_EQ(recorded.at(name).bytes, static_cast<std::int64_t>(fs::file_size(root / name)));
      EXPECT_EQ(recorded.at(name).rows, static_cast<std::int64_t>(content.rows.size()));
    }
  }
  EXPECT_EQ(found, recorded.size()) << "a committed file is not published";
}

/// Each commit's window stands once.
inline void expect_windows(const std::map<std::string_view, GlobbedFiles>& tables) {
  std::multiset<std::string> found;
  for (const TableSpec* table : {&kWindows5m, &kWindows1h}) {
    for (const auto& [name, content] : tables.at(table->name)) {
      for (const Value& product : content.values("product_id")) {
        found.insert(*product);
      }
    }
  }
  std::multiset<std::string> expected;
  for (const Partition partition : kPartitions) {
    for (Offset from = 0; from < kScriptRecords; from += kCommitRecords) {
      expected.insert(script_window(partition, from, std::min(from + kCommitRecords, kScriptRecords)));
    }
  }
  EXPECT_EQ(found, expected);
}

/// Each record exactly once in bronze and in its other table, each commit's window once, nothing left over.
inline void expect_script_done(const fs::path& root) {
  expect_records_chain(root);
  std::map<std::string_view, GlobbedFiles> tables;
  for (const TableSpec* table : stream_tables()) {
    tables[table->name] = globbed_files(root, *table);
  }
  expect_files_as_recorded(root, tables);
  EXPECT_EQ(rows_of(tables.at(kBronzeEvents.name)),
            script_rows({Outcome::silver, Outcome::late, Outcome::duplicate, Outcome::malformed_json}));
  EXPECT_EQ(rows_of(tables.at(kSilverEvents.name)), script_rows({Outcome::silver}));
  EXPECT_EQ(rows_of(tables.at(kLateEvents.name)), script_rows({Outcome::late}));
  EXPECT_EQ(rows_of(tables.at(kQuarantineEvents.name)), script_rows({Outcome::malformed_json}));
  expect_windows(tables);

  EXPECT_EQ(files_below(root / "_staging"), std::vector<std::string>()) << "left over";
  for (const std::string& name : files_below(root / "_commits")) {
    EXPECT_TRUE(name.ends_with(".json") || name.ends_with(".state")) << "left over: " << name;
  }
  // And who opens it now finds the end, and all states.
  LocalStore store(root);
  const Result<void> again = run_script(store);
  EXPECT_TRUE(again) << words(again);
}

}  // namespace millrace::lake_testing
