#include "ingest/simulator_steps.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Step step_of(std::uint64_t session) {
  return {.due_us = 0,
          .session = session,
          .order = 0,
          .user = 0,
          .product = 0,
          .price_cents = 0,
          .quantity = 1,
          .action = Action::cart};
}

constexpr Instant kNow{1'000'000};

TEST(StepQueue, gives_what_is_due_in_the_order_of_time) {
  StepQueue queue(10);
  EXPECT_FALSE(queue.take(kNow));
  queue.plan(step_of(1), kNow, {30});
  queue.plan(step_of(2), kNow, {10});
  queue.plan(step_of(3), kNow, {20});
  EXPECT_FALSE(queue.take(kNow + Duration{9}));
  EXPECT_EQ(queue.take(kNow + Duration{10})->session, 2U);
  EXPECT_FALSE(queue.take(kNow + Duration{10}));
  EXPECT_EQ(queue.take(kNow + Duration{99})->session, 3U);
  EXPECT_EQ(queue.take(kNow + Duration{99})->session, 1U);
  EXPECT_FALSE(queue.take(kNow + Duration{99}));
}

TEST(StepQueue, steps_of_one_time_have_an_order_too) {
  StepQueue one(10);
  StepQueue other(10);
  for (std::uint64_t i = 0; i < 9; ++i) {
    one.plan(step_of(i), kNow, {0});
    other.plan(step_of(8 - i), kNow, {0});
  }
  for (std::uint64_t i = 0; i < 9; ++i) {
    EXPECT_EQ(one.take(kNow)->session, i);
    EXPECT_EQ(other.take(kNow)->session, i);
  }
}

TEST(StepQueue, too_many_steps_are_taken_early_and_those_behind_them_keep_their_distance) {
  StepQueue queue(2);
  queue.plan(step_of(1), kNow, {100});
  queue.plan(step_of(2), kNow, {200});
  EXPECT_FALSE(queue.take(kNow));
  queue.plan(step_of(3), kNow, {300});
  EXPECT_EQ(queue.take(kNow)->session, 1U);
  EXPECT_FALSE(queue.take(kNow));
  queue.plan(step_of(4), kNow, {50});  // after step 1, which stands at 100
  EXPECT_EQ(queue.take(kNow)->due_us, kNow.us + 150);
  EXPECT_EQ(queue.size(), 2U);
}

}  // namespace
}  // namespace millrace
