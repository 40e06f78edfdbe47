// One partition's loop, turn by turn, over a log and a sink in memory and a clock that is moved by hand.
#include "stream/partition_task.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/log.h"
#include "stream/random_shop_testing.h"
#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using event_testing::kExampleTime;
using stream_testing::FakeLog;
using stream_testing::FakeSink;
using stream_testing::ManualClock;
using stream_testing::RandomShop;
using stream_testing::Script;
using stream_testing::shop_rules;
using stream_testing::StoredPartition;
using Turn = PartitionTask::Turn;
using Texts = std::vector<std::string>;
using Interval = std::pair<Offset, Offset>;
using Intervals = std::vector<Interval>;

/// `name` is logged as a warning; the text of all that was logged meanwhile.
template <class Action>
std::string logged_during(Action action) {
  testing::internal::CaptureStderr();
  start_logging(LogLevel::warning, LogFormat::text);
  action();
  return testing::internal::GetCapturedStderr();
}

class PartitionTaskTest : public testing::Test {
 protected:
  PartitionTaskTest() {
    start_logging(LogLevel::warning, LogFormat::text);  // not a line for each commit
    options_.rules = shop_rules();
    options_.batch = {.records = 4, .bytes = 1 << 20};
  }

  /// Appends valid events, one a minute of event time from `first` on.
  void append_events(int count, int first = 0) {
    for (int i = first; i < first + count; ++i) {
      log_.append(0,
                  example_with({{"event_time", format(R"("{}")", to_string(kExampleTime - hours(20) + minutes(i)))}}));
    }
  }

  std::unique_ptr<PartitionTask> open() {
    auto task = PartitionTask::open(0, log_, sink_, options_, clock_);
    EXPECT_TRUE(task) << task.error().message;
    return *std::move(task);
  }

  Turn turn(PartitionTask& task) {
    const Result<Turn> result = task.run_once();
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(Turn::idle);
  }

  /// Turns until there is nothing left to do.
  void run_out(PartitionTask& task) {
    while (turn(task) == Turn::progressed) {
    }
  }

  Intervals committed() const {
    Intervals intervals;
    for (const Commit& commit : sink_.at(0).commits) {
      intervals.emplace_back(commit.from, commit.to.offset);
    }
    return intervals;
  }

  ManualClock clock_;
  Script script_;
  FakeLog log_{script_, 1};
  FakeSink sink_{script_};
  StreamOptions options_;
};

TEST_F(PartitionTaskTest, commits_after_so_many_records_however_large_its_batches_are) {
  options_.commit_records = 10;
  append_events(25);
  for (const std::size_t batch : {1, 3, 4, 10, 100}) {
    sink_.put(0, {});
    options_.batch.records = batch;
    const auto task = open();
    run_out(*task);
    EXPECT_EQ(committed(), (Intervals{{0, 10}, {10, 20}})) << batch;
    EXPECT_TRUE(task->stop());
    EXPECT_EQ(committed(), (Intervals{{0, 10}, {10, 20}, {20, 25}})) << batch;
  }
}

TEST_F(PartitionTaskTest, tells_once_of_each_time_that_too_many_records_come_late) {
  std::vector<std::string> told;
  options_.on_late_share = [&told](const LateShare& share) {
    told.push_back(format("{} of {}", share.late, share.records));
  };
  const auto task = open();
  int minute = 600;
  const auto five_minutes = [&](int in_time, int late) {
    append_events(in_time, minute);
    minute += in_time;
    append_events(late);  // of long ago, and the same again: late comes before duplicate
    run_out(*task);
    clock_.advance(minutes(5));
    append_events(1, minute++);
    run_out(*task);
  };
  five_minutes(200, 2);
  EXPECT_EQ(told, Texts{});
  five_minutes(200, 3);
  EXPECT_EQ(told, Texts{"3 of 204"});
  five_minutes(200, 50);
  EXPECT_EQ(told, Texts{"3 of 204"}) << "the same incident";
  five_minutes(200, 0);
  five_minutes(200, 4);
  EXPECT_EQ(told, (Texts{"3 of 204", "4 of 205"}));
}

TEST_F(PartitionTaskTest, commits_when_the_interval_has_passed_and_not_before) {
  append_events(12);
  const auto task = open();
  EXPECT_EQ(turn(*task), Turn::progressed);
  clock_.advance(seconds(60) - Duration{1});
  EXPECT_EQ(turn(*task), Turn::progressed);
  EXPECT_EQ(committed(), Intervals{});
  clock_.advance(Duration{1});
  EXPECT_EQ(turn(*task), Turn::progressed);
  EXPECT_EQ(committed(), (Intervals{{0, 12}}));
  append_events(1, 12);
  EXPECT_EQ(turn(*task), Turn::progressed);
  clock_.advance(seconds(59));
  EXPECT_EQ(turn(*task), Turn::idle);
  EXPECT_EQ(committed(), (Intervals{{0, 12}})) << "the interval begins with the last commit";
  clock_.advance(seconds(1));
  EXPECT_EQ(turn(*task), Turn::idle);
  EXPECT_EQ(committed(), (Intervals{{0, 12}, {12, 13}}));
}

TEST_F(PartitionTaskTest, commits_nothing_where_there_was_nothing) {
  const auto task = open();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(turn(*task), Turn::idle);
    clock_.advance(minutes(20));
  }
  EXPECT_TRUE(task->stop());
  EXPECT_EQ(committed(), Intervals{});
  EXPECT_EQ(script_.count("commit"), 0);
  EXPECT_EQ(script_.count("stage_windows"), 0);
}

TEST_F(PartitionTaskTest, emits_open_windows_after_a_quarter_of_an_hour_without_a_record_once) {
  append_events(4);
  const auto task = open();
  EXPECT_EQ(turn(*task), Turn::progressed);
  clock_.advance(minutes(15) - Duration{1});
  EXPECT_EQ(turn(*task), Turn::idle);
  EXPECT_EQ(committed(), (Intervals{{0, 4}})) << "the interval had passed";
  EXPECT_EQ(sink_.at(0).windows_5m.size(), 0U);
  clock_.advance(Duration{1});
  EXPECT_EQ(turn(*task), Turn::idle);
  EXPECT_EQ(committed(), (Intervals{{0, 4}, {4, 4}})) << "window rows alone are worth a commit";
  EXPECT_EQ(sink_.at(0).windows_5m.size(), 1U);
  EXPECT_EQ(sink_.at(0).windows_1h.size(), 1U);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(minutes(15));
    EXPECT_EQ(turn(*task), Turn::idle);
  }
  EXPECT_EQ(committed().size(), 2U) << "nothing is open any more";
  EXPECT_EQ(task->progress().window_rows, 2);
}

TEST_F(PartitionTaskTest, counts_the_idle_time_from_the_last_record) {
  append_events(4);
  const auto task = open();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(turn(*task), Turn::progressed);
    clock_.advance(minutes(14));
    EXPECT_EQ(turn(*task), Turn::idle);
    append_events(1, 4 + i);
  }
  EXPECT_EQ(sink_.at(0).windows_5m.size(), 0U);
}

TEST_F(PartitionTaskTest, with_once_ends_at_the_end_and_emits_open_windows_in_the_last_commit) {
  options_.once = true;
  append_events(10);
  const auto task = open();
  for (int turns = 0; turns < 3; ++turns) {
    EXPECT_EQ(turn(*task), Turn::progressed);
  }
  EXPECT_EQ(turn(*task), Turn::finished);
  EXPECT_EQ(committed(), (Intervals{{0, 10}}));
  EXPECT_EQ(sink_.at(0).windows_5m.size(), 2U);
  EXPECT_EQ(sink_.at(0).windows_1h.size(), 1U);
  EXPECT_EQ(sink_.at(0).records.size(), 10U);
}

TEST_F(PartitionTaskTest, with_once_does_not_run_after_a_producer_that_never_ends) {
  options_.once = true;
  append_events(10);
  const auto task = open();
  int turns = 0;
  while (turn(*task) == Turn::progressed) {
    ASSERT_LT(++turns, 10);
    append_events(4, 10 + 4 * turns);
  }
  EXPECT_EQ(committed(), (Intervals{{0, 10}})) << "what was there when it began";
}

TEST_F(PartitionTaskTest, tidies_up_behind_a_commit_and_not_where_it_is_asked_to_stop) {
  options_.commit_records = 4;
  append_events(6);
  const auto task = open();
  EXPECT_EQ(turn(*task), Turn::progressed);
  EXPECT_EQ(script_.count("commit"), 1);
  EXPECT_EQ(script_.count("tidy"), 1);
  EXPECT_EQ(turn(*task), Turn::progressed);
  EXPECT_TRUE(task->stop());
  EXPECT_EQ(script_.count("commit"), 2);
  EXPECT_EQ(script_.count("tidy"), 1);
}

TEST_F(PartitionTaskTest, with_once_finishes_at_once_where_there_is_nothing) {
  options_.once = true;
  const auto task = open();
  EXPECT_EQ(turn(*task), Turn::finished);
  EXPECT_EQ(script_.count("commit"), 0);
}

TEST_F(PartitionTaskTest, stages_every_record_once_with_its_outcome_and_counts_it) {
  options_.once = true;
  options_.commit_records = 7;
  log_.append(0, "{]");
  append_events(5);
  log_.append(0, example_with({{"price", "-1"}}));
  append_events(2);  // duplicates
  log_.append(0, example_with({{"event_time", R"("2020-01-01T00:00:00Z")"}}));
  log_.append(0, example_with({{"event_time", R"("2099-01-01T00:00:00Z")"}}));
  const auto task = open();
  run_out(*task);
  EXPECT_EQ(sink_.at(0).records, (Texts{"0 malformed_json", "1 silver", "2 silver", "3 silver", "4 silver", "5 silver",
                                        "6 bad_price", "7 duplicate", "8 duplicate", "9 late", "10 future_event"}));
  OutcomeCounts sum{};
  for (const Commit& commit : sink_.at(0).commits) {
    EXPECT_EQ(total(commit.counts), commit.to.offset - commit.from);
    sum += commit.counts;
    EXPECT_EQ(commit.totals, sum);
  }
  EXPECT_EQ(task->progress().counts, sum);
  EXPECT_EQ(total(sum), 11);
  EXPECT_EQ(task->progress().commits, static_cast<std::int64_t>(sink_.at(0).commits.size()));
  EXPECT_EQ(sink_.at(0).commits.back().high_mark, kExampleTime - hours(20) + minutes(4));
}

TEST_F(PartitionTaskTest, takes_the_clock_s_time_for_what_lies_in_the_future) {
  const std::string soon = example_with({{"event_time", R"("2024-01-15T12:15:00.000001Z")"}});
  log_.append(0, soon);
  const auto task = open();
  EXPECT_EQ(turn(*task), Turn::progressed);
  clock_.advance(Duration{1});
  log_.append(0, soon);
  EXPECT_EQ(turn(*task), Turn::progressed);
  EXPECT_TRUE(task->stop());
  EXPECT_EQ(sink_.at(0).records, (Texts{"0 future_event", "1 silver"}));
}

TEST_F(PartitionTaskTest, syncs_the_log_before_it_commits) {
  append_events(3);
  const auto task = open();
  EXPECT_EQ(turn(*task), Turn::progressed);
  EXPECT_TRUE(task->stop());
  EXPECT_EQ(script_.calls(), (Texts{"open sink 0", "open log 0", "read 0", "stage 0", "sync 0", "commit 0"}));
}

TEST_F(PartitionTaskTest, begins_where_retention_left_the_oldest_record) {
  append_events(10);
  log_.forget_before(6);
  const auto task = open();
  run_out(*task);
  EXPECT_TRUE(task->stop());
  EXPECT_EQ(committed(), (Intervals{{6, 10}}));
}

TEST_F(PartitionTaskTest, continues_behind_the_last_commit_with_its_state) {
  RandomShop shop(event_testing::seed_of_test(81));
  const std::vector<std::string> records = shop.records(300);
  options_.commit_records = 7;
  for (const std::string& record : records) {
    log_.append(0, record);
  }
  options_.once = true;
  run_out(*open());
  const StoredPartition in_one_go = sink_.at(0);
  ASSERT_EQ(in_one_go.records.size(), records.size());

  sink_.put(0, {});
  options_.once = false;
  int restarts = 0;
  while (sink_.at(0).records.size() < records.size()) {
    const auto task = open();
    for (std::size_t turns = 1 + shop.below(6); turns > 0; --turns) {
      turn(*task);
    }
    if (shop.below(2) == 0) {
      EXPECT_TRUE(task->stop());
    }  // else a crash: what was not committed is lost, and read again
    ASSERT_LT(++restarts, 1'000);
  }
  options_.once = true;
  run_out(*open());
  EXPECT_GT(restarts, 20);
  EXPECT_EQ(sink_.at(0).records, in_one_go.records);
  EXPECT_EQ(sink_.at(0).windows_5m, in_one_go.windows_5m);
  EXPECT_EQ(sink_.at(0).windows_1h, in_one_go.windows_1h);
  EXPECT_EQ(sink_.at(0).commits.back().totals, in_one_go.commits.back().totals);
}

TEST_F(PartitionTaskTest, writes_its_whole_state_again_after_64_commits) {
  options_.commit_records = 1;
  append_events(200);
  const auto task = open();
  run_out(*task);
  const std::vector<Commit> commits = sink_.at(0).commits;
  ASSERT_EQ(commits.size(), 200U);
  std::vector<std::size_t> full;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (commits[i].full_state) {
      full.push_back(i);
    }
  }
  EXPECT_EQ(full, (std::vector<std::size_t>{64, 129, 194}));
  EXPECT_LE(sink_.at(0).states.size(), 65U);
  append_events(3);  // duplicates of what is forgotten by now: late
  append_events(1, 199);
  const auto next = open();
  run_out(*next);
  EXPECT_EQ(sink_.at(0).records.back(), "203 duplicate") << "what was committed long ago is still known";
}

TEST_F(PartitionTaskTest, refuses_a_damaged_state) {
  append_events(5);
  EXPECT_TRUE([&] {
    const auto task = open();
    run_out(*task);
    return task->stop();
  }());
  StoredPartition stored = sink_.at(0);
  stored.states.back().pop_back();
  sink_.put(0, stored);
  const auto task = PartitionTask::open(0, log_, sink_, options_, clock_);
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().fault, Fault::corrupt);
  EXPECT_NE(task.error().message.find("partition 0"), std::string::npos) << task.error().message;
}

TEST_F(PartitionTaskTest, gives_up_errors_of_the_sink_and_the_log_while_it_opens) {
  options_.once = true;
  for (const char* const call : {"open sink", "open log"}) {
    Script script;
    FakeLog log(script, 1);
    FakeSink sink(script);
    script.fail_at(call, 0, 1, {Fault::unavailable, call});
    const auto task = PartitionTask::open(0, log, sink, options_, clock_);
    ASSERT_FALSE(task) << call;
    EXPECT_EQ(task.error().fault, Fault::unavailable);
    EXPECT_EQ(task.error().message, call);
  }
}

TEST_F(PartitionTaskTest, ends_with_the_first_error_and_leaves_the_last_commit_as_it_was) {
  options_.commit_records = 4;
  for (const char* const call : {"read", "stage", "stage_windows", "sync", "commit"}) {
    for (int nth = 1; nth <= 3; ++nth) {
      Script script;
      FakeLog log(script, 1);
      FakeSink sink(script);
      for (int i = 0; i < 20; ++i) {  // an hour apart, so that each batch closes windows
        log.append(0, example_with({{"event_time", format(R"("{}")", to_string(kExampleTime - hours(30 - i)))}}));
      }
      script.fail_at(call, 0, nth, {Fault::unavailable, call});
      auto task = *PartitionTask::open(0, log, sink, options_, clock_);
      Result<Turn> result = Turn::idle;
      for (int turns = 0; result && turns < 10; ++turns) {
        result = task->run_once();
      }
      ASSERT_FALSE(result) << call;
      EXPECT_EQ(result.error().message, call);
      const StoredPartition stored = sink.at(0);
      EXPECT_EQ(static_cast<Offset>(stored.records.size()), stored.committed ? stored.committed->offset : 0);
      EXPECT_EQ(script.calls().back(), format("{} 0 failed", call));
    }
  }
}

TEST_F(PartitionTaskTest, loses_against_another_writer_of_the_same_partition) {
  append_events(10);
  const auto zombie = open();
  const auto successor = open();
  EXPECT_EQ(turn(*zombie), Turn::progressed);
  run_out(*successor);
  EXPECT_TRUE(successor->stop());
  const Result<void> stopped = zombie->stop();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().fault, Fault::conflict);
  EXPECT_EQ(committed(), (Intervals{{0, 10}}));
  EXPECT_EQ(sink_.at(0).records.size(), 10U);
}

TEST_F(PartitionTaskTest, warns_where_more_than_one_in_a_hundred_came_late_in_five_minutes) {
  const auto append = [this](int good, int late) {
    for (int i = 0; i < good; ++i) {
      log_.append(0, example_with({{"event_id", format("{}", i)}}));
    }
    for (int i = 0; i < late; ++i) {
      log_.append(0, example_with({{"event_time", R"("2020-01-01T00:00:00Z")"}}));
    }
  };
  options_.batch.records = 1'000;
  const auto five_minutes_with = [&](int good, int late) {
    sink_.put(0, {});
    append(good, 0);
    const auto task = open();
    run_out(*task);
    clock_.advance(minutes(5));
    append(1, 0);
    run_out(*task);  // a new watch begins
    append(good, late);
    clock_.advance(minutes(5));
    return logged_during([&] { run_out(*task); });
  };
  EXPECT_EQ(five_minutes_with(99, 1), "");
  const std::string warning = five_minutes_with(98, 2);
  EXPECT_NE(warning.find("warning"), std::string::npos) << warning;
  EXPECT_NE(warning.find("late=2"), std::string::npos) << warning;
  EXPECT_NE(warning.find("records=100"), std::string::npos) << warning;
}

TEST_F(PartitionTaskTest, does_not_warn_of_late_records_before_five_minutes_are_over) {
  append_events(1);
  log_.append(0, example_with({{"event_time", R"("2020-01-01T00:00:00Z")"}}));
  const auto task = open();
  clock_.advance(minutes(5) - Duration{1});
  EXPECT_EQ(logged_during([&] { run_out(*task); }), "");
  log_.append(0, example_with({{"event_time", R"("2020-01-01T00:00:00Z")"}}));
  clock_.advance(Duration{1});
  EXPECT_NE(logged_during([&] { run_out(*task); }).find("late=2"), std::string::npos);
}

}  // namespace
}  // namespace millrace
