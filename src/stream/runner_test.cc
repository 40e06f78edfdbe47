// Partitions over threads: the same results for any number of them, the end by a stop, an error or the log's end.
#include "stream/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "stream/random_shop_testing.h"
#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using stream_testing::FakeLog;
using stream_testing::FakeSink;
using stream_testing::ManualClock;
using stream_testing::RandomShop;
using stream_testing::Script;
using stream_testing::shop_rules;
using stream_testing::StoredPartition;

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    start_logging(LogLevel::warning, LogFormat::text);
    options_.rules = shop_rules();
    options_.batch = {.records = 16, .bytes = 1 << 20};
    options_.commit_records = 100;
    options_.once = true;
  }

  static void fill(FakeLog& log, int partitions, std::size_t records) {
    for (int partition = 0; partition < partitions; ++partition) {
      RandomShop shop(static_cast<std::uint64_t>(100 + partition));
      for (const std::string& record : shop.records(records)) {
        log.append(partition, record);
      }
    }
  }

  Result<RunSummary> run(FakeLog& log, FakeSink& sink, int threads = 2) {
    return run_stream(log, sink, options_, threads, clock_, stop_.get_token());
  }

  /// Waits for another thread's work. Gives up with the test's time limit only.
  template <class Condition>
  static void wait_until(Condition condition) {
    while (!condition()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  ManualClock clock_;
  StreamOptions options_;
  std::stop_source stop_;
  Script script_;
};

TEST_F(RunnerTest, gives_the_same_for_any_number_of_threads) {
  constexpr int kPartitions = 5;
  options_.batch.records = 20;  // commits end with a batch, whether it was read ahead or not
  std::vector<StoredPartition> with_one_thread;
  OutcomeCounts counts{};
  for (int threads = 1; threads <= 8; ++threads) {
    options_.read_ahead = threads % 2 == 0;
    Script script;
    FakeLog log(script, kPartitions);
    FakeSink sink(script);
    fill(log, kPartitions, 700);
    const Result<RunSummary> summary = run(log, sink, threads);
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(total(summary->counts), 700 * kPartitions);
    EXPECT_EQ(summary->commits, 8 * kPartitions) << "seven of 100 records, and one of the windows that were open";
    std::int64_t window_rows = 0;
    for (int partition = 0; partition < kPartitions; ++partition) {
      const StoredPartition stored = sink.at(partition);
      ASSERT_EQ(stored.records.size(), 700U);
      window_rows += static_cast<std::int64_t>(stored.windows_5m.size() + stored.windows_1h.size());
      if (threads == 1) {
        with_one_thread.push_back(stored);
        counts = summary->counts;
        continue;
      }
      const StoredPartition& expected = with_one_thread[static_cast<std::size_t>(partition)];
      EXPECT_EQ(stored.records, expected.records);
      EXPECT_EQ(stored.windows_5m, expected.windows_5m);
      EXPECT_EQ(stored.windows_1h, expected.windows_1h);
      EXPECT_EQ(stored.states, expected.states);
    }
    EXPECT_EQ(summary->window_rows, window_rows);
    EXPECT_EQ(summary->counts, counts);
  }
}

TEST_F(RunnerTest, takes_each_partition_by_one_thread_at_a_time) {
  // FakeLog's reader and FakeSink's writer are not locked, so that a sanitizer sees a second thread.
  FakeLog log(script_, 1);
  FakeSink sink(script_);
  fill(log, 1, 2'000);
  options_.batch.records = 1;
  ASSERT_TRUE(run(log, sink, 8));
  EXPECT_EQ(sink.at(0).records.size(), 2'000U);
}

TEST_F(RunnerTest, ends_at_once_without_partitions) {
  FakeLog log(script_, 0);
  FakeSink sink(script_);
  for (const bool once : {true, false}) {
    options_.once = once;
    const Result<RunSummary> summary = run(log, sink, 3);
    ASSERT_TRUE(summary);
    EXPECT_EQ(total(summary->counts), 0);
  }
}

TEST_F(RunnerTest, sums_what_this_run_did_and_not_what_was_done_before) {
  FakeLog log(script_, 2);
  FakeSink sink(script_);
  fill(log, 2, 50);
  ASSERT_TRUE(run(log, sink));
  log.append(1, example_with({}));
  clock_.advance(seconds(5));
  const Result<RunSummary> second = run(log, sink);
  ASSERT_TRUE(second);
  EXPECT_EQ(total(second->counts), 1);
  EXPECT_EQ(second->commits, 1);
  EXPECT_EQ(second->elapsed, Duration{}) << "the clock stood still meanwhile";
  EXPECT_EQ(sink.at(1).records.size(), 51U);
}

TEST_F(RunnerTest, ends_by_a_stop_and_commits_what_it_has) {
  FakeLog log(script_, 3);
  FakeSink sink(script_);
  fill(log, 3, 90);  // fewer than a commit takes
  options_.once = false;
  Result<RunSummary> summary;
  std::jthread runner([&] { summary = run(log, sink, 2); });
  wait_until([&] {
    return script_.count("stage", 0) >= 6 && script_.count("stage", 1) >= 6 && script_.count("stage", 2) >= 6;
  });
  stop_.request_stop();
  runner.join();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(total(summary->counts), 270);
  EXPECT_EQ(summary->commits, 3);
  for (const Partition partition : {0, 1, 2}) {
    EXPECT_EQ(sink.at(partition).records.size(), 90U);
  }
}

TEST_F(RunnerTest, reads_what_is_appended_while_it_runs) {
  FakeLog log(script_, 2);
  FakeSink sink(script_);
  options_.once = false;
  options_.commit_records = 10;
  Result<RunSummary> summary;
  std::jthread runner([&] { summary = run(log, sink, 2); });
  for (int i = 0; i < 100; ++i) {
    log.append(i % 2, example_with({{"event_id", format("{}", i)}}));
    if (i % 10 == 0) {
      std::this_thread::yield();
    }
  }
  wait_until([&] { return sink.at(0).records.size() == 50 && sink.at(1).records.size() == 50; });
  stop_.request_stop();
  runner.join();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->counts[static_cast<std::size_t>(Outcome::silver)], 100);
}

TEST_F(RunnerTest, does_nothing_when_it_is_stopped_before_it_starts) {
  FakeLog log(script_, 2);
  FakeSink sink(script_);
  fill(log, 2, 50);
  stop_.request_stop();
  for (const bool once : {false, true}) {
    options_.once = once;
    const Result<RunSummary> summary = run(log, sink, 4);
    ASSERT_TRUE(summary);
    EXPECT_EQ(total(summary->counts), 0);
    EXPECT_EQ(sink.at(0).records.size(), 0U);
  }
}

TEST_F(RunnerTest, stops_within_the_turns_that_are_under_way) {
  options_.once = false;
  options_.batch.records = 1;
  options_.commit_records = 1'000'000;
  for (const int threads : {1, 2, 4}) {
    Script script;
    FakeLog log(script, 2);
    FakeSink sink(script);
    fill(log, 2, 500);
    std::stop_source stop;
    script.do_at("read", 0, 20, [&stop] { stop.request_stop(); });
    const Result<RunSummary> summary = run_stream(log, sink, options_, threads, clock_, stop.get_token());
    ASSERT_TRUE(summary);
    // Another thread may have looked for the end before, and take the partition's next turn.
    EXPECT_LE(script.count("read", 0), 20 + threads - 1);
    EXPECT_EQ(total(summary->counts), script.count("stage", 0) + script.count("stage", 1)) << "all of it is committed";
    EXPECT_EQ(sink.at(0).records.size(), sink.staged(0));
  }
}

TEST_F(RunnerTest, gives_the_first_error_with_its_partition_and_commits_the_healthy_ones) {
  for (const char* const call : {"read", "stage", "sync", "commit"}) {
    for (int threads = 1; threads <= 4; threads += 3) {
      Script script;
      FakeLog log(script, 3);
      FakeSink sink(script);
      fill(log, 3, 450);
      script.fail_at(call, 1, 2, {Fault::unavailable, "the disk is away"});
      const Result<RunSummary> summary = run(log, sink, threads);
      ASSERT_FALSE(summary) << call;
      EXPECT_EQ(summary.error().fault, Fault::unavailable);
      EXPECT_EQ(summary.error().message, "partition 1: the disk is away");
      // Partition 1 is left at its last good commit; of the others all that was staged is committed.
      const StoredPartition broken = sink.at(1);
      EXPECT_EQ(static_cast<Offset>(broken.records.size()), broken.committed ? broken.committed->offset : 0);
      const std::vector<std::string> calls = script.calls();
      const auto failed = std::ranges::find(calls, format("{} 1 failed", call));
      ASSERT_NE(failed, calls.end());
      EXPECT_EQ(std::count(failed, calls.end(), "commit 1"), 0) << "nothing is committed after an error";
      for (const Partition partition : {0, 2}) {
        const StoredPartition healthy = sink.at(partition);
        EXPECT_EQ(healthy.records.size(), sink.staged(partition)) << call;
        EXPECT_EQ(static_cast<Offset>(healthy.records.size()), healthy.committed ? healthy.committed->offset : 0);
      }
    }
  }
}

TEST_F(RunnerTest, goes_on_behind_the_last_commits_after_an_error) {
  FakeLog log(script_, 3);
  FakeSink sink(script_);
  fill(log, 3, 450);
  FakeSink undisturbed(script_);
  ASSERT_TRUE(run(log, undisturbed));
  Script failing;
  FakeLog failing_log(failing, 3);
  FakeSink kept(failing);
  fill(failing_log, 3, 450);
  failing.fail_at("commit", 2, 3, {Fault::unavailable, "the disk is away"});
  ASSERT_FALSE(run(failing_log, kept, 3));
  for (const Partition partition : {0, 1, 2}) {
    sink.put(partition, kept.at(partition));
  }
  ASSERT_TRUE(run(log, sink, 3));
  for (const Partition partition : {0, 1, 2}) {
    EXPECT_EQ(sink.at(partition).records, undisturbed.at(partition).records);
    EXPECT_EQ(sink.at(partition).windows_5m, undisturbed.at(partition).windows_5m);
    EXPECT_EQ(sink.at(partition).windows_1h, undisturbed.at(partition).windows_1h);
  }
}

TEST_F(RunnerTest, gives_one_error_where_all_partitions_fail) {
  FakeLog log(script_, 4);
  FakeSink sink(script_);
  fill(log, 4, 50);
  for (const Partition partition : {0, 1, 2, 3}) {
    script_.fail_at("read", partition, 1, {Fault::corrupt, "bad"});
  }
  const Result<RunSummary> summary = run(log, sink, 4);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().fault, Fault::corrupt);
  EXPECT_TRUE(summary.error().message.starts_with("partition ")) << summary.error().message;
  EXPECT_TRUE(summary.error().message.ends_with(": bad")) << summary.error().message;
}

TEST_F(RunnerTest, gives_an_error_of_the_last_commit_after_a_stop) {
  FakeLog log(script_, 1);
  FakeSink sink(script_);
  fill(log, 1, 5);
  options_.once = false;
  script_.fail_at("commit", 0, 1, {Fault::conflict, "somebody else was first"});
  Result<RunSummary> summary;
  std::jthread runner([&] { summary = run(log, sink, 1); });
  wait_until([&] { return script_.count("stage", 0) == 1; });
  stop_.request_stop();
  runner.join();
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().fault, Fault::conflict);
  EXPECT_EQ(summary.error().message, "partition 0: somebody else was first");
}

TEST_F(RunnerTest, names_the_partition_that_does_not_open) {
  for (const char* const call : {"open sink", "open log"}) {
    Script script;
    FakeLog log(script, 3);
    FakeSink sink(script);
    fill(log, 3, 5);
    script.fail_at(call, 2, 1, {Fault::corrupt, "it is not what it was"});
    const Result<RunSummary> summary = run(log, sink);
    ASSERT_FALSE(summary) << call;
    EXPECT_EQ(summary.error().fault, Fault::corrupt);
    EXPECT_EQ(summary.error().message, "partition 2: it is not what it was");
    EXPECT_EQ(script.count("read", 0), 0) << "nothing has begun";
  }
}

TEST_F(RunnerTest, opens_a_partition_that_was_committed_and_that_the_log_does_not_name_any_more) {
  FakeLog log(script_, 2);
  FakeSink sink(script_);
  fill(log, 2, 5);
  StoredPartition stored;
  stored.committed = LogPosition{.offset = 7, .details = "place 7"};
  sink.put(2, stored);
  script_.fail_at("open log", 2, 1, {Fault::corrupt, "it is gone"});  // as a log does that lost it
  const Result<RunSummary> summary = run(log, sink);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().message, "partition 2: it is gone");
}

TEST_F(RunnerTest, gives_the_error_of_the_log_or_the_sink_where_it_cannot_say_its_partitions) {
  for (const char* const call : {"partitions", "committed partitions"}) {
    Script script;
    FakeLog log(script, 3);
    FakeSink sink(script);
    script.fail_at(call, -1, 1, {Fault::not_found, call});
    const Result<RunSummary> summary = run(log, sink);
    ASSERT_FALSE(summary);
    EXPECT_EQ(summary.error().fault, Fault::not_found);
    EXPECT_EQ(summary.error().message, call);
  }
}

}  // namespace
}  // namespace millrace
