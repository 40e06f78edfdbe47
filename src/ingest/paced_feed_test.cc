#include "ingest/paced_feed.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace millrace {
namespace {

/// A clock that stands still but for what the test and the waits add to it.
class FakeClock final : public Clock {
 public:
  Instant now() const override { return {uptime_.us}; }
  Duration uptime() const override { return uptime_; }
  Duration uptime_ = seconds(100);
};

/// Gives records `0`, `1`, … up to `count`, each taking some of the clock's time, at times of their own.
class FakeSource final : public RecordSource {
 public:
  explicit FakeSource(FakeClock& clock) : clock_(clock) {}
  Result<std::optional<SourceRecord>> next() override {
    clock_.uptime_.us += work_.us;
    if (given_ == fail_at_) {
      return fail(Fault::corrupt, "broken");
    }
    if (given_ == count_) {
      return std::nullopt;
    }
    line_ = std::to_string(given_);
    const auto time =
        timeless_ && given_ % 2 == 1 ? std::nullopt : std::optional(Instant{0} + interval_ * given_ + hours(5));
    ++given_;
    return SourceRecord{.key = "key", .line = line_, .time = time};
  }

  FakeClock& clock_;
  std::int64_t count_ = 10;
  std::int64_t given_ = 0;
  std::int64_t fail_at_ = -1;
  Duration work_{0};
  Duration interval_ = seconds(1);
  bool timeless_ = false;
  std::string line_;
};

/// Writes down what happens, with the milliseconds since the start.
class FakeAppender final : public Appender {
 public:
  explicit FakeAppender(FakeClock& clock) : clock_(clock) {}
  Result<void> append(std::string_view key, std::string_view record) override {
    EXPECT_EQ(key, "key");
    note(record);
    return {};
  }
  Result<void> flush() override {
    note("flush");
    return flush_fails_ ? Result<void>(fail(Fault::unavailable, "disk full")) : Result<void>();
  }
  Result<void> sync() override {
    note("sync");
    return {};
  }
  void note(std::string_view what) {
    journal_ += std::string(what) + "@" + std::to_string((clock_.uptime_.us - seconds(100).us) / 1'000) + " ";
  }

  FakeClock& clock_;
  std::string journal_;
  bool flush_fails_ = false;
};

class PacedFeedTest : public testing::Test {
 protected:
  Result<FeedProgress> run(const FeedOptions& options) {
    const Waiter wait = [this](Duration until, const std::stop_token&) {
      EXPECT_GT(until, clock_.uptime_);
      clock_.uptime_ = until;
      if (++waits_ == stop_in_wait_) {
        stop_.request_stop();
      }
    };
    return feed(source_, appender_, options, clock_, wait, stop_.get_token());
  }

  FakeClock clock_;
  FakeSource source_{clock_};
  FakeAppender appender_{clock_};
  std::stop_source stop_;
  int waits_ = 0;
  int stop_in_wait_ = -1;
};

TEST_F(PacedFeedTest, unpaced_appends_all_and_ends_with_flush_and_sync) {
  source_.count_ = 3;
  const auto progress = run({});
  ASSERT_TRUE(progress);
  EXPECT_EQ(appender_.journal_, "0@0 1@0 2@0 flush@0 sync@0 ");
  EXPECT_EQ(progress->records, 3);
  EXPECT_EQ(progress->bytes, 3);
  EXPECT_FALSE(progress->stopped);
  EXPECT_EQ(waits_, 0);
}

TEST_F(PacedFeedTest, takes_no_more_than_it_was_told) {
  EXPECT_EQ(run({.records_max = 4})->records, 4);
  EXPECT_EQ(source_.given_, 4) << "and asks the source for no more";
  EXPECT_EQ(run({.records_max = 0})->records, 0);
}

TEST_F(PacedFeedTest, by_count_one_record_comes_every_interval_and_is_seen_at_once) {
  source_.count_ = 3;
  ASSERT_TRUE(run({.pace = PacedByCount{10}}));
  EXPECT_EQ(appender_.journal_, "0@0 flush@0 1@100 flush@100 2@200 flush@200 flush@300 sync@300 ");
}

TEST_F(PacedFeedTest, by_count_catches_up_when_the_source_is_slow) {
  source_.count_ = 5;
  source_.work_ = milliseconds(30);
  ASSERT_TRUE(run({.pace = PacedByCount{100}}));
  EXPECT_EQ(appender_.journal_, "0@30 1@60 flush@60 2@90 3@120 flush@120 4@150 flush@180 sync@180 ");
}

TEST_F(PacedFeedTest, by_count_at_a_high_rate_flushes_every_fifty_milliseconds) {
  source_.count_ = 201;
  ASSERT_TRUE(run({.pace = PacedByCount{1'000}}));
  std::size_t flushes = 0;
  for (std::size_t at = 0; (at = appender_.journal_.find("flush", at)) != std::string::npos; ++at) {
    ++flushes;
  }
  EXPECT_EQ(flushes, 5U) << appender_.journal_;
}

TEST_F(PacedFeedTest, by_time_the_records_times_set_the_pace) {
  source_.count_ = 3;
  ASSERT_TRUE(run({.pace = PacedByTime{2}}));
  EXPECT_EQ(appender_.journal_, "0@0 flush@0 1@500 flush@500 2@1000 flush@1000 flush@1000 sync@1000 ");
}

TEST_F(PacedFeedTest, by_time_records_without_a_time_or_from_the_past_do_not_wait) {
  source_.count_ = 4;
  source_.timeless_ = true;
  ASSERT_TRUE(run({.pace = PacedByTime{1}}));
  EXPECT_EQ(appender_.journal_, "0@0 1@0 flush@0 2@2000 flush@2000 3@2000 flush@2000 sync@2000 ");

  source_.given_ = 0;
  source_.timeless_ = false;
  source_.interval_ = seconds(-1);
  waits_ = 0;
  ASSERT_TRUE(run({.pace = PacedByTime{1}}));
  EXPECT_EQ(waits_, 0);
}

TEST_F(PacedFeedTest, an_absurd_wait_does_not_overflow) {
  source_.count_ = 2;
  source_.interval_ = kDay * 1'000'000;
  ASSERT_TRUE(run({.pace = PacedByTime{1e-300}}));
  EXPECT_EQ(waits_, 1);
}

TEST_F(PacedFeedTest, a_stop_in_a_wait_ends_it_cleanly) {
  stop_in_wait_ = 2;
  const auto by_count = run({.pace = PacedByCount{10}});
  ASSERT_TRUE(by_count);
  EXPECT_TRUE(by_count->stopped);
  EXPECT_EQ(by_count->records, 2);
  EXPECT_TRUE(appender_.journal_.ends_with("flush@200 sync@200 ")) << appender_.journal_;
}

TEST_F(PacedFeedTest, a_stop_while_waiting_for_a_records_time_leaves_it_out) {
  stop_in_wait_ = 1;
  const auto by_time = run({.pace = PacedByTime{1}});
  ASSERT_TRUE(by_time);
  EXPECT_TRUE(by_time->stopped);
  EXPECT_EQ(by_time->records, 1);
}

TEST_F(PacedFeedTest, stopped_before_it_began_it_appends_nothing) {
  stop_.request_stop();
  const auto progress = run({});
  ASSERT_TRUE(progress);
  EXPECT_TRUE(progress->stopped);
  EXPECT_EQ(progress->records, 0);
}

TEST_F(PacedFeedTest, a_source_that_fails_loses_nothing_of_what_it_gave) {
  source_.fail_at_ = 2;
  const auto progress = run({});
  ASSERT_FALSE(progress);
  EXPECT_EQ(progress.error().message, "broken");
  EXPECT_EQ(appender_.journal_, "0@0 1@0 flush@0 sync@0 ");
}

TEST_F(PacedFeedTest, a_log_that_fails_is_the_error) {
  appender_.flush_fails_ = true;
  const auto progress = run({});
  ASSERT_FALSE(progress);
  EXPECT_EQ(progress.error().fault, Fault::unavailable);
}

TEST_F(PacedFeedTest, progress_is_told_about_twice_a_second) {
  source_.count_ = 30;
  std::vector<std::int64_t> told;
  ASSERT_TRUE(
      run({.pace = PacedByCount{10}, .on_progress = [&](const FeedProgress& p) { told.push_back(p.records); }}));
  EXPECT_EQ(told, (std::vector<std::int64_t>{6, 11, 16, 21, 26}));
}

TEST(Waiter, waits_as_long_as_it_should_and_ends_with_a_stop) {
  const Clock& clock = system_clock();
  const Waiter wait = waiter_for(clock);
  std::stop_source stop;
  const Duration begin = clock.uptime();
  wait({begin.us + 20'000}, stop.get_token());
  EXPECT_GE(clock.uptime().us - begin.us, 20'000);

  const std::jthread stopper([&stop] { stop.request_stop(); });
  wait({begin.us + hours(1).us}, stop.get_token());
  EXPECT_LT(clock.uptime().us - begin.us, minutes(10).us);
}

}  // namespace
}  // namespace millrace
