#include "lake/lake_partition.h"

#include <gtest/gtest.h>

#include <iterator>

#include "lake/catalog.h"
#include "lake/faulty_store_testing.h"
#include "lake/script_testing.h"

namespace millrace {
namespace {

using lake_testing::FaultyStore;
using lake_testing::kScriptLimits;
using lake_testing::kTopic;
using lake_testing::script_batch;

/// Commits of one record each, every third with a full state, from where the lake ends up to offset 14.
Result<void> commit_ones(ObjectStore& store) {
  const lake_testing::StoppedClock clock;
  ASSIGN_OR_RETURN(const auto lake, Lake::open(store, kTopic, clock, kScriptLimits));
  ASSIGN_OR_RETURN(const OpenedPartition opened, lake->open(0));
  for (Offset from = opened.committed ? opened.committed->offset : 0; from < 14; ++from) {
    TRY(opened.sink->stage(script_batch(0, from, from + 1)));
    Commit commit;
    commit.from = from;
    commit.to.offset = from + 1;
    commit.state = format("state {}", from);
    commit.counts = lake_testing::script_counts(from, from + 1);
    commit.totals = lake_testing::script_counts(0, from + 1);
    commit.full_state = opened.sink->commits_since_full_state() >= 2;
    TRY(opened.sink->commit(commit));
  }
  return {};
}

// Full states are checkpoints, and the states before the last but one go. Whatever call fails or is the last of a
// process: the files, the states and the rows are those of the commits.
TEST(LakePartition, OldStatesGoAndNothingElseWhicheverCallFails) {
  const TemporaryFolder first_folder(lake_testing::fast_folder());
  LocalStore first_store(first_folder.path());
  FaultyStore counting(first_store);
  ASSERT_TRUE(commit_ones(counting));
  const std::vector<CommitRecord> records = CommitLog(first_store, kTopic, 0).from_checkpoint().value();
  EXPECT_EQ(records.front().sequence, 12) << "full states are those of 0, 3, 6, 9 and 12";
  EXPECT_FALSE(first_store.exists(CommitLog(first_store, kTopic, 0).state_path(8)).value());
  EXPECT_TRUE(first_store.exists(CommitLog(first_store, kTopic, 0).state_path(9)).value());
  EXPECT_TRUE(records.front().present.has_value());
  for (const auto kind : {lake_testing::FaultKind::error, lake_testing::FaultKind::crash_before,
                          lake_testing::FaultKind::crash_after, lake_testing::FaultKind::done_but_unavailable}) {
    const lake_testing::Sample sample(17);
    for (std::int64_t call = sample.first; call < counting.calls(); call += sample.step) {
      const TemporaryFolder folder(lake_testing::fast_folder());
      {
        LocalStore store(folder.path());
        FaultyStore faulty(store, {.at_call = call, .kind = kind});
        (void)commit_ones(faulty);
      }
      LocalStore store(folder.path());
      const Result<void> done = commit_ones(store);
      ASSERT_TRUE(done) << words(done) << " call " << call;
      EXPECT_EQ(lake_testing::globbed_rows(folder.path(), kBronzeEvents).size(), 14U) << "call " << call;
      std::vector<std::string> present;
      for (const DataFile& file : present_files(CommitLog(store, kTopic, 0).from_checkpoint().value())) {
        present.push_back(file.path);
      }
      std::vector<std::string> found;
      for (const TableSpec* table : stream_tables()) {
        std::ranges::copy(lake_testing::glob(folder.path(), table->name), std::back_inserter(found));
      }
      std::ranges::sort(found);
      EXPECT_EQ(found, present) << "call " << call;
      const lake_testing::StoppedClock clock;
      const auto lake = Lake::open(store, kTopic, clock, kScriptLimits);
      ASSERT_TRUE(lake) << words(lake);
      const auto opened = (*lake)->open(0);
      ASSERT_TRUE(opened) << words(opened);
      EXPECT_EQ(opened->states.back(), "state 13");
      ASSERT_FALSE(testing::Test::HasFailure()) << "call " << call;
    }
  }
}

constexpr std::size_t kRunKeys = 300;

/// A run that holds the key of this number, besides many that follow from it.
Result<std::string> write_run(RunStore& store, std::uint64_t number) {
  ASSIGN_OR_RETURN(KeyRunWriter writer, KeyRunWriter::create(store, kRunKeys));
  for (std::uint64_t i = 0; i < kRunKeys; ++i) {
    TRY(writer.add({.high = i, .low = number}));
  }
  return writer.finish();
}

/// Commits of one record each up to offset 8: each with a run of its own and the one before, and a full state.
Result<void> commit_with_runs(ObjectStore& store) {
  const lake_testing::StoppedClock clock;
  ASSIGN_OR_RETURN(const auto lake, Lake::open(store, kTopic, clock, kScriptLimits));
  ASSIGN_OR_RETURN(const OpenedPartition opened, lake->open(0));
  std::string last = opened.states.empty() ? "" : opened.states.back();  // the state is the name of the last run
  for (Offset from = opened.committed ? opened.committed->offset : 0; from < 8; ++from) {
    TRY(opened.sink->stage(script_batch(0, from, from + 1)));
    TRY(write_run(*opened.sink, 1'000));  // that no commit names
    ASSIGN_OR_RETURN(const std::string name, write_run(*opened.sink, static_cast<std::uint64_t>(from)));
    ASSIGN_OR_RETURN(const auto staged, KeyRun::open(*opened.sink, name));
    EXPECT_TRUE(staged->contains({.high = 7, .low = static_cast<std::uint64_t>(from)}).value_or(true));
    Commit commit;
    commit.from = from;
    commit.to.offset = from + 1;
    commit.state = name;
    commit.counts = lake_testing::script_counts(from, from + 1);
    commit.totals = lake_testing::script_counts(0, from + 1);
    commit.full_state = true;
    commit.runs = last.empty() ? std::vector{name} : std::vector{last, name};
    TRY(opened.sink->commit(commit));
    last = name;
  }
  return {};
}

// Whatever call fails or is the last of a process: the newest commit's runs are there, and only few that are older.
TEST(LakePartition, RunsStayAsLongAsCommitsNameThemWhicheverCallFails) {
  const TemporaryFolder first_folder(lake_testing::fast_folder());
  LocalStore first_store(first_folder.path());
  FaultyStore counting(first_store);
  ASSERT_TRUE(commit_with_runs(counting));
  for (const auto kind : {lake_testing::FaultKind::error, lake_testing::FaultKind::crash_before,
                          lake_testing::FaultKind::crash_after, lake_testing::FaultKind::done_but_unavailable}) {
    const lake_testing::Sample sample(11);
    for (std::int64_t call = sample.first; call < counting.calls(); call += sample.step) {
      const TemporaryFolder folder(lake_testing::fast_folder());
      {
        LocalStore store(folder.path());
        FaultyStore faulty(store, {.at_call = call, .kind = kind});
        (void)commit_with_runs(faulty);
      }
      LocalStore store(folder.path());
      const Result<void> done = commit_with_runs(store);
      ASSERT_TRUE(done) << words(done) << " call " << call;
      const lake_testing::StoppedClock clock;
      {
        const auto lake = Lake::open(store, kTopic, clock, kScriptLimits);
        ASSERT_TRUE(lake) << words(lake);
        const auto opened = (*lake)->open(0);
        ASSERT_TRUE(opened) << words(opened);
        const auto run = KeyRun::open(*opened->sink, opened->states.back());
        ASSERT_TRUE(run) << words(run) << " call " << call;
        EXPECT_TRUE((*run)->contains({.high = 299, .low = 7}).value());
      }
      std::size_t runs = 0;
      for (const std::string& name : lake_testing::files_below(folder.path())) {
        runs += name.ends_with(".run") ? 1 : 0;
      }
      EXPECT_LE(runs, 4U) << "the newest commits', and one that the next commit removes; call " << call;
      ASSERT_FALSE(testing::Test::HasFailure()) << "call " << call;
    }
  }
}

/// Commits offsets 0 to `end` once more in the place of everything.
Result<void> rebuild_ones(ObjectStore& store, Offset end) {
  const lake_testing::StoppedClock clock;
  ASSIGN_OR_RETURN(const auto lake, Lake::open(store, kTopic, clock, kScriptLimits));
  ASSIGN_OR_RETURN(const OpenedPartition opened, lake->open_anew(0));
  EXPECT_FALSE(opened.committed);
  TRY(opened.sink->stage(script_batch(0, 0, end)));
  Commit commit;
  commit.to.offset = end;
  commit.state = "state anew";
  commit.counts = commit.totals = lake_testing::script_counts(0, end);
  commit.full_state = true;
  return opened.sink->commit(commit);
}

TEST(LakePartition, ACommitAnewOfFewerRecordsIsRefusedAndChangesNothing) {
  const TemporaryFolder folder(lake_testing::fast_folder());
  LocalStore store(folder.path());
  ASSERT_TRUE(commit_ones(store));
  const auto before = lake_testing::glob(folder.path(), kBronzeEvents.name);
  const auto refused = rebuild_ones(store, 13);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::stopped);
  EXPECT_EQ(lake_testing::glob(folder.path(), kBronzeEvents.name), before);
}

// Whatever call of a rebuild fails or is the last of its process: each record stands once, and the next one is done.
TEST(LakePartition, ACommitAnewTakesThePlaceOfAllWhicheverCallFails) {
  const TemporaryFolder first_folder(lake_testing::fast_folder());
  LocalStore first_store(first_folder.path());
  ASSERT_TRUE(commit_ones(first_store));
  FaultyStore counting(first_store);
  ASSERT_TRUE(rebuild_ones(counting, 14));
  for (const auto kind : {lake_testing::FaultKind::error, lake_testing::FaultKind::crash_before,
                          lake_testing::FaultKind::crash_after, lake_testing::FaultKind::done_but_unavailable}) {
    const lake_testing::Sample sample(7);
    for (std::int64_t call = sample.first; call < counting.calls(); call += sample.step) {
      const TemporaryFolder folder(lake_testing::fast_folder());
      LocalStore store(folder.path());
      ASSERT_TRUE(commit_ones(store));
      {
        LocalStore mortal(folder.path());
        FaultyStore faulty(mortal, {.at_call = call, .kind = kind});
        (void)rebuild_ones(faulty, 14);
      }
      const lake_testing::StoppedClock clock;
      {
        const auto lake = Lake::open(store, kTopic, clock, kScriptLimits);
        ASSERT_TRUE(lake) << words(lake);
        const auto opened = (*lake)->open(0);
        ASSERT_TRUE(opened) << words(opened);
        EXPECT_EQ(opened->committed->offset, 14);
        EXPECT_TRUE(opened->states.back() == "state 13" || opened->states.back() == "state anew");
      }
      EXPECT_EQ(lake_testing::globbed_rows(folder.path(), kBronzeEvents).size(), 14U) << "call " << call;
      ASSERT_TRUE(rebuild_ones(store, 14)) << "call " << call;
      EXPECT_EQ(lake_testing::globbed_rows(folder.path(), kBronzeEvents).size(), 14U) << "call " << call;
      const auto files = committed_files(store);
      ASSERT_TRUE(files) << words(files);
      EXPECT_EQ(files->at("bronze/events").size(), lake_testing::glob(folder.path(), kBronzeEvents.name).size());
      ASSERT_FALSE(testing::Test::HasFailure()) << "call " << call;
    }
  }
}

}  // namespace
}  // namespace millrace
