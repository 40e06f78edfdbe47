#include "lake/lake.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "base/json.h"
#include "lake/faulty_store_testing.h"
#include "lake/recovery.h"
#include "lake/script_testing.h"

namespace millrace {
namespace {

using lake_testing::commit_next;
using lake_testing::expect_nothing_lost_or_twice;
using lake_testing::expect_script_done;
using lake_testing::FaultyStore;
using lake_testing::files_below;
using lake_testing::kCommitRecords;
using lake_testing::kScriptLimits;
using lake_testing::kTopic;
using lake_testing::run_script;
using lake_testing::script_batch;

/// A commit with a full state, whose records all went to silver.
Commit commit_of(Offset from, Offset to, std::string state) {
  Commit commit;
  commit.from = from;
  commit.to.offset = to;
  commit.counts = {to - from};
  commit.full_state = true;
  commit.state = std::move(state);
  return commit;
}

class LakeTest : public testing::Test {
 protected:
  std::unique_ptr<Lake> open_lake(ObjectStore& store, const std::string& topic = kTopic) {
    auto lake = Lake::open(store, topic, clock_, kScriptLimits);
    EXPECT_TRUE(lake) << words(lake);
    return std::move(lake).value_or(nullptr);
  }
  OpenedPartition open_partition(Lake& lake, Partition partition = 0) {
    auto opened = lake.open(partition);
    EXPECT_TRUE(opened) << words(opened);
    return std::move(opened).value_or(OpenedPartition{});
  }
  void write(const std::string& name, std::string_view text) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::trunc) << text;
  }
  const fs::path& root() const { return folder_.path(); }
  std::size_t bronze_rows() { return lake_testing::globbed_rows(root(), kBronzeEvents).size(); }
  /// Files of commits to be, without the writers' claims.
  std::vector<std::string> staged() {
    std::vector<std::string> names = files_below(root() / "_staging");
    std::erase_if(names, [](const std::string& name) { return name.ends_with(".lock"); });
    return names;
  }

  const lake_testing::StoppedClock clock_;
  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

// --- The identity -------------------------------------------------------------------------------------------------

TEST_F(LakeTest, HasASecretThatIsMadeOnceAndDiffersFromLakeToLake) {
  const SecretKey secret = open_lake(store_)->secret();
  EXPECT_NE(secret, SecretKey{});
  EXPECT_EQ(open_lake(store_)->secret(), secret);
  EXPECT_EQ(open_lake(store_, "another_topic")->secret(), secret);
  const TemporaryFolder other(lake_testing::fast_folder());
  LocalStore other_store(other.path());
  EXPECT_NE(open_lake(other_store)->secret(), secret);
  const Json identity = *parse_json(*store_.read("_lake.json"), "_lake.json");
  EXPECT_EQ(identity.at("format_version"), kFormatVersion);
}

TEST_F(LakeTest, TakesTheSecretOfWhoeverWasFirst) {
  FaultyStore slow(store_);
  SecretKey first{};
  slow.before_call = [&](const std::string& call) {
    if (call == "put_if_absent _lake.json") {
      LocalStore other(root());
      first = open_lake(other)->secret();
    }
  };
  EXPECT_EQ(open_lake(slow)->secret(), first);
}

TEST_F(LakeTest, ADamagedIdentityIsCorruptAndNamed) {
  open_lake(store_);
  const std::string whole = *store_.read("_lake.json");
  std::vector<std::string> damaged = {"",
                                      "{",
                                      "[]",
                                      "null",
                                      "{}",
                                      R"({"format_version":1})",
                                      R"({"format_version":1,"fingerprint_key":[1,2,3]})",
                                      R"({"format_version":1,"fingerprint_key":"secret"})",
                                      R"({"format_version":1,"fingerprint_key":[1,2,3,"4"]})",
                                      R"({"format_version":"1","fingerprint_key":[1,2,3,4]})"};
  for (std::size_t bytes = 1; bytes < whole.size() - 2; bytes += 7) {
    damaged.push_back(whole.substr(0, bytes));
  }
  for (const std::string& text : damaged) {
    write("_lake.json", text);
    const auto lake = Lake::open(store_, kTopic, clock_, {});
    ASSERT_FALSE(lake) << text;
    EXPECT_EQ(lake.error().fault, Fault::corrupt) << text;
    EXPECT_NE(lake.error().message.find("_lake.json"), std::string::npos) << lake.error().message;
    EXPECT_EQ(*store_.read("_lake.json"), text) << "kept for a person to look at";
  }
}

TEST_F(LakeTest, ANewerFormatIsRefusedWithWords) {
  write("_lake.json", R"({"format_version":2,"something":"else"})");
  const auto lake = Lake::open(store_, kTopic, clock_, {});
  ASSERT_FALSE(lake);
  EXPECT_EQ(lake.error().fault, Fault::invalid);
  EXPECT_NE(lake.error().message.find("use a newer millrace"), std::string::npos) << lake.error().message;
}

TEST_F(LakeTest, ClosesWithoutATrace) {
  open_lake(store_);
  EXPECT_EQ(files_below(root()), std::vector<std::string>{"_lake.json"});
  EXPECT_TRUE(store_.list("_staging").value().empty());
}

// --- Commits ------------------------------------------------------------------------------------------------------

TEST_F(LakeTest, APartitionWithoutACommitStartsFromNothing) {
  const auto lake = open_lake(store_);
  const OpenedPartition opened = open_partition(*lake);
  EXPECT_FALSE(opened.committed);
  EXPECT_TRUE(opened.states.empty());
  EXPECT_GT(opened.sink->commits_since_full_state(), 1'000) << "there is none: the first must be full";
}

TEST_F(LakeTest, TheScriptEndsExactlyOnce) {
  const Result<void> done = run_script(store_);
  ASSERT_TRUE(done) << words(done);
  expect_script_done(root());
}

TEST_F(LakeTest, NothingIsVisibleBeforeItsCommit) {
  const auto lake = open_lake(store_);
  const OpenedPartition opened = open_partition(*lake);
  ASSERT_TRUE(opened.sink->stage(script_batch(0, 0, 4)));
  EXPECT_FALSE(staged().empty());
  EXPECT_EQ(bronze_rows(), 0U);
  EXPECT_FALSE(fs::exists(root() / "_commits"));
}

TEST_F(LakeTest, ACommitOfNothingButStateIsACommit) {
  const auto lake = open_lake(store_);
  const OpenedPartition opened = open_partition(*lake);
  ASSERT_TRUE(opened.sink->commit(commit_of(5, 5, "")));
  const OpenedPartition again = open_partition(*lake);
  ASSERT_TRUE(again.committed);
  EXPECT_EQ(again.committed->offset, 5);
  EXPECT_EQ(again.states, std::vector<std::string>{""});
}

TEST_F(LakeTest, StatesAreReadBackToTheNewestFullOne) {
  const auto lake = open_lake(store_);
  const OpenedPartition opened = open_partition(*lake);
  const std::vector<bool> full = {true, false, false, true, false};
  for (std::size_t i = 0; i < full.size(); ++i) {
    const auto from = static_cast<Offset>(i);
    Commit commit = commit_of(from, from + 1, std::string(1'000, '\0') + format("state {}", i));
    commit.full_state = full[i];
    ASSERT_TRUE(opened.sink->commit(commit));
    EXPECT_EQ(opened.sink->commits_since_full_state(), i == 0 || i == 3 ? 0 : i == 4 ? 1 : static_cast<int>(i));
  }
  const OpenedPartition again = open_partition(*lake);
  EXPECT_EQ(again.states,
            (std::vector<std::string>{std::string(1'000, '\0') + "state 3", std::string(1'000, '\0') + "state 4"}));
  EXPECT_EQ(again.sink->commits_since_full_state(), 1);
}

TEST_F(LakeTest, ADamagedOrMissingStateStopsWithWords) {
  ASSERT_TRUE(run_script(store_));
  const std::string state = "_commits/events/0/00000000000000000001.state";
  write(state, "added 4 9");
  const auto lake = open_lake(store_);
  const auto damaged = lake->open(0);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().fault, Fault::corrupt);
  EXPECT_NE(damaged.error().message.find(state), std::string::npos) << damaged.error().message;
  fs::remove(root() / state);
  const auto missing = lake->open(0);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("state"), std::string::npos) << missing.error().message;
  EXPECT_TRUE(lake->open(1)) << "the other partition goes on";
}

TEST_F(LakeTest, ADamagedNewestRecordStopsWithoutTouchingAnything) {
  ASSERT_TRUE(run_script(store_));
  const std::string newest = "_commits/events/0/00000000000000000002.json";
  write(newest, store_.read(newest)->substr(0, 300));
  const std::vector<std::string> before = files_below(root());
  {
    const auto lake = open_lake(store_);
    const auto opened = lake->open(0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::corrupt);
  }
  EXPECT_EQ(files_below(root()), before);
}

TEST_F(LakeTest, TopicsDoNotMeet) {
  for (const char* topic : {"events", "other_events"}) {
    const auto lake = open_lake(store_, topic);
    const OpenedPartition opened = open_partition(*lake);
    EXPECT_FALSE(opened.committed) << topic;
    ASSERT_TRUE(commit_next(*opened.sink, 0, 0));
  }
  EXPECT_EQ(bronze_rows(), 2U * kCommitRecords);
}

TEST_F(LakeTest, FilesOfEveryTopicNameAreData) {
  // Kafka's rules: letters, digits, `.`, `_`, `-`, at most 249. What begins with `_` or `.` is not data to any reader.
  std::size_t rows = 0;
  for (const std::string& topic :
       {std::string("_internal"), std::string(".hidden"), std::string("__"), std::string(249, 't'), std::string("-")}) {
    const auto lake = open_lake(store_, topic);
    const OpenedPartition opened = open_partition(*lake);
    const Result<void> committed = commit_next(*opened.sink, 0, 0);
    ASSERT_TRUE(committed) << topic << ": " << words(committed);
    rows += kCommitRecords;
    EXPECT_EQ(bronze_rows(), rows) << topic;
  }
}

// --- After an error -----------------------------------------------------------------------------------------------

TEST_F(LakeTest, ACommitThatFailedIsNotMadeFromWhatIsLeftOfIt) {
  std::int64_t calls = 0;
  {
    const TemporaryFolder folder(lake_testing::fast_folder());
    LocalStore store(folder.path());
    FaultyStore counting(store);
    const auto lake = open_lake(counting);
    ASSERT_TRUE(commit_next(*open_partition(*lake).sink, 0, 0));
    calls = counting.calls();
  }
  for (std::int64_t call = 0; call < calls; ++call) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    LocalStore store(folder.path());
    FaultyStore faulty(store, {.at_call = call});
    auto lake = Lake::open(faulty, kTopic, clock_, kScriptLimits);
    auto opened = lake ? (*lake)->open(0) : Result<OpenedPartition>(std::unexpected(lake.error()));
    if (!opened) {
      continue;
    }
    const Result<void> first = commit_next(*opened->sink, 0, 0);
    ASSERT_FALSE(first) << faulty.chosen();
    // A careless caller goes on as if nothing had been.
    EXPECT_FALSE(opened->sink->commit(commit_of(0, 8, "state"))) << faulty.chosen();
    EXPECT_FALSE(commit_next(*opened->sink, 0, 0)) << faulty.chosen();
    opened = {};
    *lake = nullptr;
    LocalStore good(folder.path());
    ASSERT_TRUE(run_script(good)) << faulty.chosen();
    expect_script_done(folder.path());
    ASSERT_FALSE(HasFailure()) << "call " << call << ": " << faulty.chosen();
  }
}

TEST_F(LakeTest, APublishThatFailsBehindTheRecordLosesNothing) {
  for (const char* in_the_way : {"silver", "bronze", "windows/product_5m/event_date=2024-01-15"}) {
    SCOPED_TRACE(in_the_way);
    const TemporaryFolder folder(lake_testing::fast_folder());
    {
      LocalStore store(folder.path());
      const auto lake = open_lake(store);
      const OpenedPartition opened = open_partition(*lake);
      fs::create_directories((folder.path() / in_the_way).parent_path());
      std::ofstream(folder.path() / in_the_way) << "a file where the folder should be";
      const Result<void> committed = commit_next(*opened.sink, 0, 0);
      ASSERT_FALSE(committed);
      EXPECT_TRUE(fs::exists(folder.path() / "_commits/events/0/00000000000000000000.json"));
    }  // the destructor tries again, and must leave what it cannot publish
    expect_nothing_lost_or_twice(folder.path());
    {
      LocalStore store(folder.path());
      EXPECT_FALSE(run_script(store)) << "still in the way";
    }
    expect_nothing_lost_or_twice(folder.path());
    fs::remove(folder.path() / in_the_way);
    LocalStore store(folder.path());
    const Result<void> done = run_script(store);
    ASSERT_TRUE(done) << words(done);
    expect_script_done(folder.path());
  }
}

TEST_F(LakeTest, APartitionCanBeOpenedAgainByTheSameLakeAfterAnError) {
  const auto lake = open_lake(store_);
  OpenedPartition first = open_partition(*lake);
  ASSERT_TRUE(first.sink->stage(script_batch(0, 0, 3)));  // and then, say, the log could not be read
  first.sink.reset();
  const OpenedPartition second = open_partition(*lake);
  const Result<void> committed = commit_next(*second.sink, 0, 0);
  ASSERT_TRUE(committed) << words(committed);
  EXPECT_EQ(bronze_rows(), static_cast<std::size_t>(kCommitRecords));
}

// --- Two writers --------------------------------------------------------------------------------------------------

TEST_F(LakeTest, TheSecondToCommitGetsAConflictAndNothingOfItBecomesVisible) {
  LocalStore other_store(root());
  auto lake = open_lake(store_);
  auto other_lake = open_lake(other_store);
  OpenedPartition loser = open_partition(*lake);
  OpenedPartition winner = open_partition(*other_lake);
  ASSERT_TRUE(loser.sink->stage(script_batch(0, 0, 3)));
  ASSERT_TRUE(commit_next(*winner.sink, 0, 0));
  const std::vector<std::string> visible = lake_testing::glob(root(), "bronze/events");
  const Result<void> lost = loser.sink->commit(commit_of(0, 3, ""));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().fault, Fault::conflict);
  EXPECT_EQ(lake_testing::glob(root(), "bronze/events"), visible);
  loser = {};
  lake.reset();
  EXPECT_EQ(lake_testing::glob(root(), "bronze/events"), visible);
  EXPECT_EQ(staged(), std::vector<std::string>()) << "the loser's files are gone";
  ASSERT_TRUE(commit_next(*winner.sink, 0, kCommitRecords)) << "the winner goes on";
}

TEST_F(LakeTest, AWriterPausedBeforeItsRecordLosesToWhoeverCommittedInBetween) {
  FaultyStore paused(store_);
  bool others_ran = false;
  paused.before_call = [&](const std::string& call) {
    if (call.starts_with("put_if_absent _commits/") && !others_ran) {
      others_ran = true;
      LocalStore other(root());
      const Result<void> done = run_script(other);  // recovers, commits everything, goes away
      EXPECT_TRUE(done) << words(done);
    }
  };
  const Result<void> lost = run_script(paused);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().fault, Fault::conflict);
  EXPECT_TRUE(others_ran);
  expect_script_done(root());
}

TEST_F(LakeTest, AWriterPausedBehindItsRecordFindsItsFilesPublishedByWhoeverRecovered) {
  FaultyStore paused(store_);
  bool others_ran = false;
  paused.before_call = [&](const std::string& call) {
    if (call.starts_with("publish ") && !others_ran) {
      others_ran = true;
      LocalStore other(root());
      const Result<void> done = run_script(other);
      EXPECT_TRUE(done) << words(done);
    }
  };
  const Result<void> lost = run_script(paused);
  ASSERT_FALSE(lost) << "its next commit meets the other's";
  EXPECT_EQ(lost.error().fault, Fault::conflict);
  EXPECT_TRUE(others_ran);
  expect_script_done(root());
}

TEST_F(LakeTest, AWriterPausedAnywhereMeetsAnotherAndBothTogetherAreExact) {
  FaultyStore counting(store_);
  ASSERT_TRUE(run_script(counting));
  const lake_testing::Sample sample(6);
  for (std::int64_t pause = sample.first; pause < counting.calls(); pause += sample.step) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    LocalStore store(folder.path());
    FaultyStore paused(store);
    std::int64_t call_number = 0;
    std::string where;
    paused.before_call = [&](const std::string& call) {
      if (call_number++ == pause) {
        where = call;
        LocalStore other(folder.path());
        const Result<void> done = run_script(other);
        EXPECT_TRUE(done) << words(done);
      }
    };
    const Result<void> done = run_script(paused);
    EXPECT_TRUE(done || done.error().fault == Fault::conflict) << where << ": " << words(done);
    expect_script_done(folder.path());
    ASSERT_FALSE(HasFailure()) << "paused before call " << pause << ": " << where;
  }
}

TEST_F(LakeTest, ALivingWritersStagingIsNeverRemovedByAnothersOpen) {
  const auto lake = open_lake(store_);
  const OpenedPartition opened = open_partition(*lake);
  ASSERT_TRUE(opened.sink->stage(script_batch(0, 0, 3)));
  const std::vector<std::string> standing = staged();
  ASSERT_FALSE(standing.empty());
  {
    LocalStore other_store(root());
    const auto other_lake = open_lake(other_store);
    open_partition(*other_lake);
    open_lake(store_);  // also through the same store object
    EXPECT_EQ(staged(), standing);
  }
  EXPECT_EQ(staged(), standing);
  ASSERT_TRUE(opened.sink->stage(script_batch(0, 3, 8)));
  ASSERT_TRUE(opened.sink->commit(commit_of(0, 8, "")));
  EXPECT_EQ(bronze_rows(), 8U);
}

TEST_F(LakeTest, ADeadWritersStagingIsRemovedByTheNextOpen) {
  {
    LocalStore mortal(root());
    FaultyStore dying(mortal, {.at_call = 18, .kind = lake_testing::FaultKind::crash_before});
    EXPECT_FALSE(run_script(dying));
  }
  ASSERT_FALSE(staged().empty());
  open_lake(store_);
  EXPECT_EQ(files_below(root() / "_staging"), std::vector<std::string>());
}

TEST(LakeDeathTest, ACommitThatDoesNotBeginWhereTheLastEndedIsABug) {
  const TemporaryFolder folder(lake_testing::fast_folder());
  LocalStore store(folder.path());
  const lake_testing::StoppedClock clock;
  const auto lake = *Lake::open(store, kTopic, clock, kScriptLimits);
  const auto opened = *lake->open(0);
  ASSERT_TRUE(commit_next(*opened.sink, 0, 0));
  EXPECT_DEATH((void)opened.sink->commit(commit_of(7, 9, "")), "from");
}

TEST(LakeDeathTest, AFirstStateThatIsNotFullIsABug) {
  const TemporaryFolder folder(lake_testing::fast_folder());
  LocalStore store(folder.path());
  const lake_testing::StoppedClock clock;
  const auto lake = *Lake::open(store, kTopic, clock, kScriptLimits);
  const auto opened = *lake->open(0);
  Commit commit = commit_of(0, 0, "");
  commit.full_state = false;
  EXPECT_DEATH((void)opened.sink->commit(commit), "full");
}

}  // namespace
}  // namespace millrace
