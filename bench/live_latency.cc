// How soon an event that was appended is visible in the live view: `live_latency [SECONDS] [EVENTS_A_SECOND]`.
//
// Open loop: events are due at fixed times whether or not the stream keeps up, and an event's latency counts from the
// time it was due. The stream runs as `millrace stream` does, with its lake and its commits, in this process; one
// partition, the log in the folder for temporary files.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/format.h"
#include "base/log.h"
#include "base/temporary_folder.h"
#include "ingest/json_event.h"
#include "ingest/local_appender.h"
#include "ingest/local_log.h"
#include "lake/lake.h"
#include "lake/local_store.h"
#include "stream/live_view.h"
#include "stream/runner.h"

namespace millrace {
namespace {

constexpr Duration kTick = milliseconds(1);

std::int64_t number(const char* text) {
  std::int64_t value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

/// Appends what is due, tick after tick. The time at which record i was due follows from i alone.
Result<void> append_events(const fs::path& folder, std::int64_t seconds_long, std::int64_t rate, Duration start) {
  const Clock& clock = system_clock();
  ASSIGN_OR_RETURN(auto appender, LocalAppender::open(folder, "events", {.partitions = 1, .writer = {}}));
  EventTimeWriter times;
  std::string record;
  for (std::int64_t i = 0; i < seconds_long * rate;) {
    const std::int64_t due = std::min((clock.uptime() - start).us * rate / seconds(1).us, seconds_long * rate);
    const Instant now = clock.now();
    for (; i < due; ++i) {
      record = R"({"event_time":")";
      times.append(record, now);
      record += format(R"(","user_id":"U{}","product_id":"P{}","category":"Books","price":"9.99","quantity":"1",)"
                       R"("event_type":"{}"}})",
                       i % 100'000, i * 7 % 10'000, i % 10 == 0 ? "order_created" : "product_viewed");
      TRY(appender->append("P", record));
    }
    TRY(appender->flush());
    std::this_thread::sleep_for(std::chrono::microseconds(kTick.us));
  }
  return {};
}

int measure(std::int64_t seconds_long, std::int64_t rate) {
  const TemporaryFolder folder;
  const Clock& clock = system_clock();
  start_logging(LogLevel::warning, LogFormat::text);
  CHECK(LocalAppender::open(folder.path() / "log", "events", {.partitions = 1, .writer = {}}));
  LocalStore store(folder.path() / "lake");
  const auto lake = Lake::open(store, "events", clock, {}, {.files_max = 8});
  const auto log = LocalLog::open(folder.path() / "log", "events");
  if (!lake || !log) {
    std::fputs("could not make the log and the lake\n", stderr);
    return 1;
  }
  LiveView live(1);
  StreamOptions options;
  options.batch.records = 1'024;
  options.live = &live;
  std::stop_source stop;
  Result<RunSummary> summary;
  Result<void> appended;
  std::vector<std::int64_t> latency_us;
  const Duration start{clock.uptime().us + milliseconds(100).us};
  {
    std::jthread stream([&] { summary = run_stream(**log, **lake, options, 1, clock, stop.get_token()); });
    std::jthread producer([&] { appended = append_events(folder.path() / "log", seconds_long, rate, start); });
    // Each record is looked for every tick: when it is first seen, it was visible.
    for (Offset seen = 0; seen < seconds_long * rate;) {
      std::this_thread::sleep_for(std::chrono::microseconds(kTick.us));
      const Duration now = clock.uptime();
      if (now - start > seconds(seconds_long + 30)) {
        std::fputs("the stream did not keep up\n", stderr);
        stop.request_stop();
        return 1;
      }
      for (const auto& partition : live.partitions()) {
        for (; seen < partition->next; ++seen) {
          latency_us.push_back((now - start).us - seen * seconds(1).us / rate);
        }
      }
    }
    stop.request_stop();
  }
  if (!summary || !appended) {
    std::fputs("the stream or the producer failed\n", stderr);
    return 1;
  }
  std::ranges::sort(latency_us);
  const auto at = [&](double share) {
    return static_cast<double>(
               latency_us[static_cast<std::size_t>(share * static_cast<double>(latency_us.size() - 1))]) /
           1e3;
  };
  std::string report =
      format("{} events at {} a second, {} commits meanwhile\n", latency_us.size(), rate, summary->commits);
  report += format("visible after (ms): p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  p99.9 {:.1f}  max {:.1f}\n", at(0.5),
                   at(0.9), at(0.99), at(0.999), at(1));
  for (std::int64_t from = 0; from < 200; from += 10) {
    const auto count = std::ranges::count_if(
        latency_us, [from](std::int64_t us) { return us >= from * 1'000 && us < (from + 10) * 1'000; });
    report += format("{:>4} to {:>4} ms {:>10}\n", from, from + 10, count);
  }
  std::fputs(report.c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace millrace

int main(int count, char** words) {
  return millrace::measure(count > 1 ? millrace::number(words[1]) : 60,
                           count > 2 ? millrace::number(words[2]) : 100'000);
}
