// `millrace batch`: history into the lake, and gold from history, silver and late events.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/alert_sender.h"
#include "cli/commands.h"
#include "cli/day_flag.h"
#include "cli/exit_code.h"
#include "cli/history_import.h"
#include "cli/lineage.h"
#include "cli/output.h"
#include "cli/warehouse.h"
#include "lake/summary.h"
#include "warehouse/alerts.h"
#include "warehouse/categories.h"
#include "warehouse/gold.h"
#include "warehouse/product_catalog.h"
#include "warehouse/quality.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

/// The rules of the configured file; those of the usual place where they exist.
template <class Rule>
Result<std::vector<Rule>> rules_of(const fs::path& configured, std::string_view usual,
                                   Result<std::vector<Rule>> (*load)(const fs::path&)) {
  std::error_code ignored;  // a file that cannot be looked at is not there
  const fs::path file = !configured.empty() ? configured : fs::exists(usual, ignored) ? fs::path(usual) : fs::path();
  return file.empty() ? Result<std::vector<Rule>>(std::vector<Rule>()) : load(file);
}

Json to_json(const CatalogImport& catalog) {
  Json rejected = Json::object();
  for (const CatalogDefect& defect : catalog.defects) {
    rejected[defect.reason] = {{"rows", defect.rows}, {"first_row", defect.first_row}};
  }
  return {{"products", catalog.products},
          {"rejected_by_reason", std::move(rejected)},
          {"unknown_columns", catalog.unknown_columns}};
}

std::string to_text(const CatalogImport& catalog) {
  std::string text = format("catalog: {} products\n", catalog.products);
  for (const CatalogDefect& defect : catalog.defects) {
    text += format("  {:<19} {:>12}, the first in row {}\n", defect.reason, defect.rows, defect.first_row);
  }
  for (const std::string& column : catalog.unknown_columns) {
    text += format("  not a column that is known: {}\n", column);
  }
  return text;
}

/// All that the rules read.
std::string tables_of(const std::vector<QualityRule>& rules) {
  std::string names;
  for (const QualityRule& rule : rules) {
    names += rule.table + " " + rule.references_table + " ";
  }
  return names;
}

Json to_json(const std::vector<QualityResult>& results) {
  Json json = Json::array();
  for (const QualityResult& result : results) {
    json.push_back({{"rule", result.rule->name},
                    {"severity", result.rule->fails ? "fail" : "warn"},
                    {"value", result.value ? Json(*result.value) : Json()},
                    {"expected", expected_of(*result.rule)},
                    {"passed", result.passed}});
  }
  return json;
}

std::string to_text(const std::vector<QualityResult>& results) {
  const auto passed = std::ranges::count_if(results, &QualityResult::passed);
  std::string text = results.empty() ? "" : format("quality: {} of {} rules hold\n", passed, results.size());
  for (const QualityResult& result : results) {
    if (!result.passed) {
      text += format("  {}: {}: {}, expected {}\n", result.rule->fails ? "FAIL" : "warning", result.rule->name,
                     result.value ? format("{:.10g}", *result.value) : "no data", expected_of(*result.rule));
    }
  }
  return text;
}

AlertOptions alert_options(const Settings& settings) {
  AlertOptions options{.window_delay = settings.stream.window_1h_delay, .now = system_clock().now()};
  options.incidents.width = settings.alerts.width;
  return options;
}

/// Each incident as an alert, which is sent.
std::vector<Alert> send_alerts(const Settings& settings, const std::vector<Incident>& incidents) {
  std::vector<Alert> alerts;
  AlertSender sender(settings.alerts.webhook, minutes(1));
  for (const Incident& incident : incidents) {
    alerts.push_back(alert_of(incident));
    sender.send(alerts.back());
  }
  return alerts;
}

Json to_json(const std::vector<Alert>& alerts) {
  Json json = Json::array();
  for (const Alert& alert : alerts) {
    json.push_back({{"alert", alert.name}, {"text", alert.text}});
    json.back().update(alert.details);
  }
  return json;
}

std::string to_text(const std::vector<Alert>& alerts) {
  std::string text;
  for (const Alert& alert : alerts) {
    text += format("ALERT {}\n", alert.text);
  }
  return text;
}

Json to_json(const std::optional<Day>& day) { return day ? Json(to_string(*day)) : Json(); }

Json to_json(const std::vector<ImportedFile>& files, const GoldSummary& gold, Duration elapsed) {
  Json json = {{"history", Json::array()},
               {"days", gold.days},
               {"days_computed", gold.days_computed},
               {"first_day", to_json(gold.first)},
               {"last_day", to_json(gold.last)},
               {"as_of", to_json(gold.as_of)},
               {"tables", Json::array()},
               {"seconds", static_cast<double>(elapsed.us) / 1e6}};
  for (const ImportedFile& file : files) {
    json["history"].push_back(to_json(file));
  }
  for (const GoldTableSummary& table : gold.tables) {
    json["tables"].push_back(
        {{"table", table.name}, {"days_written", table.days_written}, {"days_removed", table.days_removed}});
  }
  return json;
}

std::string to_text(const std::vector<ImportedFile>& files, const GoldSummary& gold, Duration elapsed) {
  std::string text;
  for (const ImportedFile& file : files) {
    text += to_text(file);
  }
  text += format("{} of {} days computed in {:.1f} s", gold.days_computed, gold.days,
                 static_cast<double>(elapsed.us) / 1e6);
  text += gold.first ? format(", {} to {}", to_string(*gold.first), to_string(*gold.last)) : std::string();
  text += gold.as_of ? format("; complete up to {}\n", to_string(*gold.as_of)) : std::string("\n");
  for (const GoldTableSummary& table : gold.tables) {
    text += format("  {:<28} {:>6} days written", table.name, table.days_written);
    text += table.days_removed > 0 ? format(", {} removed\n", table.days_removed) : "\n";
  }
  return text;
}

class BatchCommand final : public Command {
 public:
  std::string_view name() const override { return "batch"; }
  std::string_view summary() const override { return "compute gold from history, silver and late events"; }

  void add_flags(Flags& flags) override {
    flags.add("--historical-csv", files_, "import these files of past sales first: CSV, plain or .gz, or Parquet")
        ->type_name("FILE ...");
    flags.add_setting("--catalog", "history.catalog");
    flags.add("--engine", engine_, "where gold is computed: local");
    flags.add("--from", from_, "the first day that is computed where it must be")->type_name("DATE");
    flags.add("--to", to_, "the last one")->type_name("DATE");
    flags.add_switch("--full", full_, "compute all days, not only those whose input changed");
  }

  Result<int> run(const Context& context) override;

 private:
  Result<int> run(const Context& context, LineageRun& lineage) const;
  Result<GoldOptions> gold_options(const Context& context) const;
  Result<std::vector<ImportedFile>> import_all(const Context& context, ObjectStore& store) const;

  std::vector<std::string> files_;
  std::string engine_ = "local";
  std::string from_;
  std::string to_;
  bool full_ = false;
};

Result<GoldOptions> BatchCommand::gold_options(const Context& context) const {
  GoldOptions options;
  options.time_zone = context.settings.shop.time_zone;
  options.lateness = context.settings.stream.allowed_lateness;
  options.full = full_;
  options.stop = context.stop;
  options.progress = [](std::string_view what) { log_info("batch", {{"doing", what}}); };
  ASSIGN_OR_RETURN(options.from, day_of_flag("--from", from_));
  ASSIGN_OR_RETURN(options.to, day_of_flag("--to", to_));
  ASSIGN_OR_RETURN(options.categories,
                   rules_of(context.settings.history.categories, kUsualCategories, load_category_rules));
  return options;
}

Result<std::vector<ImportedFile>> BatchCommand::import_all(const Context& context, ObjectStore& store) const {
  ASSIGN_OR_RETURN(const HistoryColumns columns, history_columns_from(context.settings.history.columns));
  std::vector<ImportedFile> imported;
  for (const std::string& file : files_) {
    log_info("importing", {{"file", file}});
    ASSIGN_OR_RETURN(ImportedFile one, import_history(file, columns, store, context.stop));
    imported.push_back(std::move(one));
  }
  return imported;
}

/// There is something to compute gold from.
Result<bool> has_input(ObjectStore& store) {
  ASSIGN_OR_RETURN(const LakeSummary lake, summarize(store));
  ASSIGN_OR_RETURN(const auto history, store.list("history/sale_lines"));
  return !lake.partitions.empty() || !history.empty();
}

/// A table's columns, as lineage tells them.
Result<LineageFacets> schema_of(Engine& engine, std::string_view view) {
  ASSIGN_OR_RETURN(const auto rows, engine.query("select column_name, data_type from duckdb_columns() where table_name "
                                                 "= $view order by column_index",
                                                 {{"view", std::string(view)}}));
  Json fields = Json::array();
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      return LineageFacets{{"schema", {{"fields", std::move(fields)}}}};
    }
    fields.push_back({{"name", rows->text(0)}, {"type", rows->text(1)}});
  }
}

/// `assertions` of the quality rules, by the table that they are about.
std::map<std::string, Json> assertions_of(const std::vector<QualityResult>& quality) {
  std::map<std::string, Json> by_table;
  for (const QualityResult& result : quality) {
    Json assertion = {{"assertion", result.rule->name}, {"success", result.passed}};
    if (result.rule->columns.size() == 1) {
      assertion["column"] = result.rule->columns.front();
    }
    by_table[result.rule->table].push_back(std::move(assertion));
  }
  return by_table;
}

/// What a batch read and wrote: the lake's tables by their folders, and the shop's files.
Result<void> tell_lineage(LineageRun& lineage, Warehouse& warehouse, const std::vector<ImportedFile>& files,
                          const GoldSummary& gold, const std::vector<QualityResult>& quality) {
  if (!lineage.is_on()) {
    return {};
  }
  for (const ImportedFile& file : files) {
    lineage.add_input(file.path);
  }
  TRY(create_views(warehouse.engine(), warehouse.store()));  // of all tables, for their columns
  const auto assertions = assertions_of(quality);
  for (const LakeTable& table : lake_tables()) {
    const fs::path folder = warehouse.store().locate(std::string(table.folder));
    const bool is_source = table.view == "silver_cleaned_events" || table.view == "silver_late_events" ||
                           table.view == "history_sale_lines" || table.view == "product_catalog";
    const auto written = std::ranges::find(gold.tables, table.view, &GoldTableSummary::name);
    const auto asserted = assertions.find(std::string(table.view));
    if (!is_source && written == gold.tables.end() && asserted == assertions.end()) {
      continue;
    }
    ASSIGN_OR_RETURN(LineageFacets facets, schema_of(warehouse.engine(), table.view));
    if (written != gold.tables.end()) {
      facets["outputStatistics"] = {{"fileCount", written->days_written}};
      lineage.add_output(folder, facets);
      facets.erase("outputStatistics");
    }
    if (asserted != assertions.end()) {
      facets["dataQualityAssertions"] = {{"assertions", asserted->second}};
    }
    if (is_source || asserted != assertions.end()) {
      lineage.add_input(folder, facets);
    }
  }
  return {};
}

Result<int> BatchCommand::run(const Context& context) {
  LineageRun lineage(context, name());
  Result<int> done = run(context, lineage);
  lineage.finish(done);
  return done;
}

Result<int> BatchCommand::run(const Context& context, LineageRun& lineage) const {
  if (engine_ != "local") {
    const bool planned = engine_ == "spark" || engine_ == "bigquery";
    return fail(Fault::invalid, planned ? format("this build has no engine {} yet: use --engine local", engine_)
                                        : format("--engine: expected local, found: {}", engine_));
  }
  const Duration begin = system_clock().uptime();
  ASSIGN_OR_RETURN(GoldOptions options, gold_options(context));
  ASSIGN_OR_RETURN(const std::vector<QualityRule> rules,
                   rules_of(context.settings.quality.rules, kUsualQuality, load_quality_rules));
  LocalStore store(context.lake_folder());
  ASSIGN_OR_RETURN(const std::vector<ImportedFile> files, import_all(context, store));
  ASSIGN_OR_RETURN(const bool input, has_input(store));
  if (!input && files.empty()) {
    return fail(Fault::not_found, format("there is nothing to compute from in {}: give --historical-csv FILE, or run "
                                         "millrace produce and millrace stream --once",
                                         context.lake_folder().string()));
  }
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open_bare(context));
  options.keep_below = warehouse->keep_below();
  std::optional<CatalogImport> catalog;
  if (const fs::path& file = context.settings.history.catalog; !file.empty()) {
    ASSIGN_OR_RETURN(catalog, import_product_catalog(warehouse->engine(), warehouse->store(), file));
  }
  ASSIGN_OR_RETURN(const GoldSummary gold, compute_gold(warehouse->engine(), store, options));
  std::vector<QualityResult> quality;
  std::vector<Incident> incidents;
  if (gold.as_of) {
    const std::string queries = tables_of(rules) + "windows_product_1h, alerts";
    TRY(create_views(warehouse->engine(), store, {.queries = queries, .keep_below = options.keep_below}));
    ASSIGN_OR_RETURN(quality, check_quality(warehouse->engine(), store, rules, *gold.as_of, system_clock().now()));
    ASSIGN_OR_RETURN(incidents, check_alerts(warehouse->engine(), store, alert_options(context.settings)));
  }
  TRY(tell_lineage(lineage, *warehouse, files, gold, quality));
  const Duration elapsed = system_clock().uptime() - begin;
  const std::vector<Alert> alerts = send_alerts(context.settings, incidents);
  Json json = to_json(files, gold, elapsed);
  json["alerts"] = to_json(alerts);
  json["quality"] = to_json(quality);
  if (catalog) {
    json["catalog"] = to_json(*catalog);
  }
  TRY(print(context.json ? json.dump(2) + "\n"
                         : (catalog ? to_text(*catalog) : "") + to_text(files, gold, elapsed) + to_text(quality) +
                               to_text(alerts)));
  const bool rejected = std::ranges::any_of(files, &ImportedFile::is_rejected);
  const bool broken =
      std::ranges::any_of(quality, [](const QualityResult& result) { return !result.passed && result.rule->fails; });
  return rejected || broken ? kExitRejected : kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_batch_command() { return std::make_unique<BatchCommand>(); }

}  // namespace millrace
