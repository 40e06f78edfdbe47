#include "lake/commit_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/format.h"
#include "lake/faulty_store_testing.h"
#include "lake/lake_testing.h"
#include "lake/local_store.h"

namespace millrace {
namespace {

class CommitLogTest : public testing::Test {
 protected:
  static CommitRecord record(std::int64_t sequence, const std::string& topic = "events", Partition partition = 1) {
    CommitRecord record;
    record.topic = topic;
    record.partition = partition;
    record.sequence = sequence;
    record.from = sequence * 10;
    record.to.offset = sequence * 10 + 10;
    record.writer = "w";
    record.counts = {10};
    record.totals = {sequence * 10 + 10};
    return record;
  }
  void write(const std::string& name, std::string_view text) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << text;
  }
  void append(std::int64_t sequence) {
    const Result<void> appended = log_.append(record(sequence));
    ASSERT_TRUE(appended) << words(appended);
  }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
  CommitLog log_{store_, "events", 1};
};

TEST_F(CommitLogTest, IsEmptyBeforeTheFirstCommit) {
  const auto all = log_.from_checkpoint();
  ASSERT_TRUE(all) << words(all);
  EXPECT_TRUE(all->empty());
  EXPECT_EQ(log_.read(0).error().fault, Fault::not_found);
  EXPECT_TRUE(CommitLog::topics(store_).value().empty());
  EXPECT_TRUE(CommitLog::partitions(store_, "events").value().empty());
}

TEST_F(CommitLogTest, GivesTheNewestAndAllInOrder) {
  for (std::int64_t sequence = 0; sequence < 12; ++sequence) {
    append(sequence);
    EXPECT_EQ(log_.from_checkpoint().value().back().sequence, sequence);
  }
  const auto all = log_.from_checkpoint();
  ASSERT_TRUE(all) << words(all);
  ASSERT_EQ(all->size(), 12U);
  for (std::int64_t sequence = 0; sequence < 12; ++sequence) {
    EXPECT_EQ((*all)[static_cast<std::size_t>(sequence)].from, sequence * 10);
  }
}

TEST_F(CommitLogTest, NamesARecordByItsSequenceInTwentyDigits) {
  append(0);
  EXPECT_TRUE(fs::exists(folder_.path() / "_commits/events/1/00000000000000000000.json"));
  EXPECT_EQ(log_.state_path(7), "_commits/events/1/00000000000000000007.state");
}

TEST_F(CommitLogTest, TheSecondRecordOfASequenceIsAConflictWithAdvice) {
  append(0);
  CommitRecord other = record(0);
  other.writer = "another";
  const Result<void> appended = log_.append(other);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().fault, Fault::conflict);
  EXPECT_NE(appended.error().message.find("stop the other one"), std::string::npos) << appended.error().message;
  EXPECT_EQ(log_.read(0)->writer, "w");
}

TEST_F(CommitLogTest, OfManyWritersThatAppendTheSameSequenceOneWins) {
  for (std::int64_t sequence = 0; sequence < 20; ++sequence) {
    std::atomic<int> winners = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { winners += CommitLog(store_, "events", 1).append(record(sequence)) ? 1 : 0; });
      }
    }
    EXPECT_EQ(winners, 1) << sequence;
  }
  EXPECT_EQ(log_.from_checkpoint()->size(), 20U);
}

TEST_F(CommitLogTest, AnErrorOfTheStoreComesOutAsItIs) {
  lake_testing::FaultyStore faulty(store_, {.at_call = 0});
  const Result<void> appended = CommitLog(faulty, "events", 1).append(record(0));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().fault, Fault::unavailable);
  for (const std::int64_t at_call : {0, 1}) {  // the list, the record
    append(at_call);
    lake_testing::FaultyStore unreadable(store_, {.at_call = at_call});
    EXPECT_EQ(CommitLog(unreadable, "events", 1).from_checkpoint().error().fault, Fault::unavailable);
    lake_testing::FaultyStore unreadable_too(store_, {.at_call = at_call});
    EXPECT_EQ(CommitLog(unreadable_too, "events", 1).from_checkpoint().error().fault, Fault::unavailable);
  }
}

TEST_F(CommitLogTest, StatesAndDraftsAreNotRecords) {
  append(0);
  write("_commits/events/1/00000000000000000000.state", "state");
  write("_commits/events/1/.00000000000000000001.json.17.0.draft", "{");
  write("_commits/events/1/.hidden.json", "{");
  EXPECT_EQ(log_.from_checkpoint().value().back().sequence, 0);
  EXPECT_EQ(log_.from_checkpoint()->size(), 1U);
}

TEST_F(CommitLogTest, AGapIsCorruptAndNamesTheRecordThatIsMissing) {
  append(0);
  append(1);
  append(2);
  fs::remove(folder_.path() / "_commits/events/1/00000000000000000001.json");
  const auto all = log_.from_checkpoint();
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().fault, Fault::corrupt);
  EXPECT_NE(all.error().message.find("expected record 1"), std::string::npos) << all.error().message;
}

TEST_F(CommitLogTest, AFirstRecordThatIsMissingIsCorrupt) {
  append(0);
  append(1);
  fs::remove(folder_.path() / "_commits/events/1/00000000000000000000.json");
  EXPECT_EQ(log_.from_checkpoint().error().fault, Fault::corrupt);
}

TEST_F(CommitLogTest, IsReadFromTheNewestCheckpointOn) {
  append(0);
  CommitRecord checkpoint = record(1);
  checkpoint.present.emplace();
  ASSERT_TRUE(log_.append(checkpoint));
  append(2);
  checkpoint.sequence = 3;
  checkpoint.from = 30;
  checkpoint.to.offset = 40;
  ASSERT_TRUE(log_.append(checkpoint));
  EXPECT_EQ(log_.from_checkpoint().value().size(), 1U);
  append(4);
  const auto records = log_.from_checkpoint();
  ASSERT_TRUE(records) << words(records);
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->front().sequence, 3);
  EXPECT_EQ(records->back().sequence, 4);
}

TEST_F(CommitLogTest, StatesBeforeACheckpointGoAndRecordsStay) {
  append(0);
  append(1);
  append(2);
  for (const std::int64_t sequence : {0, 1, 2}) {
    write(log_.state_path(sequence), "state");
  }
  write(log_.run_path("kept"), "keys");
  write(log_.run_path("old"), "keys");
  ASSERT_TRUE(log_.remove_states_before(2, {log_.run_path("kept")}));
  EXPECT_EQ(lake_testing::files_below(folder_.path() / "_commits/events/1"),
            (std::vector<std::string>{"00000000000000000000.json", "00000000000000000001.json",
                                      "00000000000000000002.json", "00000000000000000002.state", "kept.run"}));
  ASSERT_TRUE(log_.remove_states_before(2, {log_.run_path("kept")})) << "again is harmless";
}

TEST_F(CommitLogTest, ANameThatIsNoNumberIsCorrupt) {
  for (const char* name : {"x.json", "1x.json", "-1.json", ".json.json", "99999999999999999999.json", "1.0.json"}) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    fs::create_directories(folder.path() / "_commits/events/1");
    std::ofstream(folder.path() / "_commits/events/1" / name) << "{}";
    LocalStore store(folder.path());
    const auto all = CommitLog(store, "events", 1).from_checkpoint();
    if (name[0] == '.') {
      EXPECT_TRUE(all) << name;  // hidden
    } else {
      ASSERT_FALSE(all) << name;
      EXPECT_EQ(all.error().fault, Fault::corrupt) << name;
    }
  }
}

TEST_F(CommitLogTest, ARecordThatIsDamagedIsCorruptAndNamed) {
  append(0);
  const std::string name = "_commits/events/1/00000000000000000001.json";
  write(name, to_text(record(1)).substr(0, 100));
  const auto all = log_.from_checkpoint();
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().fault, Fault::corrupt);
  EXPECT_NE(all.error().message.find(name), std::string::npos) << all.error().message;
  EXPECT_EQ(log_.from_checkpoint().error().fault, Fault::corrupt);
}

TEST_F(CommitLogTest, ARecordThatBelongsElsewhereIsCorrupt) {
  for (const CommitRecord& other : {record(1), record(0, "others"), record(0, "events", 2)}) {
    write("_commits/events/1/00000000000000000000.json", to_text(other));
    const auto all = log_.from_checkpoint();
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().fault, Fault::corrupt);
    EXPECT_NE(all.error().message.find("not where it stands"), std::string::npos) << all.error().message;
  }
}

TEST_F(CommitLogTest, FindsTopicsAndPartitionsInTheirOrder) {
  for (const Partition partition : {10, 2, 0}) {
    ASSERT_TRUE(CommitLog(store_, "b", partition).append(record(0, "b", partition)));
  }
  ASSERT_TRUE(CommitLog(store_, "a", 0).append(record(0, "a", 0)));
  write("_commits/b/notes.txt", "");
  EXPECT_EQ(CommitLog::topics(store_).value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(CommitLog::partitions(store_, "b").value(), (std::vector<Partition>{0, 2, 10}));
  EXPECT_TRUE(CommitLog::partitions(store_, "c").value().empty());
}

}  // namespace
}  // namespace millrace
