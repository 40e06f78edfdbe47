#include "lake/compaction.h"

#include <gtest/gtest.h>

#include "lake/catalog.h"
#include "lake/event_rows.h"
#include "lake/faulty_store_testing.h"
#include "lake/parquet.h"
#include "lake/recovery.h"
#include "lake/script_testing.h"

namespace millrace {
namespace {

using lake_testing::kScriptLimits;
using lake_testing::kTopic;

DataFile file_of(const std::string& path, std::int64_t bytes) {
  return {.table = path.substr(0, path.find("/event_date")), .path = path, .rows = 1, .bytes = bytes};
}

PartitionFiles files_of(std::vector<DataFile> files) {
  CommitRecord record;
  record.added = std::move(files);
  PartitionFiles all;
  all.apply(record);
  return all;
}

std::vector<std::string> paths_of(const Merge& merge) {
  std::vector<std::string> paths;
  for (const DataFile& file : merge.files) {
    paths.push_back(file.path);
  }
  return paths;
}

TEST(PlanMerges, TakesTheSmallestOfAFolderThatHasTooMany) {
  const PartitionFiles files =
      files_of({file_of("bronze/events/event_date=1/a", 900), file_of("bronze/events/event_date=1/b", 30),
                file_of("bronze/events/event_date=1/c", 20), file_of("bronze/events/event_date=1/d", 10),
                file_of("bronze/events/event_date=1/e", 800), file_of("bronze/events/event_date=2/f", 1)});
  EXPECT_TRUE(plan_merges(files, {.files_max = 5}).empty());
  EXPECT_TRUE(plan_merges(files, {.files_max = 0}).empty()) << "never";
  const std::vector<Merge> merges = plan_merges(files, {.files_max = 4});
  ASSERT_EQ(merges.size(), 1U);
  EXPECT_EQ(merges[0].folder, "bronze/events/event_date=1");
  EXPECT_EQ(paths_of(merges[0]),
            (std::vector<std::string>{"bronze/events/event_date=1/d", "bronze/events/event_date=1/c",
                                      "bronze/events/event_date=1/b"}))
      << "30 is at most twice 10 + 20";
  EXPECT_EQ(plan_merges(files, {.files_max = 1})[0].files.size(), 5U) << "all into one";
}

TEST(PlanMerges, LeavesLargeFilesAndOtherTablesAlone) {
  const PartitionFiles files =
      files_of({file_of("bronze/events/event_date=1/a", 900), file_of("bronze/events/event_date=1/b", 30),
                file_of("silver/x/event_date=1/a", 1), file_of("silver/x/event_date=1/b", 1)});
  EXPECT_TRUE(plan_merges(files, {.files_max = 1, .bytes_max = 800, .table = "bronze/events"}).empty());
  const std::vector<Merge> merges = plan_merges(files, {.files_max = 1, .table = "silver/x"});
  ASSERT_EQ(merges.size(), 1U);
  EXPECT_EQ(merges[0].folder, "silver/x/event_date=1");
}

// Files of one size that keep coming: how often a row is written again.
TEST(PlanMerges, WriteARowAgainAFewTimesHoweverManyFilesCome) {
  PartitionFiles files;
  std::int64_t written = 0;
  constexpr int kFiles = 1'000;
  for (int i = 0; i < kFiles; ++i) {
    CommitRecord added;
    added.added = {file_of("bronze/events/event_date=1/" + std::to_string(i), 1)};
    files.apply(added);
    for (const Merge& merge : plan_merges(files, {.files_max = 8})) {
      CommitRecord merged;
      std::int64_t bytes = 0;
      for (const DataFile& file : merge.files) {
        bytes += file.bytes;
        merged.removed.push_back(file.path);
      }
      merged.added = {file_of("bronze/events/event_date=1/merged " + std::to_string(i), bytes)};
      files.apply(merged);
      written += bytes;
    }
    ASSERT_LE(files.all().size(), 8U);
  }
  EXPECT_LE(written, kFiles * 5);
}

class MergeTest : public testing::Test {
 protected:
  /// A file of bronze rows from `first` on.
  DataFile write_bronze(const std::string& name, Offset first, std::size_t rows) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < rows; ++i) {
      lines.push_back(i % 5 == 4 ? "no json" : lake_testing::example_with({{"user_id", format("\"U{}\"", i)}}));
    }
    const DecodedBatch batch = lake_testing::decode_lines(first, lines);
    std::vector<std::uint32_t> indexes;
    for (std::uint32_t i = 0; i < rows; ++i) {
      indexes.push_back(i);
    }
    Table table(kBronzeEvents);
    append_bronze(table, 1, {batch, indexes});
    const std::string path = "bronze/events/event_date=2024-01-15/" + name;
    auto writer = *ParquetWriter::create(*store_.create(path), kBronzeEvents);
    EXPECT_TRUE(writer->write(table));
    const auto bytes = writer->finish();
    EXPECT_TRUE(bytes);
    return {.table = "bronze/events", .path = path, .rows = static_cast<std::int64_t>(rows), .bytes = *bytes};
  }
  Result<DataFile> merge(std::vector<DataFile> files) {
    return merge_files(store_, {"bronze/events/event_date=2024-01-15", std::move(files)}, "_staging/m.parquet",
                       "bronze/events/event_date=2024-01-15/m.parquet");
  }

  TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

TEST_F(MergeTest, KeepsEveryRowAndValueInOrder) {
  const DataFile first = write_bronze("a.parquet", 0, 7);
  const DataFile second = write_bronze("b.parquet", 100, 12);
  const auto merged = merge({second, first});
  ASSERT_TRUE(merged) << words(merged);
  EXPECT_EQ(merged->rows, 19);
  EXPECT_EQ(merged->path, "bronze/events/event_date=2024-01-15/m.parquet");
  const auto read = [&](const std::string& path) { return lake_testing::read_parquet(folder_.path() / path); };
  const lake_testing::ParquetContent all = read("_staging/m.parquet");
  std::vector<lake_testing::Row> expected = read(second.path).rows;
  for (const lake_testing::Row& row : read(first.path).rows) {
    expected.push_back(row);
  }
  EXPECT_EQ(all.rows, expected);
  EXPECT_EQ(all.row_group_rows, (std::vector<std::int64_t>{19}));
  EXPECT_EQ(merged->bytes, static_cast<std::int64_t>(fs::file_size(folder_.path() / "_staging/m.parquet")));
}

TEST_F(MergeTest, FilesThatAreNotWhatTheRecordsSayStopIt) {
  DataFile file = write_bronze("a.parquet", 0, 3);
  file.rows = 4;
  const auto fewer = merge({file, file});
  ASSERT_FALSE(fewer);
  EXPECT_EQ(fewer.error().fault, Fault::corrupt);
  EXPECT_FALSE(merge({file, {.table = "bronze/events", .path = "gone.parquet", .rows = 1, .bytes = 1}}));
  EXPECT_EQ(merge({{.table = "of/another/build", .path = file.path, .rows = 3, .bytes = 1}}).error().fault,
            Fault::corrupt);
}

class CompactTest : public testing::Test {
 protected:
  std::unique_ptr<Lake> open_lake() { return *Lake::open(store_, kTopic, clock_, kScriptLimits); }
  std::int64_t count_files() {
    std::int64_t count = 0;
    const auto committed = committed_files(store_);
    EXPECT_TRUE(committed) << words(committed);
    for (const auto& [table, files] : *committed) {
      count += static_cast<std::int64_t>(files.size());
      for (const DataFile& file : files) {
        EXPECT_TRUE(fs::exists(folder_.path() / file.path)) << file.path;
      }
    }
    return count;
  }

  lake_testing::StoppedClock clock_;
  TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

// Another process compacts between any two steps of a stream, and of two streams' commits none is lost.
TEST_F(CompactTest, BesideAStreamLosesNothing) {
  std::int64_t calls = 0;
  {
    const TemporaryFolder other(lake_testing::fast_folder());
    LocalStore store(other.path());
    lake_testing::FaultyStore counted(store);
    ASSERT_TRUE(lake_testing::run_script(counted));
    calls = counted.calls();
  }
  const lake_testing::Sample sample(5);
  for (std::int64_t at = 1 + sample.first; at < calls; at += sample.step) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    LocalStore store(folder.path());
    lake_testing::FaultyStore watched(store);
    LocalStore others_store(folder.path());
    watched.before_call = [&](const std::string& call) {
      if (watched.calls() == at && !call.starts_with("claim")) {
        const auto other = Lake::open(others_store, kTopic, clock_, kScriptLimits);
        ASSERT_TRUE(other) << words(other);
        for (const Partition partition : lake_testing::kPartitions) {
          const auto compacted = (*other)->compact(partition, {.files_max = 1});
          ASSERT_TRUE(compacted) << words(compacted) << " before " << call;
        }
      }
    };
    const Result<void> done = lake_testing::run_script(watched);
    ASSERT_TRUE(done) << words(done) << " with a compaction before call " << at;
    lake_testing::expect_script_done(folder.path());
    if (HasFailure()) {
      FAIL() << "compacted before call " << at;
    }
  }
}

TEST_F(CompactTest, FollowsACommitWhereAFolderHasTooManyFiles) {
  ASSERT_TRUE(lake_testing::run_script(store_));
  std::map<std::string, std::size_t> files_by_folder;
  for (const TableSpec* table : stream_tables()) {
    for (const std::string& name : lake_testing::glob(folder_.path(), table->name)) {
      ++files_by_folder[name.substr(0, name.rfind('/'))];
    }
  }
  EXPECT_EQ(files_by_folder.at("bronze/events/event_date=2024-01-15"), 2U) << "one of each partition";
  for (const auto& [folder, files] : files_by_folder) {
    EXPECT_LE(files, lake_testing::kPartitions.size() * lake_testing::kScriptFilesMax) << folder;
  }
}

TEST_F(CompactTest, OfALakeThatNobodyWritesLeavesOneFileOfAPartitionInAFolder) {
  ASSERT_TRUE(lake_testing::run_script(store_));
  const std::int64_t before = count_files();
  const auto lake = open_lake();
  const auto compacted = lake->compact(0, {.files_max = 1});
  ASSERT_TRUE(compacted) << words(compacted);
  EXPECT_LE(compacted->after, compacted->before);
  EXPECT_LE(count_files(), before);
  const auto again = lake->compact(0, {.files_max = 1});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->before, again->after);
}

TEST_F(CompactTest, ReplacedFilesGoAfterTenMinutes) {
  ASSERT_TRUE(lake_testing::run_script(store_));
  EXPECT_FALSE(lake_testing::files_below(folder_.path() / "_trash").empty());
  ASSERT_TRUE(empty_trash(store_, clock_.now() + minutes(10)));
  EXPECT_FALSE(lake_testing::files_below(folder_.path() / "_trash").empty());
  ASSERT_TRUE(empty_trash(store_, clock_.now() + minutes(11)));
  EXPECT_TRUE(lake_testing::files_below(folder_.path() / "_trash").empty());
}

}  // namespace
}  // namespace millrace
