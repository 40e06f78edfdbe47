// The simulated shop as a source of records: live, at the clock's time or from a start on, or whole days of history.
//
// Live at the clock: a record carries the time at which it is asked for. Live from a start: the i-th record carries
// start + i / rate. A history's times are HistorySchedule's. So all but the first are the same bytes on every run.
// Errors: invalid where the times would leave the year 9999. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ingest/record_source.h"
#include "ingest/simulator.h"
#include "ingest/simulator_schedule.h"

namespace millrace {

class SimulatedSource final : public RecordSource {
 public:
  /// Each record at the clock's time; `records_per_second` (or kUnlimitedRate) is how fast the caller will ask. The
  /// clock must outlive the source.
  static Result<std::unique_ptr<SimulatedSource>> at_clock(const SimulatorOptions& options, const Clock& clock,
                                                           double records_per_second);
  /// An endless stream from `start` on. Fault invalid for kUnlimitedRate, which gives no times.
  static Result<std::unique_ptr<SimulatedSource>> from_start(const SimulatorOptions& options, Instant start,
                                                             double records_per_second);
  /// The days [first, first + days) with so many records a day on average.
  static Result<std::unique_ptr<SimulatedSource>> history(const SimulatorOptions& options, Day first, std::int64_t days,
                                                          std::int64_t records_a_day);

  Result<std::optional<SourceRecord>> next() override;

  const Simulator& simulator() const { return simulator_; }
  /// How many records there will be in all; nothing where there is no end.
  std::optional<std::int64_t> records() const;

 private:
  SimulatedSource(Simulator simulator, const Clock* clock, Instant start, double interval_us);
  std::optional<Instant> next_time();

  Simulator simulator_;
  const Clock* clock_;  // none where the times are not the clock's
  std::optional<HistorySchedule> schedule_;
  Instant start_;
  double interval_us_;
  std::int64_t given_ = 0;
};

}  // namespace millrace
