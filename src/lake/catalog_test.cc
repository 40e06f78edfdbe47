#include "lake/catalog.h"

#include <gtest/gtest.h>

#include <fstream>

#include "lake/faulty_store_testing.h"
#include "lake/script_testing.h"

namespace millrace {
namespace {

using lake_testing::FaultKind;
using lake_testing::FaultyStore;

class CatalogTest : public testing::Test {
 protected:
  /// The committed files' paths by table.
  std::map<std::string, std::vector<std::string>> paths() {
    const auto files = committed_files(store_);
    EXPECT_TRUE(files) << words(files);
    std::map<std::string, std::vector<std::string>> by_table;
    for (const auto& [table, table_files] : files.value_or(CommittedFiles())) {
      std::vector<std::string>& names = by_table[table];
      for (const DataFile& file : table_files) {
        names.push_back(file.path);
      }
      std::ranges::sort(names);
    }
    return by_table;
  }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

TEST_F(CatalogTest, OfAnEmptyLakeHasAllTablesOfTheStreamEmpty) {
  const auto by_table = paths();
  EXPECT_EQ(by_table.size(), stream_tables().size());
  for (const auto& [table, names] : by_table) {
    EXPECT_TRUE(names.empty()) << table;
  }
}

TEST_F(CatalogTest, IsWhatAGlobFindsWhenNothingRuns) {
  ASSERT_TRUE(lake_testing::run_script(store_));
  for (const auto& [table, names] : paths()) {
    EXPECT_EQ(names, lake_testing::glob(folder_.path(), table));
    EXPECT_FALSE(names.empty()) << table;
  }
}

TEST_F(CatalogTest, HasEachCommitWholeOrNotAtAllWhereverAWriterDies) {
  std::int64_t calls = 0;
  {
    FaultyStore counting(store_);
    ASSERT_TRUE(lake_testing::run_script(counting));
    calls = counting.calls();
  }
  std::size_t most = 0;
  for (std::int64_t call = 0; call < calls; call += 3) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    {
      LocalStore mortal(folder.path());
      FaultyStore dying(mortal, {.at_call = call, .kind = FaultKind::crash_before});
      EXPECT_FALSE(lake_testing::run_script(dying) && dying.chosen().empty());
    }
    LocalStore store(folder.path());
    const auto files = committed_files(store);
    ASSERT_TRUE(files) << words(files);
    std::map<Partition, std::vector<Offset>> offsets;
    for (const DataFile& file : files->at("bronze/events")) {
      ASSERT_TRUE(fs::exists(folder.path() / file.path)) << file.path;
      const lake_testing::ParquetContent content = lake_testing::read_parquet(folder.path() / file.path);
      for (const lake_testing::Row& row : content.rows) {
        offsets[*row[0] == "0" ? 0 : 1].push_back(parse_decimal(*row[1], 0)->value);
      }
    }
    for (auto& [partition, of_partition] : offsets) {
      std::ranges::sort(of_partition);
      most = std::max(most, of_partition.size());
      for (std::size_t i = 0; i < of_partition.size(); ++i) {
        EXPECT_EQ(of_partition[i], static_cast<Offset>(i)) << "call " << call;
      }
      const auto end = static_cast<Offset>(of_partition.size());
      EXPECT_TRUE(end % lake_testing::kCommitRecords == 0 || end == lake_testing::kScriptRecords)
          << "half a commit: " << end << " records, call " << call;
    }
  }
  EXPECT_EQ(most, static_cast<std::size_t>(lake_testing::kScriptRecords));
}

TEST_F(CatalogTest, HasTheFilesBeforeACheckpointWhoseOwnFilesAreNotPublishedYet) {
  const auto file = [](const char* path) {
    return DataFile{.table = "bronze/events", .path = path, .rows = 0, .bytes = 1};
  };
  fs::create_directories(folder_.path() / "bronze/events");
  std::ofstream(folder_.path() / "bronze/events/old.parquet") << "x";
  CommitLog commits(store_, "events", 0);
  CommitRecord first;
  first.topic = "events";
  first.state = {.path = "s", .full = true, .bytes = 0, .checksum = ""};
  first.added = {file("bronze/events/old.parquet")};
  ASSERT_TRUE(commits.append(first));
  CommitRecord checkpoint = first;
  checkpoint.sequence = 1;
  checkpoint.added = {file("bronze/events/new.parquet")};
  checkpoint.present = {file("bronze/events/new.parquet"), file("bronze/events/old.parquet")};
  ASSERT_TRUE(commits.append(checkpoint));
  EXPECT_EQ(paths()["bronze/events"], (std::vector<std::string>{"bronze/events/old.parquet"}));
  std::ofstream(folder_.path() / "bronze/events/new.parquet") << "x";
  EXPECT_EQ(paths()["bronze/events"].size(), 2U);
}

TEST_F(CatalogTest, FailsWithTheStoresErrorWhicheverCallFails) {
  ASSERT_TRUE(lake_testing::run_script(store_));
  FaultyStore counting(store_);
  ASSERT_TRUE(committed_files(counting));
  for (std::int64_t call = 0; call < counting.calls(); ++call) {
    FaultyStore faulty(store_, {.at_call = call});
    const auto failed = committed_files(faulty);
    ASSERT_FALSE(failed) << faulty.chosen();
    EXPECT_EQ(failed.error().fault, Fault::unavailable);
  }
}

TEST(PresentFiles, AreThoseAddedAndNotRemovedAgain) {
  const auto file = [](const char* path) { return DataFile{.table = "t", .path = path, .rows = 1, .bytes = 2}; };
  std::vector<CommitRecord> records(3);
  records[0].added = {file("a"), file("b")};
  records[1].added = {file("c")};
  records[1].removed = {"a", "unknown"};
  records[2].added = {file("a")};
  records[2].removed = {"c"};
  std::vector<std::string> paths;
  for (const DataFile& present : present_files(records)) {
    paths.push_back(present.path);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(present_files({}).empty());
}

}  // namespace
}  // namespace millrace
