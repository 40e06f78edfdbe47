#include "ingest/simulator_schedule.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace millrace {

HistorySchedule::HistorySchedule(const Shop& shop, Day first, Day end, std::int64_t records_a_day)
    : shop_(shop),
      random_(mix_bits(shop.options().seed ^ 0x5CED)),
      day_{first.number - 1},
      end_(end),
      records_(records_a_day * (end.number - first.number)),
      hours_sum_(std::accumulate(shop.hours_of_day().begin(), shop.hours_of_day().end(), 0.0)) {
  CHECK(first < end && records_a_day > 0);
  double volume = 0;
  for (Day day = first; day < end; ++day.number) {
    volume += shop.volume(day);
  }
  volume_scale_ = static_cast<double>(records_) / volume;
}

bool HistorySchedule::start_next_day() {
  ++day_.number;
  if (day_ >= end_) {
    return false;
  }
  // Differences of rounded sums: the days' records add up to all records.
  const auto before = std::llround(volume_passed_ * volume_scale_);
  volume_passed_ += shop_.volume(day_);
  day_records_ = std::llround(volume_passed_ * volume_scale_) - before;
  day_place_ = 0;
  hour_ = 0;
  hours_passed_ = 0;
  return true;
}

std::optional<Instant> HistorySchedule::next() {
  while (day_place_ == day_records_) {
    if (day_ >= end_ || !start_next_day()) {
      return std::nullopt;
    }
  }
  // The i-th of n lies in the i-th n-th part of the day's volume: ordered without sorting.
  const double part = (static_cast<double>(day_place_) + random_.uniform()) / static_cast<double>(day_records_);
  const double wanted = part * hours_sum_;
  const auto hours_of_day = shop_.hours_of_day();
  while (hour_ + 1 < hours_of_day.size() && hours_passed_ + hours_of_day[hour_] <= wanted) {
    hours_passed_ += hours_of_day[hour_];
    ++hour_;
  }
  const double hour = static_cast<double>(hour_) + std::min((wanted - hours_passed_) / hours_of_day[hour_], 1.0);
  ++day_place_;
  const auto us = static_cast<std::int64_t>(hour * static_cast<double>(hours(1).us));
  return start_of(day_) + Duration{std::min(us, kDay.us - 1)};
}

}  // namespace millrace
