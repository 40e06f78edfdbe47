// `millrace rebuild`: silver and windows again from bronze: whole, as the present settings decide, or of some days, as
// it was decided.
//
// Whole, a partition's records are streamed again and one commit takes the place of all before it, with a state of its
// own: for rules that have changed, for files or states that are damaged. Some days' records are taken as bronze says
// what became of them. Until its commit a partition is as it was; behind it, too, where the command fails.
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/day_flag.h"
#include "cli/output.h"
#include "cli/stream_options.h"
#include "cli/warehouse.h"
#include "lake/catalog.h"
#include "lake/lake.h"
#include "lake/tables.h"
#include "stream/rebuild_days.h"
#include "stream/runner.h"
#include "warehouse/bronze_log.h"

namespace millrace {
namespace {

/// A lake as the sink of one partition's commit of everything again.
class WholeSink final : public Sink {
 public:
  WholeSink(Lake& lake, Partition partition) : lake_(lake), partition_(partition) {}
  Result<OpenedPartition> open(Partition partition) override { return lake_.open_anew(partition); }
  Result<std::vector<Partition>> partitions() override { return std::vector{partition_}; }

 private:
  Lake& lake_;
  const Partition partition_;
};

class RebuildCommand final : public Command {
 public:
  std::string_view name() const override { return "rebuild"; }
  std::string_view summary() const override { return "write silver and windows again from bronze"; }
  void add_flags(Flags& flags) override {
    flags.add("--from", from_, "of events from this day (UTC) on, as it was decided on them")->type_name("DATE");
    flags.add("--to", to_, "of events up to this day (UTC)")->type_name("DATE");
    flags.add_setting("--topic", "kafka.topic");
  }

  Result<int> run(const Context& context) override;

 private:
  Result<std::optional<DayRange>> days() const;

  std::string from_;
  std::string to_;
};

Result<std::optional<DayRange>> RebuildCommand::days() const {
  ASSIGN_OR_RETURN(const auto from, day_of_flag("--from", from_));
  ASSIGN_OR_RETURN(const auto to, day_of_flag("--to", to_));
  if (!from && !to) {
    return std::optional<DayRange>();
  }
  const DayRange range{.first = from.value_or(Day{0}), .last = to.value_or(day_of(kYear10000 - Duration{1}))};
  if (range.last < range.first) {
    return fail(Fault::invalid, format("--to: expected a day that is not before --from, found: {}", to_));
  }
  return range;
}

/// One partition's rebuilding.
class Work {
 public:
  Work(const Context& context, Warehouse& warehouse, Lake& lake, CommitRecord newest,
       const std::vector<DataFile>& files)
      : context_(context),
        warehouse_(warehouse),
        lake_(lake),
        newest_(std::move(newest)),
        files_(files),
        options_(stream_options(context.settings, lake.secret(), 1)) {}

  /// A file that is moved away meanwhile stays readable.
  Result<void> keep_files() {
    for (const DataFile& file : files_) {
      if (keeps_records(file.table)) {
        TRY(warehouse_.store().keep(file.path, kept_path(file)));
      }
    }
    return {};
  }

  Result<Rebuilt> whole() {
    options_.once = true;
    options_.read_ahead = true;
    options_.commit_records = std::numeric_limits<std::int64_t>::max();
    options_.checkpoint_interval = options_.idle_flush = kForever;
    BronzeLog log(warehouse_.engine(), source(std::nullopt, std::nullopt));
    WholeSink sink(lake_, newest_.partition);
    ASSIGN_OR_RETURN(const RunSummary summary, run_stream(log, sink, options_, 1, system_clock(), context_.stop));
    return Rebuilt{.silver = summary.counts[static_cast<std::size_t>(Outcome::silver)],
                   .late = summary.counts[static_cast<std::size_t>(Outcome::late)],
                   .window_rows = summary.window_rows};
  }

  Result<Rebuilt> days(DayRange days) {
    BronzeLog silver_log(warehouse_.engine(), source(Outcome::silver, days));
    BronzeLog late_log(warehouse_.engine(), source(Outcome::late, days));
    ASSIGN_OR_RETURN(const auto silver, silver_log.open(newest_.partition, std::nullopt, ReadTo::present_end));
    ASSIGN_OR_RETURN(const auto late, late_log.open(newest_.partition, std::nullopt, ReadTo::present_end));
    ASSIGN_OR_RETURN(OpenedPartition opened, lake_.open_days(newest_.partition, days));
    return rebuild_days(*silver, *late, std::move(opened), days, options_);
  }

 private:
  static constexpr Duration kForever = hours(24 * 36'500);

  std::string kept_path(const DataFile& file) const { return format("{}/{}", warehouse_.keep_below(), file.path); }

  BronzeSource source(std::optional<Outcome> only, const std::optional<DayRange>& days) const {
    BronzeSource source{.partition = newest_.partition,
                        .first = newest_.first,
                        .end = newest_.to,
                        .bronze = {},
                        .quarantine = {},
                        .only = only};
    for (const DataFile& file : files_) {
      const std::string path = warehouse_.store().locate(kept_path(file));
      const auto day = event_day_of(file.path);
      if (file.table == kBronzeEvents.name && (!days || (day && days->contains(*day)))) {
        source.bronze.push_back(path);
      } else if (file.table == kQuarantineEvents.name && !days) {
        source.quarantine.push_back(path);
      }
    }
    return source;
  }

  const Context& context_;
  Warehouse& warehouse_;
  Lake& lake_;
  const CommitRecord newest_;
  const std::vector<DataFile>& files_;
  StreamOptions options_;
};

Json to_json(Partition partition, const Rebuilt& rebuilt) {
  return {{"partition", partition},
          {"silver", rebuilt.silver},
          {"late", rebuilt.late},
          {"window_rows", rebuilt.window_rows}};
}

std::string to_text(Partition partition, const Rebuilt& rebuilt) {
  return format("partition {}: {} silver and {} late events, {} window rows\n", partition, rebuilt.silver, rebuilt.late,
                rebuilt.window_rows);
}

Result<int> RebuildCommand::run(const Context& context) {
  const std::string& topic = context.settings.kafka.topic;
  ASSIGN_OR_RETURN(const auto days, this->days());
  LocalStore store(context.lake_folder());
  ASSIGN_OR_RETURN(const auto partitions, CommitLog::partitions(store, topic));
  if (partitions.empty()) {  // before a lake is made where there is none
    return fail(Fault::not_found,
                format("no lake of topic {} in {} (millrace stream makes one)", topic, context.lake_folder().string()));
  }
  ASSIGN_OR_RETURN(const auto lake, Lake::open(store, topic, system_clock(), staging_limits(1)));
  ASSIGN_OR_RETURN(const bool others, lake->has_other_writers());
  if (others) {
    return fail(Fault::conflict, "another process writes this lake: stop it (stream, compact or rebuild) first");
  }
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open_bare(context));  // the lake may be damaged
  Json json = Json::array();
  for (const Partition partition : partitions) {
    ASSIGN_OR_RETURN(std::vector<CommitRecord> records, CommitLog(store, topic, partition).from_checkpoint());
    if (records.empty()) {
      continue;
    }
    const std::vector<DataFile> files = present_files(records);
    Work work(context, *warehouse, *lake, std::move(records.back()), files);
    TRY(work.keep_files());
    Result<Rebuilt> rebuilt = days ? work.days(*days) : work.whole();
    if (!rebuilt) {
      return fail(std::move(rebuilt).error(), format("could not rebuild partition {}", partition));
    }
    json.push_back(to_json(partition, *rebuilt));
    TRY(print(context.json ? "" : to_text(partition, *rebuilt)));
  }
  TRY(print(context.json ? json.dump(2) + "\n" : ""));
  return 0;
}

}  // namespace

std::unique_ptr<Command> make_rebuild_command() { return std::make_unique<RebuildCommand>(); }

}  // namespace millrace
