#include "ingest/simulator_schedule.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

namespace millrace {
namespace {

constexpr Day kFirst{19'723};  // 2024-01-01, a Monday

TEST(HistorySchedule, gives_exactly_what_was_asked_for_in_order) {
  const Shop shop({.seed = 5});
  HistorySchedule schedule(shop, kFirst, {kFirst.number + 100}, 777);
  EXPECT_EQ(schedule.records(), 77'700);
  std::int64_t count = 0;
  Instant before{0};
  while (const auto time = schedule.next()) {
    EXPECT_GE(*time, before);
    EXPECT_GE(*time, start_of(kFirst));
    EXPECT_LT(*time, start_of({kFirst.number + 100}));
    before = *time;
    ++count;
  }
  EXPECT_EQ(count, 77'700);
  EXPECT_EQ(schedule.next(), std::nullopt) << "the end stays the end";
}

TEST(HistorySchedule, one_record_on_one_day) {
  const Shop shop({.seed = 5});
  HistorySchedule schedule(shop, kFirst, {kFirst.number + 1}, 1);
  const auto time = schedule.next();
  ASSERT_TRUE(time);
  EXPECT_EQ(day_of(*time), kFirst);
  EXPECT_EQ(schedule.next(), std::nullopt);
}

TEST(HistorySchedule, days_are_as_busy_as_the_shop_is) {
  const Shop shop({.seed = 5});
  HistorySchedule schedule(shop, kFirst, {kFirst.number + 364}, 1'000);
  std::map<Day, double> days;
  while (const auto time = schedule.next()) {
    ++days[day_of(*time)];
  }
  ASSERT_EQ(days.size(), 364U);
  const double scale = days[kFirst] / shop.volume(kFirst);
  for (const auto& [day, records] : days) {
    EXPECT_NEAR(records, shop.volume(day) * scale, 3) << to_string(day);
  }
}

TEST(HistorySchedule, hours_follow_the_shops_hours) {
  for (const double strength : {1.0, 0.0}) {
    const Shop shop({.seed = 5, .daily_strength = strength});
    HistorySchedule schedule(shop, kFirst, {kFirst.number + 10}, 50'000);
    std::array<double, 24> hours_seen{};
    while (const auto time = schedule.next()) {
      ++hours_seen[static_cast<std::size_t>((*time - start_of(day_of(*time))).us / hours(1).us)];
    }
    double sum = 0;
    for (const double weight : shop.hours_of_day()) {
      sum += weight;
    }
    for (std::size_t hour = 0; hour < 24; ++hour) {
      const double expected = 500'000 * shop.hours_of_day()[hour] / sum;
      EXPECT_NEAR(hours_seen[hour], expected, 30) << hour;  // stratified: at most two a day and edge
    }
  }
}

}  // namespace
}  // namespace millrace
