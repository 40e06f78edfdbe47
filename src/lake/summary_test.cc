#include "lake/summary.h"

#include <gtest/gtest.h>

#include "lake/faulty_store_testing.h"
#include "lake/script_testing.h"

namespace millrace {
namespace {

class SummaryTest : public testing::Test {
 protected:
  void append(const CommitRecord& record) {
    const Result<void> appended = CommitLog(store_, record.topic, record.partition).append(record);
    ASSERT_TRUE(appended) << words(appended);
  }
  LakeSummary summary() {
    auto summary = summarize(store_);
    EXPECT_TRUE(summary) << words(summary);
    return std::move(summary).value_or(LakeSummary{});
  }
  static CommitRecord record(std::int64_t sequence, Offset from, Offset to, Offset first = 0) {
    CommitRecord record;
    record.first = first;
    record.topic = "events";
    record.sequence = sequence;
    record.from = from;
    record.to.offset = to;
    record.counts = {to - from};
    record.totals = {to};
    return record;
  }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

TEST_F(SummaryTest, OfAnEmptyLakeHasAllTablesEmpty) {
  const LakeSummary empty = summary();
  EXPECT_TRUE(empty.partitions.empty());
  ASSERT_EQ(empty.tables.size(), 6U);
  for (const auto& [name, table] : empty.tables) {
    EXPECT_EQ(table.files + table.rows + table.bytes, 0) << name;
  }
}

TEST_F(SummaryTest, CountsWhatTheScriptCommitted) {
  ASSERT_TRUE(lake_testing::run_script(store_));
  const LakeSummary done = summary();
  ASSERT_EQ(done.partitions.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(done.partitions[i].topic, "events");
    EXPECT_EQ(done.partitions[i].partition, static_cast<Partition>(i));
    EXPECT_EQ(done.partitions[i].commits(), 3 + 2) << "two are followed by a compaction";
    EXPECT_EQ(done.partitions[i].newest.to.offset, lake_testing::kScriptRecords);
    EXPECT_TRUE(done.partitions[i].conserved());
  }
  for (const TableSpec* table : stream_tables()) {
    TableSummary standing;
    for (const std::string& name : lake_testing::glob(folder_.path(), table->name)) {
      ++standing.files;
      standing.rows += static_cast<std::int64_t>(lake_testing::read_parquet(folder_.path() / name).rows.size());
      standing.bytes += static_cast<std::int64_t>(fs::file_size(folder_.path() / name));
    }
    const TableSummary& counted = done.tables.at(std::string(table->name));
    EXPECT_GT(counted.files, 0) << table->name;
    EXPECT_EQ(counted.files, standing.files) << table->name;
    EXPECT_EQ(counted.rows, standing.rows) << table->name;
    EXPECT_EQ(counted.bytes, standing.bytes) << table->name;
  }
}

TEST_F(SummaryTest, LeavesOutWhatWasRemovedAgain) {
  CommitRecord first = record(0, 0, 10);
  first.added = {{.table = "bronze/events", .path = "bronze/events/a", .rows = 4, .bytes = 100},
                 {.table = "bronze/events", .path = "bronze/events/b", .rows = 6, .bytes = 100}};
  CommitRecord compaction = record(1, 10, 10);
  compaction.totals = first.totals;
  compaction.added = {{.table = "bronze/events", .path = "bronze/events/c", .rows = 10, .bytes = 150}};
  compaction.removed = {"bronze/events/a", "bronze/events/b", "bronze/events/unknown"};
  append(first);
  append(compaction);
  const TableSummary bronze = summary().tables.at("bronze/events");
  EXPECT_EQ(bronze.files, 1);
  EXPECT_EQ(bronze.rows, 10);
  EXPECT_EQ(bronze.bytes, 150);
  EXPECT_TRUE(summary().partitions.at(0).conserved());
}

TEST_F(SummaryTest, IsConservedFromTheFirstOffsetOnAndNotOtherwise) {
  CommitRecord first = record(0, 100, 150, 100);  // retention had removed what was before
  first.totals = {50};
  append(first);
  EXPECT_TRUE(summary().partitions.at(0).conserved());
  CommitRecord second = record(1, 150, 160, 100);
  second.totals = {59};  // one was lost
  append(second);
  EXPECT_FALSE(summary().partitions.at(0).conserved());
  CommitRecord third = record(2, 160, 161, 100);
  third.totals = {62};  // one was counted twice
  append(third);
  EXPECT_FALSE(summary().partitions.at(0).conserved());
}

TEST_F(SummaryTest, FailsWithTheStoresErrorWhicheverCallFails) {
  append(record(0, 0, 10));
  append(record(1, 10, 20));
  lake_testing::FaultyStore counting(store_);
  ASSERT_TRUE(summarize(counting));
  ASSERT_GE(counting.calls(), 5);
  for (std::int64_t call = 0; call < counting.calls(); ++call) {
    lake_testing::FaultyStore faulty(store_, {.at_call = call});
    const auto failed = summarize(faulty);
    ASSERT_FALSE(failed) << faulty.chosen();
    EXPECT_EQ(failed.error().fault, Fault::unavailable);
  }
}

TEST_F(SummaryTest, OfADamagedLakeIsCorrupt) {
  ASSERT_TRUE(store_.put_if_absent("_commits/events/0/00000000000000000000.json", "{"));
  EXPECT_EQ(summarize(store_).error().fault, Fault::corrupt);
}

TEST_F(SummaryTest, PassesOverAPartitionWithoutARecord) {
  ASSERT_TRUE(store_.put_if_absent("_commits/events/0/.00000000000000000000.json.1.0.draft", "{"));
  EXPECT_TRUE(summary().partitions.empty());
}

}  // namespace
}  // namespace millrace
