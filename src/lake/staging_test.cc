#include "lake/staging.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/format.h"
#include "lake/faulty_store_testing.h"
#include "lake/lake_testing.h"
#include "lake/local_store.h"
#include "lake/tables.h"

namespace millrace {
namespace {

using lake_testing::decode_lines;
using lake_testing::example_with;
using lake_testing::FaultyStore;
using lake_testing::files_below;
using lake_testing::ParquetContent;
using lake_testing::read_parquet;

constexpr const char* kFolder = "_staging/w/events/0/7";
constexpr StagingLimits kNoLimits{
    .row_group_rows = 1 << 30, .folder_bytes = 1 << 30, .buffered_bytes = 1 << 30, .open_files = 1 << 20};

std::string line_of(Offset i, std::string_view category = "Books", std::string_view date = "2024-01-15") {
  return example_with({{"category", format("\"{}\"", category)},
                       {"event_time", format("\"{}T10:00:00Z\"", date)},
                       {"event_id", format("\"event {}\"", i)}});
}

/// Records of all kinds over several folders: events of three categories and two days, late ones, duplicates, refused.
DecodedBatch mixed_batch(Offset first, Offset count) {
  std::vector<std::string> lines;
  for (Offset i = first; i < first + count; ++i) {
    const std::string date = format("2024-01-{}", 14 + i % 2);
    lines.push_back(i % 11 == 0   ? "no json"
                    : i % 13 == 0 ? example_with({{"price", "-1"}})
                    : i % 17 == 0 ? example_with({{"event_time", "\"tomorrow\""}})
                                  : line_of(i, format("category {}", i % 3), date));
  }
  DecodedBatch batch = decode_lines(first, lines);
  for (DecodedRecord& record : batch.records) {  // as the partition's history would decide
    if (record.outcome == Outcome::silver && record.record.offset % 5 == 0) {
      record.outcome = record.record.offset % 2 == 0 ? Outcome::late : Outcome::duplicate;
    }
  }
  return batch;
}

WindowRows windows_of(int count) {
  WindowRows rows;
  for (int i = 0; i < count; ++i) {
    rows.rows.push_back({.start = {1'705'314'600'000'000 + i % 2 * kDay.us},
                         .product_id = rows.texts.store(format("P{}", i)),
                         .category = rows.texts.store("Books"),
                         .sums = {}});
  }
  return rows;
}

class StagingTest : public testing::Test {
 protected:
  /// Stages what `fill` adds; the files of it, or a failure.
  std::vector<DataFile> stage(const StagingLimits& limits, const std::function<Result<void>(Staging&)>& fill) {
    Staging staging(faulty_, kFolder, "stem", limits);
    const Result<void> filled = fill(staging);
    EXPECT_TRUE(filled) << words(filled);
    Result<std::vector<DataFile>> files = staging.finish();
    EXPECT_TRUE(files) << words(files);
    return std::move(files).value_or(std::vector<DataFile>());
  }
  std::vector<DataFile> stage_batches(const StagingLimits& limits, const std::vector<DecodedBatch>& batches) {
    return stage(limits, [&](Staging& staging) -> Result<void> {
      for (const DecodedBatch& batch : batches) {
        TRY(staging.add(3, batch));
      }
      return {};
    });
  }
  ParquetContent content(const DataFile& file) {
    return read_parquet(folder_.path() / staged_name(kFolder, file.path));
  }

  /// All rows of a table, each with the Hive folder it stands in, in order.
  std::vector<std::string> rows_of(const std::vector<DataFile>& files, const TableSpec& table) {
    std::vector<std::string> rows;
    for (const DataFile& file : files) {
      if (file.table != table.name) {
        continue;
      }
      for (const lake_testing::Row& row : content(file).rows) {
        std::string text = file.path.substr(0, file.path.rfind('/'));
        for (const lake_testing::Value& value : row) {
          text += " | " + value.value_or("null");
        }
        rows.push_back(std::move(text));
      }
    }
    std::ranges::sort(rows);
    return rows;
  }
  std::vector<std::int64_t> row_groups(const std::vector<DataFile>& files, const TableSpec& table) {
    std::vector<std::int64_t> groups;
    for (const DataFile& file : files) {
      if (file.table == table.name) {
        for (const std::int64_t rows : content(file).row_group_rows) {
          groups.push_back(rows);
        }
      }
    }
    return groups;
  }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
  FaultyStore faulty_{store_};
};

TEST_F(StagingTest, PutsEachOutcomeIntoItsTableAndFolder) {
  DecodedBatch batch = decode_lines(10, {line_of(0, "Home & Garden"), line_of(1, "Books", "2024-01-14"), line_of(2),
                                         line_of(3, "Books", "2024-01-10"), example_with({{"price", "\"free\""}}),
                                         example_with({{"event_time", "\"tomorrow\""}}), "no json"});
  batch.records[2].outcome = Outcome::duplicate;
  batch.records[3].outcome = Outcome::late;
  std::vector<DecodedBatch> batches;
  batches.push_back(std::move(batch));
  const std::vector<DataFile> files = stage_batches(kNoLimits, batches);

  std::map<std::string, std::vector<std::string>> offsets;  // by folder
  for (const DataFile& file : files) {
    for (const lake_testing::Value& offset : content(file).values("log_offset")) {
      offsets[file.path.substr(0, file.path.rfind('/'))].push_back(*offset);
    }
  }
  EXPECT_EQ(offsets, (std::map<std::string, std::vector<std::string>>{
                         {"bronze/events/event_date=2024-01-10", {"13"}},
                         {"bronze/events/event_date=2024-01-14", {"11"}},
                         {"bronze/events/event_date=2024-01-15", {"10", "12", "14"}},
                         {"bronze/events/event_date=__HIVE_DEFAULT_PARTITION__", {"15", "16"}},
                         {"silver/cleaned_events/event_date=2024-01-15/category=Home%20%26%20Garden", {"10"}},
                         {"silver/cleaned_events/event_date=2024-01-14/category=Books", {"11"}},
                         {"silver/late_events/event_date=2024-01-10", {"13"}},
                         {"quarantine/events/ingest_date=2024-01-15/reason=bad_price", {"14"}},
                         {"quarantine/events/ingest_date=2024-01-15/reason=bad_event_time", {"15"}},
                         {"quarantine/events/ingest_date=2024-01-15/reason=malformed_json", {"16"}},
                     }));
}

TEST_F(StagingTest, ARecordFromTheFutureHasNoDay) {
  std::vector<DecodedBatch> batches;
  batches.push_back(decode_lines(0, {line_of(0, "Books", "2030-01-01")}));
  const std::vector<DataFile> files = stage_batches(kNoLimits, batches);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(rows_of(files, kBronzeEvents).at(0).find("bronze/events/event_date=__HIVE_DEFAULT_PARTITION__ "), 0U);
  EXPECT_EQ(
      rows_of(files, kQuarantineEvents).at(0).find("quarantine/events/ingest_date=2024-01-15/reason=future_event "),
      0U);
}

TEST_F(StagingTest, PutsWindowsIntoTheDayOfTheirStart) {
  const std::vector<DataFile> files = stage(kNoLimits, [&](Staging& staging) -> Result<void> {
    TRY(staging.add_windows(WindowTable::product_5m, windows_of(4)));
    return staging.add_windows(WindowTable::product_1h, windows_of(3));
  });
  ASSERT_EQ(files.size(), 4U);
  std::map<std::string, std::int64_t> rows;
  for (const DataFile& file : files) {
    rows[file.path.substr(0, file.path.rfind('/'))] = file.rows;
    const ParquetContent windows = content(file);
    const std::int64_t width_us = file.table == kWindows5m.name ? minutes(5).us : hours(1).us;
    for (const lake_testing::Row& row : windows.rows) {
      EXPECT_EQ(*row[1], format("{}", Instant{row[0] == "1705314600000000" ? 1'705'314'600'000'000 + width_us
                                                                           : 1'705'401'000'000'000 + width_us}
                                          .us));
    }
  }
  EXPECT_EQ(rows, (std::map<std::string, std::int64_t>{{"windows/product_5m/event_date=2024-01-15", 2},
                                                       {"windows/product_5m/event_date=2024-01-16", 2},
                                                       {"windows/product_1h/event_date=2024-01-15", 2},
                                                       {"windows/product_1h/event_date=2024-01-16", 1}}));
}

TEST_F(StagingTest, SaysOfEachFileWhatStandsInIt) {
  std::vector<DecodedBatch> batches;
  batches.push_back(mixed_batch(0, 200));
  const std::vector<DataFile> files = stage_batches(kNoLimits, batches);
  std::set<std::string> staged;
  std::set<std::string> paths;
  for (const DataFile& file : files) {
    const std::string name = staged_name(kFolder, file.path);
    EXPECT_EQ(static_cast<std::int64_t>(content(file).rows.size()), file.rows) << file.path;
    EXPECT_EQ(static_cast<std::int64_t>(fs::file_size(folder_.path() / name)), file.bytes) << file.path;
    EXPECT_EQ(file.path.find(file.table + "/"), 0U) << file.path;
    EXPECT_EQ(content(file).metadata.at("table"), file.table);
    EXPECT_TRUE(staged.insert(name).second) << "two files with one staged name: " << name;
    EXPECT_TRUE(paths.insert(file.path).second) << file.path;
  }
  const std::vector<std::string> standing = files_below(folder_.path());
  EXPECT_EQ(std::set<std::string>(standing.begin(), standing.end()), staged) << "nothing else, and nothing published";
}

TEST_F(StagingTest, OfNothingIsNothing) {
  EXPECT_TRUE(stage_batches(kNoLimits, {}).empty());
  EXPECT_TRUE(files_below(folder_.path()).empty());
  EXPECT_EQ(faulty_.calls(), 0);
}

TEST_F(StagingTest, PublishesNothingAlsoWhenItIsGivenUp) {
  StagingLimits limits = kNoLimits;
  limits.row_group_rows = 2;
  {
    Staging staging(store_, kFolder, "stem", limits);
    ASSERT_TRUE(staging.add(0, mixed_batch(0, 100)));
  }
  const std::vector<std::string> standing = files_below(folder_.path());
  EXPECT_FALSE(standing.empty());
  for (const std::string& name : standing) {
    EXPECT_EQ(name.find(kFolder), 0U) << name;
  }
}

TEST_F(StagingTest, CutsRowGroupsByRows) {
  StagingLimits limits = kNoLimits;
  limits.row_group_rows = 4;
  std::vector<DecodedBatch> batches;
  for (Offset i = 0; i < 10; ++i) {
    batches.push_back(decode_lines(i, {line_of(i)}));
  }
  const std::vector<DataFile> files = stage_batches(limits, batches);
  EXPECT_EQ(row_groups(files, kSilverEvents), (std::vector<std::int64_t>{4, 4, 2}));
  EXPECT_EQ(row_groups(files, kBronzeEvents), (std::vector<std::int64_t>{4, 4, 2}));
  EXPECT_EQ(files.size(), 2U) << "row groups of one file, not files";
}

TEST_F(StagingTest, CutsRowGroupsByTheBytesOfAFolder) {
  StagingLimits limits = kNoLimits;
  limits.folder_bytes = 1;  // looked at behind every batch
  std::vector<DecodedBatch> batches;
  for (const std::vector<Offset>& offsets : {std::vector<Offset>{0, 1, 2}, {3}, {4, 5}}) {
    std::vector<std::string> lines;
    for (const Offset offset : offsets) {
      lines.push_back(line_of(offset));
    }
    batches.push_back(decode_lines(offsets.front(), lines));
  }
  const std::vector<DataFile> files = stage_batches(limits, batches);
  EXPECT_EQ(row_groups(files, kSilverEvents), (std::vector<std::int64_t>{3, 1, 2}));
}

TEST_F(StagingTest, WritesTheLargestFoldersFirstWhereAllTogetherAreTooLarge) {
  StagingLimits limits = kNoLimits;
  limits.buffered_bytes = 20'000;
  Staging staging(faulty_, kFolder, "stem", limits);
  ASSERT_TRUE(staging.add(0, decode_lines(0, {line_of(0, "small")})));
  EXPECT_EQ(faulty_.calls(), 0) << "there is room";
  std::vector<std::string> lines;
  for (Offset i = 1; i < 200; ++i) {
    lines.push_back(line_of(i, "large"));
  }
  ASSERT_TRUE(staging.add(0, decode_lines(1, lines)));
  EXPECT_EQ(faulty_.calls(), 2) << "bronze and the large category were created, the small one waits";
  const auto files = staging.finish();
  ASSERT_TRUE(files) << words(files);
  EXPECT_EQ(row_groups(*files, kBronzeEvents), (std::vector<std::int64_t>{200}));
}

TEST_F(StagingTest, HoldsNoMoreMemoryThanTwiceTheBudgetHoweverManyFoldersHadTheirRows) {
  StagingLimits limits = kNoLimits;
  limits.buffered_bytes = 256 * 1024;
  limits.folder_bytes = 64 * 1024;
  limits.open_files = 4;
  Staging staging(store_, kFolder, "stem", limits);
  for (int day = 1; day <= 28; ++day) {  // a history: day after day, each with more than a folder's bytes
    for (int part = 0; part < 8; ++part) {
      std::vector<std::string> lines;
      for (Offset i = 0; i < 50; ++i) {
        lines.push_back(line_of(i, "Books", format("2024-01-{:02}", day)));
      }
      DecodedBatch batch = decode_lines(day * 1000 + part * 50, lines);
      for (DecodedRecord& record : batch.records) {
        record.outcome = is_rejection(record.outcome) ? record.outcome : Outcome::silver;
      }
      ASSERT_TRUE(staging.add(0, batch));
      ASSERT_LE(staging.held_bytes(), 2 * limits.buffered_bytes) << "day " << day;
    }
  }
  ASSERT_TRUE(staging.finish());
}

TEST_F(StagingTest, KeepsTheNumberOfOpenFilesBounded) {
  StagingLimits limits = kNoLimits;
  limits.row_group_rows = 1;  // every row wants its file at once
  limits.open_files = 3;
  std::set<std::string> open;
  std::size_t most = 0;
  faulty_.before_call = [&](const std::string& call) {
    const std::string name = call.substr(call.find(' ') + 1);
    if (call.starts_with("create ")) {
      EXPECT_TRUE(open.insert(name).second) << call;
    } else if (call.starts_with("finish ")) {
      EXPECT_EQ(open.erase(name), 1U) << call;
    }
    most = std::max(most, open.size());
  };
  std::vector<DecodedBatch> batches;
  std::vector<std::string> lines;
  for (Offset i = 0; i < 60; ++i) {
    lines.push_back(line_of(i, format("category {}", i % 10)));
  }
  batches.push_back(decode_lines(0, lines));
  const std::vector<DataFile> files = stage_batches(limits, batches);
  EXPECT_LE(most, limits.open_files + 1) << "one more while it decides";
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(rows_of(files, kSilverEvents).size(), 60U);
  EXPECT_EQ(rows_of(files, kBronzeEvents).size(), 60U);
}

TEST_F(StagingTest, HasTheSameRowsWhateverTheLimitsAndTheBatches) {
  constexpr Offset kRecords = 300;
  std::vector<DecodedBatch> one_batch;
  one_batch.push_back(mixed_batch(0, kRecords));
  std::vector<DecodedBatch> single_records;
  for (Offset i = 0; i < kRecords; ++i) {
    single_records.push_back(mixed_batch(i, 1));
  }
  const std::vector<DataFile> expected_files = stage_batches(kNoLimits, one_batch);
  std::vector<std::vector<std::string>> expected;
  for (const TableSpec* table : stream_tables()) {
    expected.push_back(rows_of(expected_files, *table));
  }
  EXPECT_EQ(expected[0].size(), static_cast<std::size_t>(kRecords));
  EXPECT_GT(expected[1].size(), 100U);
  EXPECT_GT(expected[2].size(), 10U);
  EXPECT_GT(expected[3].size(), 40U);
  EXPECT_LT(expected[1].size() + expected[2].size() + expected[3].size(), expected[0].size()) << "and duplicates";

  const std::vector<StagingLimits> all_limits = {
      kNoLimits,
      StagingLimits{},
      {.row_group_rows = 1, .folder_bytes = 1 << 30, .buffered_bytes = 1 << 30, .open_files = 1},
      {.row_group_rows = 7, .folder_bytes = 1 << 30, .buffered_bytes = 1 << 30, .open_files = 100},
      {.row_group_rows = 1 << 30, .folder_bytes = 0, .buffered_bytes = 1 << 30, .open_files = 2},
      {.row_group_rows = 1 << 30, .folder_bytes = 1 << 30, .buffered_bytes = 0, .open_files = 0},
      {.row_group_rows = 1 << 30, .folder_bytes = 1 << 30, .buffered_bytes = 5000, .open_files = 5},
  };
  for (std::size_t i = 0; i < all_limits.size(); ++i) {
    for (const std::vector<DecodedBatch>* batches : {&one_batch, &single_records}) {
      SCOPED_TRACE(format("limits {}, {} batches", i, batches->size()));
      ASSERT_TRUE(store_.remove("_staging"));
      const std::vector<DataFile> files = stage_batches(all_limits[i], *batches);
      for (std::size_t table = 0; table < expected.size(); ++table) {
        EXPECT_EQ(rows_of(files, *stream_tables()[table]), expected[table]) << stream_tables()[table]->name;
      }
    }
  }
}

TEST_F(StagingTest, FailsWithTheStoresErrorWhicheverCallFails) {
  StagingLimits limits = kNoLimits;
  limits.row_group_rows = 3;
  limits.open_files = 2;
  const auto run = [&](ObjectStore& store) -> Result<void> {
    Staging staging(store, kFolder, "stem", limits);
    TRY(staging.add(0, mixed_batch(8, 7)));
    TRY(staging.add_windows(WindowTable::product_5m, windows_of(2)));
    TRY(staging.finish());
    return {};
  };
  FaultyStore counting(store_, {.at_call = -1, .count_writes = true});
  ASSERT_TRUE(run(counting));
  ASSERT_GT(counting.calls(), 200);
  for (std::int64_t call = 0; call < counting.calls(); call += 3) {  // a file's writes are all alike
    ASSERT_TRUE(store_.remove("_staging"));
    FaultyStore faulty(store_, {.at_call = call, .count_writes = true});
    const Result<void> staged = run(faulty);
    ASSERT_FALSE(staged) << call << ": " << faulty.chosen();
    EXPECT_EQ(staged.error().fault, Fault::unavailable);
    EXPECT_EQ(staged.error().message, "injected: " + faulty.chosen());
  }
}

}  // namespace
}  // namespace millrace
