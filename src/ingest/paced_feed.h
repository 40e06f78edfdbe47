// From a source into a log, at the wanted pace: the loop of `produce`.
//
// What is appended is handed to the log at least every 50 ms, and before every wait that is worth the call, so that
// readers that follow the log see it at once. The end is clean, whether the source ended, the limit was reached, a stop
// was asked for or the source failed: everything appended is flushed and synced.
// Errors: the source's or the appender's. Thread rule: runs on the caller's thread; the stop may come from any.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <variant>

#include "base/result.h"
#include "base/time.h"
#include "ingest/appender.h"
#include "ingest/record_source.h"

namespace millrace {

/// As fast as it goes.
struct Unpaced {};
/// So many records a second, whatever their times are.
struct PacedByCount {
  double records_per_second;
};
/// So many seconds of the records' times a second, from the first record's time on.
struct PacedByTime {
  double speed;
};
using Pace = std::variant<Unpaced, PacedByCount, PacedByTime>;

/// What a running feed has done so far.
struct FeedProgress {
  std::int64_t records = 0;
  std::int64_t bytes = 0;  // of the records, newlines not counted
  Duration elapsed;
  bool stopped = false;  // because it was asked to
};

struct FeedOptions {
  Pace pace = Unpaced{};
  std::optional<std::int64_t> records_max = {};
  std::function<void(const FeedProgress&)> on_progress = {};  // about twice a second; may be empty
};

/// Waits until the clock's uptime() reaches `until` or the stop is asked for.
using Waiter = std::function<void(Duration until, const std::stop_token& stop)>;
Waiter waiter_for(const Clock& clock);

Result<FeedProgress> feed(RecordSource& source, Appender& appender, const FeedOptions& options, const Clock& clock,
                          const Waiter& wait, const std::stop_token& stop);

}  // namespace millrace
