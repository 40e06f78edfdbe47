// What a reader in the same process sees of a partition, and when.
#include "stream/live_view.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/log.h"
#include "stream/partition_task.h"
#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using stream_testing::FakeLog;
using stream_testing::FakeSink;
using stream_testing::ManualClock;
using stream_testing::Script;

class LiveViewTest : public testing::Test {
 protected:
  LiveViewTest() {
    start_logging(LogLevel::warning, LogFormat::text);
    options_.live = &live_;
  }
  void append(const std::string& product, const std::string& type, const std::string& time, int quantity = 1) {
    log_.append(0, example_with({{"product_id", format("\"{}\"", product)},
                                 {"user_id", format("\"U{}\"", ++users_)},
                                 {"event_type", format("\"{}\"", type)},
                                 {"quantity", format("\"{}\"", quantity)},
                                 {"price", "\"2.50\""},
                                 {"event_time", format("\"2024-01-15T{}Z\"", time)}}));
  }
  std::unique_ptr<PartitionTask> open() { return *PartitionTask::open(0, log_, sink_, options_, clock_); }
  std::shared_ptr<const LivePartition> seen() {
    const auto all = live_.partitions();
    EXPECT_LE(all.size(), 1U);
    return all.empty() ? nullptr : all.front();
  }

  ManualClock clock_;
  Script script_;
  FakeLog log_{script_, 1};
  FakeSink sink_{script_};
  LiveView live_{2};
  StreamOptions options_;
  int users_ = 0;
};

TEST_F(LiveViewTest, shows_open_windows_totals_and_what_sells) {
  append("A", "order_created", "10:01:00", 2);
  append("B", "product_viewed", "10:02:00");
  append("B", "product_viewed", "10:06:00");
  append("C", "order_created", "10:07:00", 4);
  append("C", "order_returned", "10:07:30", 1);
  append("D", "no_such_type", "10:08:00");
  const auto task = open();
  EXPECT_EQ(seen(), nullptr);
  ASSERT_TRUE(task->run_once());
  const auto live = seen();
  ASSERT_NE(live, nullptr);
  EXPECT_EQ(live->partition, 0);
  EXPECT_EQ(live->next, 6);
  EXPECT_EQ(live->committed, 0);
  EXPECT_EQ(live->totals[static_cast<std::size_t>(Outcome::silver)], 5);
  EXPECT_EQ(live->totals[static_cast<std::size_t>(Outcome::unknown_event_type)], 1);
  EXPECT_EQ(to_string(*live->high_mark), "2024-01-15T10:07:30.000000Z");
  ASSERT_EQ(live->open_5m.size(), 2U);
  EXPECT_EQ(to_string(live->open_5m[0].start), "2024-01-15T10:00:00.000000Z");
  EXPECT_EQ(live->open_5m[0].sums.orders, 1);
  EXPECT_EQ(live->open_5m[0].sums.units, 2);
  EXPECT_EQ(live->open_5m[0].rows, 2);
  EXPECT_EQ(live->open_5m[1].sums.views, 1);
  EXPECT_EQ(live->open_5m[1].sums.returns, 1);
  ASSERT_EQ(live->open_1h.size(), 1U);
  EXPECT_TRUE(live->open_1h[0].sums.revenue == MoneySum{150'000});
  ASSERT_EQ(live->top.size(), 3U);
  EXPECT_EQ(live->top[0].product_id, "C");
  EXPECT_EQ(live->top[1].product_id, "A");
  EXPECT_EQ(live->top[2].product_id, "B") << "nothing sold, but looked at";
  EXPECT_EQ(live->dedup_keys, 5);
}

TEST_F(LiveViewTest, is_published_at_most_every_25_ms_and_only_where_something_changed) {
  options_.batch.records = 1;
  for (int i = 0; i < 4; ++i) {
    append("A", "product_viewed", format("10:0{}:00", i));
  }
  const auto task = open();
  ASSERT_TRUE(task->run_once());
  EXPECT_EQ(seen()->next, 1);
  clock_.advance(milliseconds(24));
  ASSERT_TRUE(task->run_once());
  EXPECT_EQ(seen()->next, 1) << "too soon";
  clock_.advance(milliseconds(1));
  ASSERT_TRUE(task->run_once());
  EXPECT_EQ(seen()->next, 3);
  ASSERT_TRUE(task->run_once());
  clock_.advance(milliseconds(60));
  ASSERT_TRUE(task->run_once());
  const auto last = seen();
  EXPECT_EQ(last->next, 4) << "also when nothing came any more";
  clock_.advance(seconds(1));
  ASSERT_TRUE(task->run_once());
  EXPECT_EQ(seen(), last) << "nothing changed";
  ASSERT_TRUE(task->stop());
  ASSERT_TRUE(task->run_once());
  EXPECT_EQ(seen()->committed, 4);
}

TEST(LiveViewThreads, readers_see_whole_snapshots_while_they_are_replaced) {
  LiveView live(1);
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    for (Offset next = 1; next <= 20'000; ++next) {
      auto snapshot = std::make_shared<LivePartition>();
      snapshot->next = next;
      snapshot->committed = next;
      live.publish(std::move(snapshot));
    }
    done = true;
  });
  Offset last = 0;
  while (!done) {
    for (const auto& snapshot : live.partitions()) {
      ASSERT_EQ(snapshot->next, snapshot->committed);
      ASSERT_GE(snapshot->next, last);
      last = snapshot->next;
    }
  }
}

TEST(LiveViewThreads, a_partition_it_has_no_room_for_is_left_out) {
  LiveView live(1);
  auto snapshot = std::make_shared<LivePartition>();
  snapshot->partition = 1;
  live.publish(std::move(snapshot));
  EXPECT_TRUE(live.partitions().empty());
}

}  // namespace
}  // namespace millrace
