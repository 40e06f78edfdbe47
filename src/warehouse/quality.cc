#include "warehouse/quality.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/nearest.h"
#include "warehouse/table_file.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

constexpr std::string_view kResults = "gold/quality_results";
constexpr const char* kStaged = "_staging/quality/results.parquet";

/// What a kind of check needs beside its table.
struct CheckKind {
  std::string_view name;
  std::size_t columns_min;
  std::size_t columns_max;
  bool has_references;
  bool has_range;
  std::optional<double> at_least;  // where the rule says nothing
  std::optional<double> at_most;
};

constexpr std::array<CheckKind, 6> kChecks = {{
    {"completeness", 1, 1, false, false, 100.0, std::nullopt},
    {"range", 1, 1, false, true, std::nullopt, 0.0},
    {"uniqueness", 1, 16, false, false, std::nullopt, 0.0},
    {"referential", 1, 1, true, false, std::nullopt, 0.0},
    {"freshness", 0, 0, false, false, std::nullopt, 0.0},
    {"volume", 0, 0, false, false, 50.0, 200.0},
}};

constexpr std::array<std::string_view, 11> kKeys = {"check", "table",    "column",  "columns", "references", "min",
                                                    "max",   "at_least", "at_most", "days",    "severity"};

const CheckKind* find_check(std::string_view name) {
  const auto kind = std::ranges::find(kChecks, name, &CheckKind::name);
  return kind == kChecks.end() ? nullptr : &*kind;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), comma + 1));
  }
  return parts;
}

/// Makes a rule of its keys, or says what is wrong.
class RuleReader {
 public:
  RuleReader(const std::map<std::string, std::string>& keys, QualityRule& rule) : keys_(keys), rule_(rule) {}

  /// What was expected; nothing where all is right.
  std::optional<std::string> read() {
    for (const auto& [key, value] : keys_) {
      if (std::ranges::find(kKeys, key) == kKeys.end()) {
        const std::vector<std::string> known(kKeys.begin(), kKeys.end());
        const auto nearest = nearest_name(key, known);
        return format("no key {}{}", key, nearest ? format(" (did you mean {}?)", *nearest) : "");
      }
    }
    rule_.check = text("check");
    const CheckKind* const kind = find_check(rule_.check);
    if (kind == nullptr) {
      return format("check: completeness, range, uniqueness, referential, freshness or volume; found: {}", rule_.check);
    }
    rule_.table = text("table");
    rule_.columns = split(keys_.contains("columns") ? text("columns") : text("column"));
    if (rule_.columns.size() < kind->columns_min || rule_.columns.size() > kind->columns_max) {
      return kind->columns_max == 0 ? "no column" : kind->columns_max == 1 ? "one column" : "columns";
    }
    if (kind->has_references != keys_.contains("references")) {
      return kind->has_references ? "references: TABLE.COLUMN" : "no references";
    }
    const std::string references = text("references");
    const std::size_t dot = references.find('.');
    if (kind->has_references && dot == std::string::npos) {
      return "references: TABLE.COLUMN";
    }
    rule_.references_table = references.substr(0, dot);
    rule_.references_column = kind->has_references ? references.substr(dot + 1) : "";
    for (const auto& [key, target] : std::initializer_list<std::pair<const char*, std::optional<double>*>>{
             {"min", &rule_.min}, {"max", &rule_.max}, {"at_least", &rule_.at_least}, {"at_most", &rule_.at_most}}) {
      if (keys_.contains(key) && !number(text(key), *target)) {
        return format("{}: a number; found: {}", key, text(key));
      }
    }
    if (kind->has_range != (rule_.min || rule_.max)) {
      return kind->has_range ? "min, max or both" : "neither min nor max";
    }
    if (!rule_.at_least && !rule_.at_most) {
      rule_.at_least = kind->at_least;
      rule_.at_most = kind->at_most;
    }
    std::optional<double> days = 1;
    if (keys_.contains("days") && (!number(text("days"), days) || *days < 1 || *days > 36'500)) {
      return format("days: a whole number above 0; found: {}", text("days"));
    }
    rule_.days = static_cast<std::int64_t>(*days);
    const std::string severity = keys_.contains("severity") ? text("severity") : "warn";
    if (severity != "warn" && severity != "fail") {
      return format("severity: warn or fail; found: {}", severity);
    }
    rule_.fails = severity == "fail";
    return std::nullopt;
  }

 private:
  std::string text(const std::string& key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? "" : found->second;
  }
  static bool number(std::string_view text, std::optional<double>& out) {
    if (text.ends_with('%')) {
      text.remove_suffix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    out = value;
    return error == std::errc() && end == text.data() + text.size();
  }

  const std::map<std::string, std::string>& keys_;
  QualityRule& rule_;
};

/// A name that the lake has, as SQL takes it.
std::string in_quotes(std::string_view name) { return format("\"{}\"", name); }

class Checker {
 public:
  Checker(Engine& engine, LocalStore& store, const std::vector<QualityRule>& rules, Day as_of, Instant now)
      : engine_(engine), store_(store), rules_(rules), as_of_(as_of), now_(now) {}

  Result<std::vector<QualityResult>> run() {
    std::vector<QualityResult> results;
    for (const QualityRule& rule : rules_) {
      ASSIGN_OR_RETURN(const std::optional<double> value, measure(rule));
      const bool is_missing_data = !value && rule.check == "freshness";
      const bool passed =
          !is_missing_data &&
          (!value || ((!rule.at_least || *value >= *rule.at_least) && (!rule.at_most || *value <= *rule.at_most)));
      results.push_back({.rule = &rule, .value = value, .passed = passed});
    }
    TRY(store_results(results));
    return results;
  }

 private:
  /// The table's columns; fault invalid where there is no such table.
  Result<std::vector<std::string>> columns_of(const QualityRule& rule, const std::string& table) {
    std::vector<std::string> tables;
    std::ranges::transform(lake_tables(), std::back_inserter(tables),
                           [](const LakeTable& t) { return std::string(t.view); });
    if (std::ranges::find(tables, table) == tables.end()) {
      const auto nearest = nearest_name(table, tables);
      return fail(Fault::invalid, format("the quality rule \"{}\" names a table that is not there: {}{}", rule.name,
                                         table, nearest ? format(" (did you mean {}?)", *nearest) : ""));
    }
    ASSIGN_OR_RETURN(const auto rows, engine_.query(format("select column_name from (describe {})", table), {}));
    std::vector<std::string> columns;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, rows->next());
      if (!more) {
        return columns;
      }
      columns.emplace_back(rows->text(0));
    }
  }

  Result<void> check_column(const QualityRule& rule, const std::string& table, const std::string& column,
                            const std::vector<std::string>& columns) {
    if (std::ranges::find(columns, column) != columns.end()) {
      return {};
    }
    const auto nearest = nearest_name(column, columns);
    return fail(Fault::invalid, format("the quality rule \"{}\" names a column that {} does not have: {}{}", rule.name,
                                       table, column, nearest ? format(" (did you mean {}?)", *nearest) : ""));
  }

  Result<std::optional<double>> measure(const QualityRule& rule) {
    ASSIGN_OR_RETURN(const auto columns, columns_of(rule, rule.table));
    for (const std::string& column : rule.columns) {
      TRY(check_column(rule, rule.table, column, columns));
    }
    if (!rule.references_table.empty()) {
      ASSIGN_OR_RETURN(const auto referenced, columns_of(rule, rule.references_table));
      TRY(check_column(rule, rule.references_table, rule.references_column, referenced));
    }
    std::string day;
    for (const char* const name : {"event_date", "ingest_date", "as_of_date"}) {
      day = day.empty() && std::ranges::find(columns, name) != columns.end() ? name : day;
    }
    if (day.empty() && (rule.check == "freshness" || rule.check == "volume")) {
      return fail(Fault::invalid, format("the quality rule \"{}\" checks {} of a table that has no days: {}", rule.name,
                                         rule.check, rule.table));
    }
    SqlParameters parameters;
    const std::string sql = sql_of(rule, day, parameters);
    ASSIGN_OR_RETURN(const auto rows, engine_.query(sql, parameters));
    ASSIGN_OR_RETURN([[maybe_unused]] const bool more, rows->next());
    return rows->is_null(0) ? std::optional<double>() : std::optional(rows->real(0));
  }

  std::string sql_of(const QualityRule& rule, const std::string& day, SqlParameters& parameters) const {
    std::string rows = rule.table;
    if (!day.empty()) {
      parameters["last"] = as_of_;
      if (rule.check != "freshness" && rule.check != "volume") {
        parameters["first"] = Day{as_of_.number - static_cast<std::int32_t>(rule.days) + 1};
        rows = format("(from {} where {} between $first and $last)", rule.table, day);
      }
    }
    const std::string column = rule.columns.empty() ? "" : in_quotes(rule.columns.front());
    if (rule.check == "completeness") {
      return format("select 100.0::double * count({}) / nullif(count(*), 0) from {}", column, rows);
    }
    if (rule.check == "range") {
      parameters["min"] = rule.min ? SqlValue(*rule.min) : SqlValue();
      parameters["max"] = rule.max ? SqlValue(*rule.max) : SqlValue();
      return format(
          "select (count(*) filter (where {0}::double < $min::double or {0}::double > $max::double))::double "
          "from {1}",
          column, rows);
    }
    if (rule.check == "uniqueness") {
      std::string all;
      for (const std::string& name : rule.columns) {
        all += (all.empty() ? "" : ", ") + in_quotes(name);
      }
      return format("select coalesce(sum(times - 1), 0)::double from (select count(*) as times from {} group by {})",
                    rows, all);
    }
    if (rule.check == "referential") {
      return format(
          "select count(*)::double from {} r where r.{} is not null and not exists (select 1 from {} other "
          "where other.{} = r.{})",
          rows, column, rule.references_table, in_quotes(rule.references_column), column);
    }
    if (rule.check == "freshness") {
      return format("select ($last::date - max({0}))::double from {1} where {0} <= $last", day, rule.table);
    }
    CHECK(rule.check == "volume");
    return format(
        "with of_day as (select {0} as day, count(*) as found from {1} where {0} between $last::date - 28 and $last "
        "group by {0}) select 100.0::double * coalesce(max(found) filter (where day = $last), 0) / "
        "avg(found) filter (where day in ($last::date - 7, $last::date - 14, $last::date - 21, $last::date - 28)) "
        "from of_day",
        day, rule.table);
  }

  Result<void> store_results(const std::vector<QualityResult>& results) {
    std::string sql;
    SqlParameters parameters = {{"now", now_}};
    for (std::size_t i = 0; i < results.size(); ++i) {
      const QualityResult& result = results[i];
      parameters[format("rule{}", i)] = result.rule->name;
      parameters[format("check{}", i)] = result.rule->check;
      parameters[format("table{}", i)] = result.rule->table;
      parameters[format("severity{}", i)] = std::string(result.rule->fails ? "fail" : "warn");
      parameters[format("value{}", i)] = result.value ? SqlValue(*result.value) : SqlValue();
      parameters[format("expected{}", i)] = expected_of(*result.rule);
      parameters[format("passed{}", i)] = result.passed;
      sql += format(
          "{0}select $rule{1}::varchar as rule, $check{1}::varchar as \"check\", $table{1}::varchar as "
          "table_name, $severity{1}::varchar as severity, $value{1}::double as value, "
          "$expected{1}::varchar as expected, $passed{1}::boolean as passed, $now::timestamptz as checked_at",
          i == 0 ? "" : "\nunion all\n", i);
    }
    if (results.empty()) {
      return {};
    }
    return write_table_file(engine_, store_, sql, parameters, kStaged,
                            format("{}/as_of_date={}/results.parquet", kResults, to_string(as_of_)));
  }

  Engine& engine_;
  LocalStore& store_;
  const std::vector<QualityRule>& rules_;
  const Day as_of_;
  const Instant now_;
};

}  // namespace

std::string expected_of(const QualityRule& rule) {
  std::string text = rule.at_least ? format("at least {}", *rule.at_least) : "";
  if (rule.at_most) {
    text += format("{}at most {}", text.empty() ? "" : ", ", *rule.at_most);
  }
  return text;
}

Result<std::vector<QualityRule>> quality_rules_from(const NamedMaps& maps, const std::string& name) {
  std::vector<QualityRule> rules;
  for (const auto& [rule_name, keys] : maps) {
    QualityRule rule;
    rule.name = rule_name;
    if (const auto expected = RuleReader(keys, rule).read()) {
      return fail(Fault::invalid, format("{}: the rule \"{}\": expected {}", name, rule_name, *expected));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::vector<QualityRule>> load_quality_rules(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const NamedMaps maps, load_named_maps(file));
  return quality_rules_from(maps, file.string());
}

Result<std::vector<QualityResult>> check_quality(Engine& engine, LocalStore& store,
                                                 const std::vector<QualityRule>& rules, Day as_of, Instant now) {
  return Checker(engine, store, rules, as_of, now).run();
}

}  // namespace millrace
