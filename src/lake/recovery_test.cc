#include "lake/recovery.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "lake/faulty_store_testing.h"
#include "lake/script_testing.h"

namespace millrace {
namespace {

using lake_testing::expect_nothing_lost_or_twice;
using lake_testing::expect_script_done;
using lake_testing::FaultKind;
using lake_testing::FaultPlan;
using lake_testing::FaultyStore;
using lake_testing::run_script;

/// One process: a store of its own on the folder, in which one call goes wrong. The number of calls it came to.
std::int64_t run_with_fault(const fs::path& root, FaultPlan plan, bool& succeeded, std::string& chosen) {
  LocalStore store(root);
  FaultyStore faulty(store, plan);
  const Result<void> done = run_script(faulty);
  succeeded = done.has_value();
  chosen = faulty.chosen();
  if (!done && chosen.empty()) {
    ADD_FAILURE() << "failed without a fault: " << done.error().message;
  }
  return faulty.calls();
}

/// Runs the script with a fault at each call in turn, then to its end without one.
void inject_at_every_call(FaultKind kind, bool count_writes) {
  bool succeeded = false;
  std::string chosen;
  std::int64_t calls = 0;
  {
    const TemporaryFolder folder(lake_testing::fast_folder());
    calls =
        run_with_fault(folder.path(), {.at_call = -1, .kind = kind, .count_writes = count_writes}, succeeded, chosen);
    ASSERT_TRUE(succeeded);
    expect_script_done(folder.path());
  }
  ASSERT_GT(calls, 100);
  const lake_testing::Sample sample(count_writes ? 29 : 3);  // most writes are alike
  for (std::int64_t call = sample.first; call < calls; call += sample.step) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    run_with_fault(folder.path(), {.at_call = call, .kind = kind, .count_writes = count_writes}, succeeded, chosen);
    ASSERT_FALSE(chosen.empty()) << "call " << call << " was not reached";
    SCOPED_TRACE(format("call {}: {}", call, chosen));
    expect_nothing_lost_or_twice(folder.path());
    LocalStore good(folder.path());
    const Result<void> done = run_script(good);
    ASSERT_TRUE(done) << words(done);
    expect_script_done(folder.path());
    if (testing::Test::HasFailure()) {
      return;  // one call is enough to look at
    }
  }
}

TEST(Recovery, EndsExactlyOnceWhicheverCallFails) { inject_at_every_call(FaultKind::error, false); }

TEST(Recovery, EndsExactlyOnceWhereverTheProcessDiesBeforeACall) {
  inject_at_every_call(FaultKind::crash_before, false);
}

TEST(Recovery, EndsExactlyOnceWhereverTheProcessDiesBehindACall) {
  inject_at_every_call(FaultKind::crash_after, false);
}

TEST(Recovery, EndsExactlyOnceWhicheverCallIsDoneButReportsThatItFailed) {
  inject_at_every_call(FaultKind::done_but_unavailable, false);
}

TEST(Recovery, EndsExactlyOnceWhicheverWriteFails) { inject_at_every_call(FaultKind::error, true); }

TEST(Recovery, EndsExactlyOnceWhereverTheProcessDiesInAWrite) { inject_at_every_call(FaultKind::crash_before, true); }

TEST(Recovery, EndsExactlyOnceAlsoWhenItIsCutShortAgainAndAgain) {
  const auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  SCOPED_TRACE(format("seed {}", seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 40; ++round) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    bool succeeded = false;
    for (int attempt = 0; !succeeded; ++attempt) {
      ASSERT_LT(attempt, 1000);
      // At most a third of a whole run, so that several starts are needed; now and then none.
      const FaultPlan plan{.at_call = static_cast<std::int64_t>(random() % 80) - (random() % 20 == 0 ? 80 : 0),
                           .kind = static_cast<FaultKind>(random() % 4)};
      std::string chosen;
      run_with_fault(folder.path(), plan, succeeded, chosen);
      expect_nothing_lost_or_twice(folder.path());
    }
    LocalStore good(folder.path());
    ASSERT_TRUE(run_script(good));
    expect_script_done(folder.path());
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

TEST(Recovery, EndsExactlyOnceWhenProcessesAreKilledAtAnyMoment) {
  const auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  SCOPED_TRACE(format("seed {}", seed));
  std::mt19937_64 random(seed);
  int killed = 0;
  for (int round = 0; round < 10; ++round) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    int attempts = 0;
    for (bool done = false; !done; ++attempts) {
      // Longer and longer, or on a busy machine with a sanitizer no child would ever get anywhere.
      const int patience_us = 30'000 * (1 + attempts / 20);
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        LocalStore store(folder.path());
        ::_exit(run_script(store) ? 0 : 1);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % static_cast<std::uint64_t>(patience_us)));
      ::kill(child, SIGKILL);
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      done = WIFEXITED(status);
      EXPECT_TRUE(!done || WEXITSTATUS(status) == 0) << "the script failed by itself";
      killed += done ? 0 : 1;
      expect_nothing_lost_or_twice(folder.path());
    }
    LocalStore good(folder.path());
    ASSERT_TRUE(run_script(good));
    expect_script_done(folder.path());
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
  EXPECT_GT(killed, 0);
}

TEST(Recovery, OfManyWritersAtOnceEachRecordIsCommittedByOne) {
  for (int round = 0; round < 8; ++round) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    {
      std::vector<std::jthread> writers;
      for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&] {
          for (;;) {
            LocalStore store(folder.path());
            const Result<void> done = run_script(store);
            if (done) {
              return;
            }
            EXPECT_EQ(done.error().fault, Fault::conflict) << done.error().message;
          }
        });
      }
    }
    LocalStore good(folder.path());
    ASSERT_TRUE(run_script(good));
    expect_script_done(folder.path());
    ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
  }
}

TEST(Recovery, ManyLakesOpenAtOnceWithoutAConflict) {
  const TemporaryFolder folder(lake_testing::fast_folder());
  const lake_testing::StoppedClock clock;
  std::vector<std::jthread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        LocalStore store(folder.path());
        const auto lake = Lake::open(store, "events", clock, {});
        EXPECT_TRUE(lake) << words(lake);
        opened += lake ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(opened, 400);
  EXPECT_EQ(lake_testing::files_below(folder.path() / "_staging"), std::vector<std::string>());
}

class SweepTest : public testing::Test {
 protected:
  void write(const std::string& name) {
    const auto file = store_.create(name);
    ASSERT_TRUE(file) << words(file);
    ASSERT_TRUE((*file)->finish());
  }
  std::vector<std::string> staged() { return lake_testing::files_below(folder_.path() / "_staging"); }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

TEST_F(SweepTest, OfNothingIsFine) { EXPECT_TRUE(sweep_staging(store_)); }

TEST_F(SweepTest, RemovesWhatADeadWriterDidNotCommit) {
  write(writer_claim("dead"));
  write(staging_folder("dead", "events", 0, 7) + "/a.parquet");
  write(staging_folder("dead", "events", 12, 0) + "/b.parquet");
  write(staging_folder("dead", "others", 0, 0) + "/c.parquet");
  const Result<void> swept = sweep_staging(store_);
  EXPECT_TRUE(swept) << words(swept);
  EXPECT_EQ(staged(), std::vector<std::string>());
  EXPECT_EQ(store_.list("_staging").value(), std::vector<std::string>());
}

TEST_F(SweepTest, LeavesALivingWriterAlone) {
  LocalStore living(folder_.path());
  ASSERT_TRUE(living.claim(writer_claim("living")));
  write(staging_folder("living", "events", 0, 7) + "/a.parquet");
  EXPECT_TRUE(sweep_staging(store_));
  EXPECT_EQ(staged().size(), 2U);
}

TEST_F(SweepTest, LeavesFilesWithoutAClaimAlone) {
  write("_staging/history/a.parquet");  // an import has no claim
  write("_staging/notes.txt");
  EXPECT_TRUE(sweep_staging(store_));
  EXPECT_EQ(staged().size(), 2U);
}

TEST_F(SweepTest, PublishesWhatADeadWriterCommittedAndOnlyThat) {
  const std::string committed = staging_folder("dead", "events", 0, 0);
  const std::string later = staging_folder("dead", "events", 0, 1);
  write(writer_claim("dead"));
  write(committed + "/a.parquet");
  write(committed + "/0.state");
  write(committed + "/stray.parquet");
  write(later + "/b.parquet");
  CommitRecord record;
  record.topic = "events";
  record.writer = "dead";
  record.staging = committed;
  record.added = {{.table = "bronze/events", .path = "bronze/events/event_date=x/a.parquet"}};
  record.state.path = "_commits/events/0/0.state";
  ASSERT_TRUE(CommitLog(store_, "events", 0).append(record));
  const Result<void> swept = sweep_staging(store_);
  EXPECT_TRUE(swept) << words(swept);
  EXPECT_EQ(lake_testing::files_below(folder_.path()),
            (std::vector<std::string>{"_commits/events/0/0.state", "_commits/events/0/00000000000000000000.json",
                                      "bronze/events/event_date=x/a.parquet"}));
}

TEST_F(SweepTest, RemovesWhatADeadWriterStagedForACommitThatAnotherMade) {
  write(writer_claim("dead"));
  write(staging_folder("dead", "events", 0, 0) + "/a.parquet");
  CommitRecord record;
  record.topic = "events";
  record.writer = "another";
  record.staging = staging_folder("another", "events", 0, 0);
  record.state.path = "_commits/events/0/0.state";
  ASSERT_TRUE(CommitLog(store_, "events", 0).append(record));
  EXPECT_TRUE(sweep_staging(store_));
  EXPECT_EQ(staged(), std::vector<std::string>());
}

TEST_F(SweepTest, StopsAtARecordItCannotReadAndKeepsTheFiles) {
  write(writer_claim("dead"));
  write(staging_folder("dead", "events", 0, 0) + "/a.parquet");
  ASSERT_TRUE(store_.put_if_absent("_commits/events/0/00000000000000000000.json", "{"));
  const Result<void> swept = sweep_staging(store_);
  ASSERT_FALSE(swept);
  EXPECT_EQ(swept.error().fault, Fault::corrupt);
  EXPECT_TRUE(fs::exists(folder_.path() / staging_folder("dead", "events", 0, 0) / "a.parquet"));
}

TEST_F(SweepTest, CanBeTriedAgainInTheSameProcessAfterAnError) {
  write(writer_claim("dead"));
  write(staging_folder("dead", "events", 0, 0) + "/a.parquet");
  for (std::int64_t call = 0; call < 12; ++call) {
    FaultyStore faulty(store_, {.at_call = call});
    (void)sweep_staging(faulty);
  }
  EXPECT_TRUE(sweep_staging(store_));
  EXPECT_EQ(staged(), std::vector<std::string>());
}

}  // namespace
}  // namespace millrace
