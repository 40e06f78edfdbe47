// Batches in order, read when they are asked for or ahead of it; what becomes of errors, ends and pauses.
#include "stream/batch_source.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using stream_testing::FakeLog;
using stream_testing::ManualClock;
using stream_testing::Script;

class BatchSourceTest : public testing::TestWithParam<bool> {
 protected:
  static constexpr ReadLimit kLimit{.records = 3, .bytes = 1 << 20};

  void append(int records) {
    for (int i = 0; i < records; ++i) {
      log_.append(0, example_with({{"user_id", format("\"U{}\"", appended_++)}}));
    }
  }
  std::unique_ptr<BatchSource> open(ReadTo to = ReadTo::any_later_record) {
    auto source = std::make_unique<BatchSource>(*log_.open(0, std::nullopt, to), Rules{}, clock_);
    if (GetParam()) {
      source->read_ahead(kLimit);
    }
    return source;
  }
  /// Takes batches until so many records have come; their offsets. Gives up after ten seconds.
  std::vector<Offset> take(BatchSource& source, std::size_t records) {
    std::vector<Offset> offsets;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (offsets.size() < records && std::chrono::steady_clock::now() < deadline) {
      const auto batch = source.next(kLimit);
      EXPECT_TRUE(batch) << batch.error().message;
      if (!batch || *batch == nullptr) {
        continue;
      }
      EXPECT_LE((*batch)->records.size(), kLimit.records);
      for (const DecodedRecord& record : (*batch)->records) {
        EXPECT_EQ(record.event.user_id, format("U{}", record.record.offset));
        offsets.push_back(record.record.offset);
      }
      EXPECT_EQ(source.position().offset, offsets.back() + 1);
    }
    return offsets;
  }
  static std::vector<Offset> counted(Offset from, Offset to) {
    std::vector<Offset> offsets;
    for (Offset offset = from; offset < to; ++offset) {
      offsets.push_back(offset);
    }
    return offsets;
  }

  ManualClock clock_;
  Script script_;
  FakeLog log_{script_, 1};
  int appended_ = 0;
};

TEST_P(BatchSourceTest, gives_every_record_in_order_also_those_that_come_later) {
  append(20);
  const auto source = open();
  EXPECT_EQ(source->position().offset, 0);
  EXPECT_EQ(take(*source, 20), counted(0, 20));
  append(5);
  EXPECT_EQ(take(*source, 5), counted(20, 25));
}

TEST_P(BatchSourceTest, is_at_its_end_when_all_was_taken) {
  append(7);
  const auto source = open(ReadTo::present_end);
  append(3);
  EXPECT_EQ(take(*source, 7), counted(0, 7));
  for (int looks = 0; !source->at_end(); ++looks) {
    ASSERT_LT(looks, 10'000);
    const auto batch = source->next(kLimit);
    ASSERT_TRUE(batch);
    EXPECT_EQ(*batch, nullptr);
  }
  EXPECT_EQ(source->position().offset, 7);
}

TEST_P(BatchSourceTest, of_nothing_is_at_its_end) {
  const auto source = open(ReadTo::present_end);
  for (int looks = 0; !source->at_end(); ++looks) {
    ASSERT_LT(looks, 10'000);
    EXPECT_EQ(source->next(kLimit).value(), nullptr);
  }
}

TEST_P(BatchSourceTest, gives_an_error_behind_the_batches_before_it) {
  append(20);
  script_.fail_at("read", 0, 4, {Fault::corrupt, "it is torn"});
  const auto source = open();
  EXPECT_EQ(take(*source, 9), counted(0, 9));
  for (int looks = 0;; ++looks) {
    ASSERT_LT(looks, 10'000);
    const auto batch = source->next(kLimit);
    if (!batch) {
      EXPECT_EQ(batch.error().message, "it is torn");
      break;
    }
    ASSERT_EQ(*batch, nullptr);
  }
}

TEST_P(BatchSourceTest, syncs_the_log_and_ends_in_the_middle) {
  append(100);
  const auto source = open();
  EXPECT_EQ(take(*source, 6).size(), 6U);
  EXPECT_TRUE(source->sync());
  EXPECT_EQ(script_.count("sync", 0), 1);
}

INSTANTIATE_TEST_SUITE_P(Reading, BatchSourceTest, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "ahead" : "when_asked"; });

}  // namespace
}  // namespace millrace
