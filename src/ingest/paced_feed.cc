#include "ingest/paced_feed.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace millrace {
namespace {

constexpr Duration kFlushInterval = milliseconds(50);
constexpr Duration kLongWait = milliseconds(5);  // worth a flush before it
constexpr Duration kProgressInterval = milliseconds(500);
constexpr std::int64_t kRecordsBetweenLooks = 64;  // at the clock and the stop, where nothing is waited for

class Feed {
 public:
  Feed(RecordSource& source, Appender& appender, const FeedOptions& options, const Clock& clock, const Waiter& wait,
       const std::stop_token& stop)
      : source_(source),
        appender_(appender),
        options_(options),
        clock_(clock),
        wait_(wait),
        stop_(stop),
        begin_(clock.uptime()),
        flushed_at_(begin_),
        reported_at_(begin_) {}

  Result<FeedProgress> run() {
    Result<void> ran = append_records();
    if (!ran) {
      // The first error is the one to tell; what was appended before it shall still reach the log.
      (void)(appender_.flush() && appender_.sync());
      return std::unexpected(std::move(ran).error());
    }
    TRY(appender_.flush());
    TRY(appender_.sync());
    progress_.elapsed = {clock_.uptime().us - begin_.us};
    progress_.stopped = stop_.stop_requested();
    return progress_;
  }

 private:
  Result<void> append_records() {
    const bool unpaced = std::holds_alternative<Unpaced>(options_.pace);
    while (!options_.records_max || progress_.records < *options_.records_max) {
      if (!unpaced || progress_.records % kRecordsBetweenLooks == 0) {
        TRY(look_up());
      }
      if (const auto* pace = std::get_if<PacedByCount>(&options_.pace)) {
        TRY(wait_until(static_cast<double>(progress_.records) * 1e6 / pace->records_per_second));
      }
      if (stop_.stop_requested()) {
        return {};
      }
      ASSIGN_OR_RETURN(const auto record, source_.next());
      if (!record) {
        return {};
      }
      if (const auto* pace = std::get_if<PacedByTime>(&options_.pace); pace != nullptr && record->time) {
        first_time_ = first_time_.value_or(*record->time);
        TRY(wait_until(static_cast<double>((*record->time - *first_time_).us) / pace->speed));
        if (stop_.stop_requested()) {
          return {};
        }
      }
      TRY(appender_.append(record->key, record->line));
      ++progress_.records;
      progress_.bytes += static_cast<std::int64_t>(record->line.size());
    }
    return {};
  }

  /// Flushes and reports where it is time to.
  Result<void> look_up() {
    const Duration now = clock_.uptime();
    if (now.us - flushed_at_.us >= kFlushInterval.us && flushed_records_ < progress_.records) {
      TRY(flush());
    }
    if (options_.on_progress && now.us - reported_at_.us >= kProgressInterval.us) {
      progress_.elapsed = {now.us - begin_.us};
      options_.on_progress(progress_);
      reported_at_ = now;
    }
    return {};
  }

  Result<void> flush() {
    TRY(appender_.flush());
    flushed_at_ = clock_.uptime();
    flushed_records_ = progress_.records;
    return {};
  }

  Result<void> wait_until(double us_from_begin) {
    constexpr double kLongestUs = 1e15;  // 30 years; beyond it the sum below could overflow
    const Duration until{begin_.us + static_cast<std::int64_t>(std::min(us_from_begin, kLongestUs))};
    const Duration now = clock_.uptime();
    if (until <= now) {
      return {};
    }
    if (until.us - now.us >= kLongWait.us && flushed_records_ < progress_.records) {
      TRY(flush());
    }
    wait_(until, stop_);
    return {};
  }

  RecordSource& source_;
  Appender& appender_;
  const FeedOptions& options_;
  const Clock& clock_;
  const Waiter& wait_;
  const std::stop_token& stop_;
  Duration begin_;
  Duration flushed_at_;
  Duration reported_at_;
  FeedProgress progress_;
  std::int64_t flushed_records_ = 0;  // of progress_.records
  std::optional<Instant> first_time_;
};

}  // namespace

Waiter waiter_for(const Clock& clock) {
  return [&clock](Duration until, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any nobody_notifies;  // only the stop wakes it
    std::unique_lock lock(mutex);
    const auto left = std::chrono::microseconds(until.us - clock.uptime().us);
    nobody_notifies.wait_for(lock, stop, left, [] { return false; });
  };
}

Result<FeedProgress> feed(RecordSource& source, Appender& appender, const FeedOptions& options, const Clock& clock,
                          const Waiter& wait, const std::stop_token& stop) {
  return Feed(source, appender, options, clock, wait, stop).run();
}

}  // namespace millrace
