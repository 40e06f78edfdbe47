// `millrace consume`: the log's records to standard output, or into another embedded log.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/kafka_options.h"
#include "cli/output.h"
#include "cli/record_output.h"
#include "ingest/kafka/log.h"
#include "ingest/local_log.h"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kPollInterval(50);
/// Records are printed and copied whole; a longer one is met only where a file is no log at all.
constexpr std::size_t kPrintedBytesMax = 64 * 1024 * 1024;

/// A partition that is being read.
struct Source {
  std::unique_ptr<PartitionReader> reader;
  std::optional<Offset> until;  // --once: the end as it was at the start
};

class ConsumeCommand final : public Command {
 public:
  std::string_view name() const override { return "consume"; }
  std::string_view summary() const override { return "print the log's records, or copy them into another log"; }

  void add_flags(Flags& flags) override {
    flags.add_setting("--topic", "kafka.topic");
    flags.add_setting("--bootstrap-servers", "kafka.bootstrap_servers");
    flags.add_switch("--from-beginning", from_beginning_, "the oldest record first, instead of only new ones");
    flags.add_switch("--once", once_, "stop at the end of what is there now, instead of waiting for more");
    max_flag_ = flags.add("--max", max_, "stop after this many records")
                    ->check(CLI::NonNegativeNumber)
                    ->default_str("without an end");
    flags.add("--to-log", to_log_, "write an embedded log into this folder: same partitions, offsets and bytes")
        ->type_name("DIR");
  }

  Result<int> run(const Context& context) override;

 private:
  Result<void> open_partitions(EventLog& log, bool first_look);
  Result<std::int64_t> copy_once(RecordOutput& output);
  bool finished() const;
  Result<std::unique_ptr<RecordOutput>> make_output(const Context& context) const;

  bool from_beginning_ = false;
  bool once_ = false;
  std::int64_t max_ = 0;
  std::string to_log_;
  CLI::Option* max_flag_ = nullptr;

  std::map<Partition, Source> sources_;
  std::optional<std::int64_t> left_;  // records that may still be given
};

Result<std::unique_ptr<EventLog>> open_log(const Context& context) {
  const std::string& topic = context.settings.kafka.topic;
  if (!context.settings.kafka.bootstrap_servers.empty()) {
    ASSIGN_OR_RETURN(const KafkaOptions options, kafka_options(context));
    return KafkaLog::open(options, topic, kPrintedBytesMax);
  }
  return LocalLog::open(context.log_folder(), topic, {.record_bytes_max = kPrintedBytesMax});
}

/// Waits a moment for more; at once where a stop is asked for.
void wait_for_records(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, kPollInterval, [] { return false; });
}

Result<std::unique_ptr<RecordOutput>> ConsumeCommand::make_output(const Context& context) const {
  const std::string& topic = context.settings.kafka.topic;
  if (!to_log_.empty()) {
    std::error_code ignored;  // a folder that is not there yet is another one
    if (std::filesystem::equivalent(to_log_, context.log_folder(), ignored)) {
      return fail(Fault::invalid, format("--to-log: cannot copy a log into itself: {}", to_log_));
    }
    return make_log_output(to_log_, topic, context.settings.log.segment_bytes, context.json);
  }
  return context.json ? make_json_output(topic) : make_line_output();
}

/// Opens the partitions that are not open yet: those of a first look where the flags say, later ones from their
/// beginning, since all of their records are new.
Result<void> ConsumeCommand::open_partitions(EventLog& log, bool first_look) {
  ASSIGN_OR_RETURN(const std::vector<Partition> partitions, log.partitions());
  for (const Partition partition : partitions) {
    if (sources_.contains(partition)) {
      continue;
    }
    Source source;
    std::optional<LogPosition> from;
    if (first_look && (once_ || !from_beginning_)) {
      ASSIGN_OR_RETURN(const Offset end, log.end_offset(partition));
      source.until = once_ ? std::optional(end) : std::nullopt;
      from = from_beginning_ ? std::nullopt : std::optional(LogPosition{end, ""});
    }
    ASSIGN_OR_RETURN(source.reader, log.open(partition, std::move(from)));
    sources_.emplace(partition, std::move(source));
  }
  return {};
}

/// One batch of each partition. How many records that were.
Result<std::int64_t> ConsumeCommand::copy_once(RecordOutput& output) {
  std::int64_t records = 0;
  RecordBatch batch;
  for (auto& [partition, source] : sources_) {
    ReadLimit limit;
    if (source.until) {
      const Offset rest = std::max<Offset>(*source.until - source.reader->position().offset, 0);
      limit.records = std::min(limit.records, static_cast<std::size_t>(rest));
    }
    if (left_) {
      limit.records = std::min(limit.records, static_cast<std::size_t>(*left_));
    }
    TRY(source.reader->read(batch, limit));
    if (!batch.records.empty()) {
      TRY(output.take(partition, batch));
    }
    const auto taken = static_cast<std::int64_t>(batch.records.size());
    records += taken;
    left_ = left_ ? std::optional(*left_ - taken) : std::nullopt;
  }
  return records;
}

bool ConsumeCommand::finished() const {
  return left_ == 0 || (once_ && std::ranges::all_of(sources_, [](const auto& entry) {
                          return entry.second.reader->position().offset >= *entry.second.until;
                        }));
}

Result<int> ConsumeCommand::run(const Context& context) {
  const std::string& topic = context.settings.kafka.topic;
  ASSIGN_OR_RETURN(const auto log, open_log(context));
  sources_.clear();
  left_ = max_flag_->count() > 0 ? std::optional(max_) : std::nullopt;
  TRY(open_partitions(*log, true));
  if (sources_.empty() && once_) {
    return fail(Fault::not_found,
                format("no such topic in {}: {} (millrace produce makes one)", context.log_folder().string(), topic));
  }
  if (sources_.empty()) {
    log_warning("waiting for a topic that is not there yet", {{"topic", topic}});
  }
  ASSIGN_OR_RETURN(const auto output, make_output(context));
  for (const auto& [partition, source] : sources_) {
    TRY(output->begin(partition));
  }
  while (!context.stop.stop_requested() && !finished()) {
    ASSIGN_OR_RETURN(const std::int64_t records, copy_once(*output));
    if (records == 0) {
      TRY(output->settle());
      wait_for_records(context.stop);
      if (!once_) {
        TRY(open_partitions(*log, false));
      }
    }
  }
  TRY(output->finish());
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_consume_command() { return std::make_unique<ConsumeCommand>(); }

}  // namespace millrace
