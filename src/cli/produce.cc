// `millrace produce`: the simulated shop's events, or a file's, into the log.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/kafka_options.h"
#include "cli/output.h"
#include "ingest/kafka/appender.h"
#include "ingest/local_appender.h"
#include "ingest/local_log.h"
#include "ingest/paced_feed.h"
#include "ingest/replay.h"
#include "ingest/resumed_appender.h"
#include "ingest/sales_csv.h"
#include "ingest/simulated_source.h"
#include "ingest/simulator_truth.h"

namespace millrace {
namespace {

constexpr double kUsualRate = 10;  // records a second: the delay of 0.1 s of old
constexpr std::int64_t kUsualEvents = 1'000;
constexpr std::int64_t kUsualDailyEvents = 10'000;
constexpr std::int32_t kDaysPlanned = 60;
/// Where a run with a seed begins, so that the seed alone decides on every byte.
constexpr std::string_view kReproducibleStart = "2024-01-15T10:30:00Z";

/// A number above 0, or nothing for `max` (and 0, where that means the same). Fault invalid for any other text.
Result<std::optional<double>> number_or_max(std::string_view flag, const std::string& text, bool zero_is_max) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  if (text == "max" || (zero_is_max && is_number && number == 0)) {
    return std::optional<double>();
  }
  if (!is_number || number <= 0) {
    return fail(Fault::invalid, format("{}: expected a number above 0, or max, found: {}", flag, text));
  }
  return std::optional(number);
}

double per_second(const FeedProgress& progress) {
  const double elapsed = static_cast<double>(progress.elapsed.us) / 1e6;
  return elapsed > 0 ? std::round(static_cast<double>(progress.records) / elapsed) : 0;
}

void show_progress(const FeedProgress& progress) {
  const std::string line = format("\r{} records, {} a second\x1B[K", progress.records, per_second(progress));
  std::fwrite(line.data(), 1, line.size(), stderr);
}

class ProduceCommand final : public Command {
 public:
  std::string_view name() const override { return "produce"; }
  std::string_view summary() const override { return "simulate shop events, or replay a file, into the log"; }
  void add_flags(Flags& flags) override;
  Result<int> run(const Context& context) override;

 private:
  /// What is produced, and how fast. One of the two sources is there.
  struct Plan {
    std::unique_ptr<SimulatedSource> simulated;
    std::unique_ptr<Replay> replay;
    FeedOptions feed;
    std::uint64_t seed = 0;  // of the simulation
    RecordSource& source() const { return simulated ? static_cast<RecordSource&>(*simulated) : *replay; }
  };

  Result<void> check_flags() const;
  Result<std::optional<double>> rate() const;
  Result<std::optional<Instant>> start(const Clock& clock) const;
  Result<Plan> plan(const Settings& settings, const Clock& clock) const;
  Result<void> plan_replay(const Settings& settings, Plan& plan) const;
  Result<void> plan_history(const SimulatorOptions& options, const Clock& clock, Plan& plan) const;
  Result<void> plan_simulation(const SimulatorOptions& options, const Clock& clock, Plan& plan) const;
  Result<FeedProgress> feed_log(const Context& context, const Plan& plan) const;
  Result<FeedProgress> feed_kafka(const Context& context, const Plan& plan) const;
  Result<FeedProgress> feed_csv(const Context& context, const Plan& plan) const;
  Result<void> write_planned_promotions(const SimulatedSource& simulated) const;
  static bool given(const CLI::Option* option) { return option->count() > 0; }

  std::int64_t events_ = kUsualEvents;
  double delay_s_ = 1 / kUsualRate;
  std::string rate_;
  std::int64_t seed_ = 0;
  bool create_topic_ = false;
  std::string replay_;
  std::string speed_;
  std::string start_;
  std::int64_t days_ = 0;
  std::int64_t daily_events_ = kUsualDailyEvents;
  std::string truth_;
  std::string promotions_;
  std::string to_csv_;
  bool resume_ = false;
  SimulatorOptions simulator_;

  CLI::Option* events_flag_ = nullptr;
  CLI::Option* delay_flag_ = nullptr;
  CLI::Option* seed_flag_ = nullptr;
  CLI::Option* days_flag_ = nullptr;
};

void ProduceCommand::add_flags(Flags& flags) {
  events_flag_ = flags.add("--events", events_, "how many, 0: without an end; a replay or --days takes all");
  delay_flag_ = flags.add("--delay", delay_s_, "seconds between two events, 0: as fast as possible");
  flags.add("--rate", rate_, "events a second instead of --delay; 0 or max: as fast as possible");
  seed_flag_ = flags
                   .add("--seed", seed_,
                        "the same seed gives the same bytes, with times from --start on or from " +
                            std::string(kReproducibleStart))
                   ->default_str("drawn and printed");
  flags.add_setting("--topic", "kafka.topic");
  flags.add_setting("--bootstrap-servers", "kafka.bootstrap_servers");
  flags.add_switch("--create-topic", create_topic_, "create the topic (the embedded log always does)");
  flags.add("--replay", replay_, "replay this file: NDJSON, or sales as CSV; either may be gzip")->type_name("FILE");
  flags.add("--speed", speed_, "seconds of event time a second, or max: for --replay, --start and --days");
  flags.add("--start", start_, "time of the first simulated event, or now")->type_name("TIME");
  days_flag_ = flags.add("--days", days_, "simulate whole days of history, by default those before today");
  flags.add("--daily-events", daily_events_, "events a day of that history, on average");
  flags.add("--truth", truth_, "write the expected demand of each product and day to this CSV")->type_name("FILE");
  flags.add("--promotions", promotions_, "write the promotions of these days, and those planned for the 60 days after")
      ->type_name("FILE");
  flags
      .add("--to-csv", to_csv_, "write orders and returns to this file, for batch --historical-csv, instead of the log")
      ->type_name("FILE");
  flags.add_switch("--resume", resume_, "leave out what the log holds already of a run that was cut short");
  flags.add("--products", simulator_.products, "products in the simulated catalog");
  flags.add("--users", simulator_.users, "customers of the simulated shop");
  flags.add("--duplicate-rate", simulator_.duplicate_rate, "share of records sent twice");
  flags.add("--late-rate", simulator_.late_rate, "share of records beyond the allowed lateness");
  flags.add("--bad-rate", simulator_.bad_rate, "share of records that break a rule");
  flags.add_switch("--event-ids", simulator_.event_ids, "write an event_id into each event");
}

/// What does not fit together, before anything is opened.
Result<void> ProduceCommand::check_flags() const {
  if (events_ < 0 || seed_ < 0) {
    return fail(Fault::invalid, format("--events and --seed must not be negative: {}, {}", events_, seed_));
  }
  if (!(delay_s_ >= 0 && std::isfinite(delay_s_))) {
    return fail(Fault::invalid, format("--delay: expected seconds, 0 or more, found: {}", delay_s_));
  }
  if (resume_ && !given(seed_flag_) && replay_.empty()) {
    return fail(Fault::invalid, "--resume needs --seed or --replay: other events stand in the log of another seed");
  }
  if (resume_ && !to_csv_.empty()) {
    return fail(Fault::invalid, "--resume is for the log, not for --to-csv, which writes its file anew");
  }
  const bool history = given(days_flag_);
  const bool by_count = given(delay_flag_) || !rate_.empty();
  if (given(delay_flag_) && !rate_.empty()) {
    return fail(Fault::invalid, "--rate and --delay say the same thing: give one of them");
  }
  if (!replay_.empty() &&
      (history || !start_.empty() || given(seed_flag_) || !truth_.empty() || !promotions_.empty())) {
    return fail(Fault::invalid,
                "--days, --start, --seed, --truth and --promotions are for simulated events, not for --replay");
  }
  if (history && by_count) {
    return fail(Fault::invalid, "--days sets its own times: use --speed instead of --rate and --delay");
  }
  if (!speed_.empty() && !replay_.empty() && by_count) {
    return fail(Fault::invalid, "--speed follows the times of the replayed events: leave out --rate and --delay");
  }
  if (!speed_.empty() && replay_.empty() && !history && !given(seed_flag_) && (start_.empty() || start_ == "now")) {
    return fail(Fault::invalid,
                "--speed needs --replay, --days, --seed or a --start that is not now: events at the "
                "present time come at --rate");
  }
  return {};
}

/// Events a second; nothing: as fast as possible.
Result<std::optional<double>> ProduceCommand::rate() const {
  if (!rate_.empty()) {
    return number_or_max("--rate", rate_, true);
  }
  return delay_s_ > 0 ? std::optional(1 / delay_s_) : std::nullopt;
}

/// Nothing: the present time.
Result<std::optional<Instant>> ProduceCommand::start(const Clock& clock) const {
  if (start_ == "now") {
    return given(days_flag_) ? std::optional(clock.now()) : std::nullopt;
  }
  if (start_.empty()) {
    return given(seed_flag_) ? parse_event_time(kReproducibleStart) : std::nullopt;
  }
  if (const auto day = parse_day(start_)) {
    return std::optional(start_of(*day));
  }
  const auto time = parse_event_time(start_);
  if (!time) {
    return fail(Fault::invalid,
                format("--start: expected now, a day or a time such as {}, found: {}", kReproducibleStart, start_));
  }
  return time;
}

Result<ProduceCommand::Plan> ProduceCommand::plan(const Settings& settings, const Clock& clock) const {
  TRY(check_flags());
  Plan plan;
  if (given(events_flag_) || (replay_.empty() && !given(days_flag_))) {
    plan.feed.records_max = events_ > 0 ? std::optional(events_) : std::nullopt;
  }
  if (::isatty(STDERR_FILENO) != 0) {
    plan.feed.on_progress = show_progress;
  }
  if (!replay_.empty()) {
    TRY(plan_replay(settings, plan));
    return plan;
  }
  SimulatorOptions options = simulator_;
  options.seed = given(seed_flag_) ? static_cast<std::uint64_t>(seed_) : std::random_device()();
  options.lateness = settings.stream.allowed_lateness;
  plan.seed = options.seed;
  TRY(given(days_flag_) ? plan_history(options, clock, plan) : plan_simulation(options, clock, plan));
  return plan;
}

Result<void> ProduceCommand::plan_replay(const Settings& settings, Plan& plan) const {
  if (!speed_.empty()) {
    ASSIGN_OR_RETURN(const auto speed, number_or_max("--speed", speed_, false));
    plan.feed.pace = speed ? Pace(PacedByTime{*speed}) : Pace(Unpaced{});
  } else if (given(delay_flag_) || !rate_.empty()) {
    ASSIGN_OR_RETURN(const auto records_per_second, rate());
    plan.feed.pace = records_per_second ? Pace(PacedByCount{*records_per_second}) : Pace(Unpaced{});
  }
  ASSIGN_OR_RETURN(const HistoryColumns columns, history_columns_from(settings.history.columns));
  ASSIGN_OR_RETURN(plan.replay, open_replay(replay_, columns));
  return {};
}

Result<void> ProduceCommand::plan_history(const SimulatorOptions& options, const Clock& clock, Plan& plan) const {
  if (!speed_.empty()) {
    ASSIGN_OR_RETURN(const auto speed, number_or_max("--speed", speed_, false));
    plan.feed.pace = speed ? Pace(PacedByTime{*speed}) : Pace(Unpaced{});
  }
  ASSIGN_OR_RETURN(const auto first, start(clock));
  const Day today = day_of(clock.now());
  const auto days_back = static_cast<std::int32_t>(std::clamp<std::int64_t>(days_, 0, today.number));
  const Day first_day = first ? day_of(*first) : Day{today.number - days_back};
  ASSIGN_OR_RETURN(plan.simulated, SimulatedSource::history(options, first_day, days_, daily_events_));
  return {};
}

Result<void> ProduceCommand::plan_simulation(const SimulatorOptions& options, const Clock& clock, Plan& plan) const {
  ASSIGN_OR_RETURN(auto records_per_second, rate());
  ASSIGN_OR_RETURN(const auto first, start(clock));
  if (!first) {
    plan.feed.pace = records_per_second ? Pace(PacedByCount{*records_per_second}) : Pace(Unpaced{});
    ASSIGN_OR_RETURN(plan.simulated,
                     SimulatedSource::at_clock(options, clock, records_per_second.value_or(kUnlimitedRate)));
    return {};
  }
  const double spacing_rate = records_per_second.value_or(kUsualRate);
  if (!speed_.empty()) {
    ASSIGN_OR_RETURN(const auto speed, number_or_max("--speed", speed_, false));
    records_per_second = speed ? std::optional(spacing_rate * *speed) : std::nullopt;
  }
  plan.feed.pace = records_per_second ? Pace(PacedByCount{*records_per_second}) : Pace(Unpaced{});
  ASSIGN_OR_RETURN(plan.simulated, SimulatedSource::from_start(options, *first, spacing_rate));
  return {};
}

// --- The result ----------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, kSimulatedKindCount> kKindNames = {"events", "late", "duplicates", "bad"};

Json to_json(const FeedProgress& progress, const std::string& topic, const SimulatedSource* simulated,
             std::uint64_t seed, const HistoryCounts* history) {
  Json json = {{"topic", topic},
               {"records", progress.records},
               {"bytes", progress.bytes},
               {"seconds", static_cast<double>(progress.elapsed.us) / 1e6},
               {"records_per_second", per_second(progress)},
               {"stopped", progress.stopped}};
  if (simulated != nullptr) {
    json["seed"] = seed;
    for (std::size_t i = 0; i < kSimulatedKindCount; ++i) {
      json["simulated"][kKindNames[i]] = simulated->simulator().counts()[i];
    }
  }
  if (history != nullptr) {
    json["csv_rows"] = history->rows;
    json["rejected_rows"] = Json::object();
    for (std::size_t i = 0; i < kHistoryDefectCount; ++i) {
      json["rejected_rows"][to_string(static_cast<HistoryDefect>(i))] = history->defects[i];
    }
  }
  return json;
}

std::string to_text(const FeedProgress& progress, const SimulatedSource* simulated, std::uint64_t seed,
                    const HistoryCounts* history) {
  std::string text = format("{} records, {} bytes in {:.2f} s ({} a second){}\n", progress.records, progress.bytes,
                            static_cast<double>(progress.elapsed.us) / 1e6, per_second(progress),
                            progress.stopped ? ", stopped before the end" : "");
  if (simulated != nullptr) {
    const auto& counts = simulated->simulator().counts();
    text += format("  seed {}: {} events in time, {} late, {} sent twice, {} bad\n", seed, counts[0], counts[1],
                   counts[2], counts[3]);
  }
  if (history != nullptr) {
    text += format("  {} rows of the CSV, {} rejected\n", history->rows, history->rejected());
    for (std::size_t i = 0; i < kHistoryDefectCount; ++i) {
      if (history->defects[i] > 0) {
        text += format("  {:<14} {:>12}, the first in line {}\n", to_string(static_cast<HistoryDefect>(i)),
                       history->defects[i], history->first_line[i]);
      }
    }
  }
  return text;
}

Result<FeedProgress> ProduceCommand::feed_log(const Context& context, const Plan& plan) const {
  const Settings& settings = context.settings;
  const Clock& clock = system_clock();
  const auto limit = [](auto value, auto none) { return value == none ? std::nullopt : std::optional(value); };
  const LocalAppenderOptions log_options{
      .partitions = settings.kafka.partitions,
      .writer = {.segment_bytes = settings.log.segment_bytes,
                 .retention = {.bytes = limit(settings.log.retention_bytes, std::int64_t{0}),
                               .age = limit(settings.log.retention_age, Duration{})}}};
  ASSIGN_OR_RETURN(const auto appender,
                   LocalAppender::open(context.log_folder(), settings.kafka.topic, log_options, clock));
  log_info("producing", {{"topic", settings.kafka.topic}, {"partitions", appender->partitions()}});
  if (!resume_) {
    return feed(plan.source(), *appender, plan.feed, clock, waiter_for(clock), context.stop);
  }
  ASSIGN_OR_RETURN(const auto log, LocalLog::open(context.log_folder(), settings.kafka.topic));
  ASSIGN_OR_RETURN(const auto resumed, ResumedAppender::create(*appender, *log));
  auto fed = feed(plan.source(), *resumed, plan.feed, clock, waiter_for(clock), context.stop);
  log_info("resumed", {{"records_held_already", resumed->dropped()}});
  return fed;
}

Result<FeedProgress> ProduceCommand::feed_kafka(const Context& context, const Plan& plan) const {
  const Settings& settings = context.settings;
  const Clock& clock = system_clock();
  ASSIGN_OR_RETURN(const KafkaOptions options, kafka_options(context));
  ASSIGN_OR_RETURN(const auto appender,
                   KafkaAppender::open(options, settings.kafka.topic, create_topic_ ? settings.kafka.partitions : 0));
  log_info("producing", {{"topic", settings.kafka.topic},
                         {"partitions", appender->partitions()},
                         {"kafka", settings.kafka.bootstrap_servers}});
  ASSIGN_OR_RETURN(const FeedProgress progress,
                   feed(plan.source(), *appender, plan.feed, clock, waiter_for(clock), context.stop));
  TRY(appender->sync());
  return progress;
}

Result<FeedProgress> ProduceCommand::feed_csv(const Context& context, const Plan& plan) const {
  const Clock& clock = system_clock();
  ASSIGN_OR_RETURN(const auto csv, SalesCsv::create(to_csv_));
  log_info("writing sales", {{"file", to_csv_}});
  ASSIGN_OR_RETURN(const FeedProgress progress,
                   feed(plan.source(), *csv, plan.feed, clock, waiter_for(clock), context.stop));
  if (!progress.stopped) {  // else the file would not hold what was asked for
    TRY(csv->finish());
    log_info("wrote sales", {{"file", to_csv_}, {"rows", csv->rows()}});
  }
  return progress;
}

Result<void> ProduceCommand::write_planned_promotions(const SimulatedSource& simulated) const {
  const auto& views = simulated.simulator().views();
  if (views.empty()) {
    return fail(Fault::invalid, "--promotions: no day was simulated");
  }
  return write_promotions(promotions_, simulated.simulator().shop(), views.begin()->first,
                          {views.rbegin()->first.number + kDaysPlanned});
}

Result<int> ProduceCommand::run(const Context& context) {
  const Settings& settings = context.settings;
  ASSIGN_OR_RETURN(const Plan plan, this->plan(settings, system_clock()));
  const bool is_kafka = !settings.kafka.bootstrap_servers.empty();
  if (resume_ && is_kafka) {
    return fail(Fault::invalid, "--resume compares with the embedded log: it is not for Kafka");
  }
  const Result<FeedProgress> fed = !to_csv_.empty() ? feed_csv(context, plan)
                                   : is_kafka       ? feed_kafka(context, plan)
                                                    : feed_log(context, plan);
  if (plan.feed.on_progress) {
    std::fputs("\r\x1B[K", stderr);
  }
  ASSIGN_OR_RETURN(const FeedProgress progress, fed);
  if (!truth_.empty()) {
    TRY(write_truth(truth_, plan.simulated->simulator().shop(), plan.simulated->simulator().views()));
  }
  if (!promotions_.empty()) {
    TRY(write_planned_promotions(*plan.simulated));
  }
  const HistoryCounts* const history = plan.replay ? plan.replay->history_counts() : nullptr;
  const SimulatedSource* const simulated = plan.simulated.get();
  TRY(print(context.json ? to_json(progress, settings.kafka.topic, simulated, plan.seed, history).dump(2) + "\n"
                         : to_text(progress, simulated, plan.seed, history)));
  return history != nullptr && history->rows > 0 && history->rows == history->rejected() ? kExitRejected : kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_produce_command() { return std::make_unique<ProduceCommand>(); }

}  // namespace millrace
