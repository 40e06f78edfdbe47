// When the records of a simulated history stand: whole days, each as busy as the shop is on it.
//
// The days' volumes follow the shop's trend, seasons, weekdays and chance, scaled so that the mean is what was asked
// for; their sum is exact. Within a day the times follow the busy hours and never go back.
// Units: records a day; times are UTC. Thread rule: one thread; the shop must outlive it.
#pragma once

#include <cstdint>
#include <optional>

#include "ingest/simulator_random.h"
#include "ingest/simulator_shop.h"

namespace millrace {

class HistorySchedule {
 public:
  /// The days [first, end). Preconditions: first < end, records_a_day from 1 to 10^9.
  HistorySchedule(const Shop& shop, Day first, Day end, std::int64_t records_a_day);

  std::int64_t records() const { return records_; }
  /// The time of the next record; nothing at the end.
  std::optional<Instant> next();

 private:
  bool start_next_day();

  const Shop& shop_;
  Random random_;
  Day day_;  // the one that next() is in
  Day end_;
  std::int64_t records_;          // of all days
  double volume_scale_;           // from the shop's volume to records
  double volume_passed_ = 0;      // of the days begun so far
  std::int64_t day_records_ = 0;  // of this day
  std::int64_t day_place_ = 0;    // the next one's place in the day
  double hours_sum_;
  std::size_t hour_ = 0;     // that the next record is in
  double hours_passed_ = 0;  // weights of this day's hours before it
};

}  // namespace millrace
