// `millrace stream`: the log's records into the lake, exactly once.
#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/alert_sender.h"
#include "cli/commands.h"
#include "cli/kafka_options.h"
#include "cli/output.h"
#include "cli/stream_options.h"
#include "ingest/kafka/log.h"
#include "ingest/local_log.h"
#include "lake/lake.h"
#include "lake/local_store.h"
#include "stream/runner.h"

namespace millrace {
namespace {

/// Each partition has its share of a folder's files, and at least one, to which it adds the next commit's.
CompactionOptions compaction_options(const Settings& settings, std::size_t partitions) {
  const auto files_max = static_cast<std::size_t>(settings.stream.files_max);
  return {.files_max = files_max == 0 ? 0 : std::max<std::size_t>(files_max / partitions, 1)};
}

int thread_count(const Settings& settings) {
  return settings.stream.threads > 0 ? settings.stream.threads
                                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::int64_t per_second(std::int64_t count, Duration elapsed) {
  return elapsed.us > 0 ? static_cast<std::int64_t>(static_cast<double>(count) * 1e6 / static_cast<double>(elapsed.us))
                        : 0;
}

Json to_json(const RunSummary& summary) {
  Json outcomes = Json::object();
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    outcomes[to_string(static_cast<Outcome>(i))] = summary.counts[i];
  }
  const std::int64_t records = total(summary.counts);
  return {{"records", records},
          {"outcomes", std::move(outcomes)},
          {"window_rows", summary.window_rows},
          {"commits", summary.commits},
          {"seconds", static_cast<double>(summary.elapsed.us) / 1e6},
          {"records_per_second", per_second(records, summary.elapsed)}};
}

std::string to_text(const RunSummary& summary) {
  const std::int64_t records = total(summary.counts);
  std::string text = format("{} records in {:.1f} s ({} a second), {} commits, {} window rows\n", records,
                            static_cast<double>(summary.elapsed.us) / 1e6, per_second(records, summary.elapsed),
                            summary.commits, summary.window_rows);
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    if (summary.counts[i] != 0) {
      text += format("  {:<18} {:>12}\n", to_string(static_cast<Outcome>(i)), summary.counts[i]);
    }
  }
  return text;
}

Alert alert_of(const LateShare& share) {
  return {
      .name = "late_share_high",
      .text = format("{} of the {} records of the last five minutes came late in partition {}: look for a wrong clock",
                     share.late, share.records, share.partition),
      .details = {{"partition", share.partition}, {"late", share.late}, {"records", share.records}}};
}

Result<std::unique_ptr<EventLog>> open_log(const Context& context) {
  if (context.settings.stream.source == "kafka") {
    ASSIGN_OR_RETURN(const KafkaOptions options, kafka_options(context));
    return KafkaLog::open(options, context.settings.kafka.topic);
  }
  return LocalLog::open(context.log_folder(), context.settings.kafka.topic);
}

class StreamCommand final : public Command {
 public:
  std::string_view name() const override { return "stream"; }
  std::string_view summary() const override { return "read the log, write the lake, exactly once"; }

  void add_flags(Flags& flags) override {
    flags.add_switch("--once", once_, "stop at the end of what is there now, and emit the open windows");
    flags.add_setting("--source", "stream.source");
    flags.add_setting("--topic", "kafka.topic");
    flags.add_setting("--bootstrap-servers", "kafka.bootstrap_servers");
    flags.add_setting("--group", "kafka.group");
    flags.add_setting("--checkpoint-interval", "stream.checkpoint_interval");
    flags.add_setting("--threads", "stream.threads");
  }

  Result<int> run(const Context& context) override {
    const Settings& settings = context.settings;
    const Clock& clock = system_clock();
    ASSIGN_OR_RETURN(const auto log, open_log(context));
    ASSIGN_OR_RETURN(const auto partitions, log->partitions());
    if (partitions.empty()) {  // before a lake is made for a topic that is not there
      return fail(Fault::not_found, format("no such topic in {}: {} (millrace produce makes one)",
                                           context.log_folder().string(), settings.kafka.topic));
    }
    LocalStore store(context.lake_folder());
    ASSIGN_OR_RETURN(const auto lake, Lake::open(store, settings.kafka.topic, clock, staging_limits(partitions.size()),
                                                 compaction_options(settings, partitions.size())));
    const int threads = std::min(thread_count(settings), static_cast<int>(partitions.size()));
    StreamOptions options = stream_options(settings, lake->secret(), partitions.size());
    options.once = once_;
    options.read_ahead = thread_count(settings) > threads;
    AlertSender alerts(settings.alerts.webhook, seconds(1));
    options.on_late_share = [&alerts](const LateShare& share) { alerts.send(alert_of(share)); };
    log_info("streaming", {{"topic", settings.kafka.topic}, {"partitions", partitions.size()}, {"threads", threads}});
    ASSIGN_OR_RETURN(const RunSummary summary, run_stream(*log, *lake, options, threads, clock, context.stop));
    TRY(print(context.json ? to_json(summary).dump(2) + "\n" : to_text(summary)));
    return 0;
  }

 private:
  bool once_ = false;
};

}  // namespace

std::unique_ptr<Command> make_stream_command() { return std::make_unique<StreamCommand>(); }

}  // namespace millrace
