#include "ingest/simulated_source.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

const Instant kStart = *parse_event_time("2024-01-15T10:30:00Z");
constexpr SimulatorOptions kOptions{.seed = 7};

class FakeClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  Duration uptime() const override { return {now_.us}; }
  Instant now_ = kStart;
};

std::string text_of(SimulatedSource& source, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto record = source.next();
    EXPECT_TRUE(record && *record);
    text.append((*record)->line).append("\n");
  }
  return text;
}

TEST(SimulatedSource, at_the_clock_carries_the_clocks_time) {
  FakeClock clock;
  const auto source = SimulatedSource::at_clock(kOptions, clock, 10);
  ASSERT_TRUE(source);
  EXPECT_EQ((*(*source)->next())->time, kStart);
  clock.now_ = kStart + seconds(3);
  EXPECT_EQ((*(*source)->next())->time, kStart + seconds(3));
  EXPECT_EQ((*source)->records(), std::nullopt);
}

TEST(SimulatedSource, from_a_start_has_times_of_its_own_and_the_same_bytes) {
  const auto one = SimulatedSource::from_start(kOptions, kStart, 3);
  const auto two = SimulatedSource::from_start(kOptions, kStart, 3);
  ASSERT_TRUE(one && two);
  EXPECT_EQ((*(*one)->next())->time, kStart);
  EXPECT_EQ((*(*one)->next())->time, kStart + Duration{333'333});
  text_of(**two, 2);
  EXPECT_EQ(text_of(**one, 1'000), text_of(**two, 1'000));
}

TEST(SimulatedSource, a_history_has_its_days_and_its_end) {
  const auto source = SimulatedSource::history(kOptions, day_of(kStart), 3, 100);
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->records(), 300);
  text_of(**source, 300);
  const auto end = (*source)->next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
  EXPECT_EQ((*source)->simulator().views().size(), 3U);
}

TEST(SimulatedSource, the_live_shop_is_the_historys_shop) {
  const auto history = SimulatedSource::history(kOptions, day_of(kStart), 1, 100);
  const auto live = SimulatedSource::from_start(kOptions, kStart, 1);
  ASSERT_TRUE(history && live);
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_EQ((*history)->simulator().shop().on(i, day_of(kStart)).price_cents,
              (*live)->simulator().shop().on(i, day_of(kStart)).price_cents);
  }
}

TEST(SimulatedSource, refuses_what_gives_no_times) {
  FakeClock clock;
  EXPECT_EQ(SimulatedSource::from_start(kOptions, kStart, kUnlimitedRate).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::from_start({.products = -1}, kStart, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::at_clock({.products = -1}, clock, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history({.products = -1}, Day{0}, 1, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history(kOptions, Day{0}, 0, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history(kOptions, Day{0}, INT64_MAX, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history(kOptions, Day{-1}, 1, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history(kOptions, day_of(kYear10000), 1, 1).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history(kOptions, Day{0}, 1, 0).error().fault, Fault::invalid);
  EXPECT_EQ(SimulatedSource::history(kOptions, Day{0}, 1, 1'000'000'001).error().fault, Fault::invalid);
}

TEST(SimulatedSource, ends_with_words_at_the_end_of_time) {
  const auto source = SimulatedSource::from_start(kOptions, kYear10000 - seconds(1), 1);
  ASSERT_TRUE(source);
  EXPECT_TRUE((*source)->next());
  const auto behind = (*source)->next();
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().fault, Fault::invalid);
}

}  // namespace
}  // namespace millrace
