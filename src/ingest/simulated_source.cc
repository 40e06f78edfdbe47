#include "ingest/simulated_source.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace millrace {

SimulatedSource::SimulatedSource(Simulator simulator, const Clock* clock, Instant start, double interval_us)
    : simulator_(std::move(simulator)), clock_(clock), start_(start), interval_us_(interval_us) {}

Result<std::unique_ptr<SimulatedSource>> SimulatedSource::at_clock(const SimulatorOptions& options, const Clock& clock,
                                                                   double records_per_second) {
  ASSIGN_OR_RETURN(Simulator simulator, Simulator::create(options, clock.now(), records_per_second));
  return std::unique_ptr<SimulatedSource>(new SimulatedSource(std::move(simulator), &clock, {}, 0));
}

Result<std::unique_ptr<SimulatedSource>> SimulatedSource::from_start(const SimulatorOptions& options, Instant start,
                                                                     double records_per_second) {
  if (std::isinf(records_per_second)) {
    return fail(Fault::invalid, "a simulation from a start time needs a rate, which spaces its events");
  }
  ASSIGN_OR_RETURN(Simulator simulator, Simulator::create(options, start, records_per_second));
  return std::unique_ptr<SimulatedSource>(
      new SimulatedSource(std::move(simulator), nullptr, start, 1e6 / records_per_second));
}

Result<std::unique_ptr<SimulatedSource>> SimulatedSource::history(const SimulatorOptions& options, Day first,
                                                                  std::int64_t days, std::int64_t records_a_day) {
  constexpr std::int64_t kDaysMax = 36'525;
  constexpr std::int64_t kRecordsADayMax = 1'000'000'000;
  const Day end{static_cast<std::int32_t>(first.number + std::clamp(days, std::int64_t{1}, kDaysMax))};
  if (days < 1 || days > kDaysMax || first < Day{0} || start_of(end) > kYear10000) {
    return fail(Fault::invalid, format("a simulated history must have 1 to {} days, from 1970 to 9999: {} days from {}",
                                       kDaysMax, days, to_string(first)));
  }
  if (records_a_day < 1 || records_a_day > kRecordsADayMax) {
    return fail(Fault::invalid,
                format("a simulated history must have 1 to {} records a day: {}", kRecordsADayMax, records_a_day));
  }
  const double records_per_second = static_cast<double>(records_a_day) / 86'400;
  ASSIGN_OR_RETURN(Simulator simulator, Simulator::create(options, start_of(first), records_per_second));
  std::unique_ptr<SimulatedSource> source(new SimulatedSource(std::move(simulator), nullptr, {}, 0));
  source->schedule_.emplace(source->simulator_.shop(), first, end, records_a_day);
  return source;
}

std::optional<std::int64_t> SimulatedSource::records() const {
  return schedule_ ? std::optional(schedule_->records()) : std::nullopt;
}

std::optional<Instant> SimulatedSource::next_time() {
  if (clock_ != nullptr) {
    return clock_->now();
  }
  if (schedule_) {
    return schedule_->next();
  }
  return start_ + Duration{static_cast<std::int64_t>(static_cast<double>(given_) * interval_us_)};
}

Result<std::optional<SourceRecord>> SimulatedSource::next() {
  const auto now = next_time();
  if (!now) {
    return std::nullopt;
  }
  if (*now < Instant{0} || *now >= kYear10000) {
    return fail(Fault::invalid, format("the simulation has reached the end of time, stop it earlier with --events: {}",
                                       to_string(*now)));
  }
  ++given_;
  const SimulatedRecord record = simulator_.next(*now);
  return SourceRecord{.key = record.key, .line = record.line, .time = now};
}

}  // namespace millrace
