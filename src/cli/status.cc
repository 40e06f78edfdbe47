// `millrace status`: how far the log is, how far the lake and gold, and whether every record is accounted for.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "forecast/registry.h"
#include "ingest/local_log.h"
#include "lake/local_store.h"
#include "lake/summary.h"
#include "warehouse/analytics.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

/// A partition as the log and the lake see it; either may not know it.
struct PartitionStatus {
  Partition partition = 0;
  Offset end = 0;        // of the log
  Offset committed = 0;  // of the lake
  const PartitionSummary* lake = nullptr;

  std::int64_t lag() const { return end - committed; }
};

Result<std::vector<PartitionStatus>> partition_statuses(LocalLog& log, const std::string& topic,
                                                        const LakeSummary& lake) {
  std::map<Partition, PartitionStatus> statuses;
  ASSIGN_OR_RETURN(const auto partitions, log.partitions());
  for (const Partition partition : partitions) {
    ASSIGN_OR_RETURN(const Offset end, log.end_offset(partition));
    statuses[partition].end = end;
  }
  for (const PartitionSummary& summary : lake.partitions) {
    if (summary.topic == topic) {
      PartitionStatus& status = statuses[summary.partition];
      status.committed = summary.newest.to.offset;
      status.lake = &summary;
    }
  }
  std::vector<PartitionStatus> sorted;
  for (auto& [partition, status] : statuses) {
    status.partition = partition;
    sorted.push_back(status);
  }
  return sorted;
}

/// What was computed from the lake, and learnt from that.
struct GoldStatus {
  std::optional<Day> as_of;
  std::vector<std::pair<std::string_view, std::size_t>> files;  // of the tables of gold, history and forecasts
  std::optional<ModelVersion> champion;
};

/// Tables that the stream does not write: their files are not in commit records.
Result<GoldStatus> gold_status(const Context& context, ObjectStore& store, const LakeSummary& lake) {
  GoldStatus gold;
  for (const LakeTable& table : lake_tables()) {
    if (!lake.tables.contains(std::string(table.folder))) {
      ASSIGN_OR_RETURN(const auto files, table_files(table.view, store));
      gold.files.emplace_back(table.folder, files.size());
    }
  }
  ASSIGN_OR_RETURN(gold.as_of, gold_as_of(store));
  if (const auto champion = Registry(context.models_folder()).champion()) {
    gold.champion = *champion;
  } else if (champion.error().fault != Fault::not_found) {
    return std::unexpected(champion.error());
  }
  return gold;
}

bool is_empty(const GoldStatus& gold) {
  return !gold.champion && std::ranges::all_of(gold.files, [](const auto& table) { return table.second == 0; });
}

Json outcomes_to_json(const OutcomeCounts& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    json[to_string(static_cast<Outcome>(i))] = counts[i];
  }
  return json;
}

/// Windows that end before it are emitted.
Json watermark(const PartitionSummary* summary, Duration delay) {
  return summary != nullptr && summary->newest.high_mark ? Json(to_string(*summary->newest.high_mark - delay)) : Json();
}

Json to_json(const std::string& topic, const std::vector<PartitionStatus>& statuses, const LakeSummary& lake,
             const GoldStatus& gold, const StreamSettings& stream) {
  Json partitions = Json::array();
  for (const PartitionStatus& status : statuses) {
    const PartitionSummary* summary = status.lake;
    const bool has_high = summary != nullptr && summary->newest.high_mark.has_value();
    partitions.push_back({{"partition", status.partition},
                          {"end_offset", status.end},
                          {"committed_offset", status.committed},
                          {"lag", status.lag()},
                          {"high_mark", has_high ? Json(to_string(*summary->newest.high_mark)) : Json()},
                          {"watermark",
                           {{"product_5m", watermark(summary, stream.window_5m_delay)},
                            {"product_1h", watermark(summary, stream.window_1h_delay)}}},
                          {"commits", summary != nullptr ? summary->commits() : 0},
                          {"last_commit", summary != nullptr ? Json(to_string(summary->newest.committed_at)) : Json()},
                          {"outcomes", outcomes_to_json(summary != nullptr ? summary->newest.totals : OutcomeCounts{})},
                          {"conserved", summary == nullptr || summary->conserved()}});
  }
  Json tables = Json::array();
  for (const auto& [name, table] : lake.tables) {
    tables.push_back({{"table", name}, {"files", table.files}, {"rows", table.rows}, {"bytes", table.bytes}});
  }
  Json other = Json::array();
  for (const auto& [folder, files] : gold.files) {
    other.push_back({{"table", folder}, {"files", files}});
  }
  return {{"topic", topic},
          {"partitions", std::move(partitions)},
          {"tables", std::move(tables)},
          {"gold", {{"as_of", gold.as_of ? Json(to_string(*gold.as_of)) : Json()}, {"tables", std::move(other)}}},
          {"champion", gold.champion ? Json(to_string(*gold.champion)) : Json()}};
}

std::string to_text(const GoldStatus& gold) {
  std::string text;
  for (const auto& [folder, files] : gold.files) {
    if (files > 0) {
      text += format("{:<33} {:>8}\n", folder, files);
    }
  }
  text += gold.as_of ? format("\ngold is complete up to {}\n", to_string(*gold.as_of)) : std::string();
  return text + (gold.champion ? format("the champion among the models is {}\n", to_string(*gold.champion)) : "");
}

std::string to_text(const std::string& topic, const std::vector<PartitionStatus>& statuses, const LakeSummary& lake,
                    const GoldStatus& gold) {
  std::string text = format("topic {}\n{:>9} {:>12} {:>12} {:>10} {:>8}  {:<28} {}\n", topic, "partition", "end",
                            "committed", "lag", "commits", "highest event time", "every record accounted for");
  OutcomeCounts totals{};
  for (const PartitionStatus& status : statuses) {
    const bool has_high = status.lake != nullptr && status.lake->newest.high_mark.has_value();
    text += format("{:>9} {:>12} {:>12} {:>10} {:>8}  {:<28} {}\n", status.partition, status.end, status.committed,
                   status.lag(), status.lake != nullptr ? status.lake->commits() : 0,
                   has_high ? to_string(*status.lake->newest.high_mark) : "-",
                   status.lake == nullptr || status.lake->conserved() ? "yes" : "NO");
    totals += status.lake != nullptr ? status.lake->newest.totals : OutcomeCounts{};
  }
  text += "\nrecords by outcome\n";
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    if (totals[i] != 0) {
      text += format("  {:<24} {:>12}\n", to_string(static_cast<Outcome>(i)), totals[i]);
    }
  }
  text += format("\n{:<33} {:>8} {:>12} {:>14}\n", "table", "files", "rows", "bytes");
  for (const auto& [name, table] : lake.tables) {
    text += format("{:<33} {:>8} {:>12} {:>14}\n", name, table.files, table.rows, table.bytes);
  }
  return text + to_text(gold);
}

class StatusCommand final : public Command {
 public:
  std::string_view name() const override { return "status"; }
  std::string_view summary() const override { return "offsets, lag, watermarks, table sizes, gold and models"; }
  void add_flags(Flags& flags) override { flags.add_setting("--topic", "kafka.topic"); }

  Result<int> run(const Context& context) override {
    const std::string& topic = context.settings.kafka.topic;
    ASSIGN_OR_RETURN(const auto log, LocalLog::open(context.log_folder(), topic));
    LocalStore store(context.lake_folder());
    ASSIGN_OR_RETURN(const LakeSummary lake, summarize(store));
    ASSIGN_OR_RETURN(const auto statuses, partition_statuses(*log, topic, lake));
    ASSIGN_OR_RETURN(const GoldStatus gold, gold_status(context, store, lake));
    if (statuses.empty() && is_empty(gold)) {
      return fail(Fault::not_found,
                  format("nothing here yet: no log and no lake of topic {} in {} (start with millrace "
                         "produce, then millrace stream)",
                         topic, context.settings.data_dir.string()));
    }
    TRY(print(context.json ? to_json(topic, statuses, lake, gold, context.settings.stream).dump(2) + "\n"
                           : to_text(topic, statuses, lake, gold)));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_status_command() { return std::make_unique<StatusCommand>(); }

}  // namespace millrace
