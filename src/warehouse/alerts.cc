#include "warehouse/alerts.h"

#include <algorithm>
#include <optional>

#include "lake/summary.h"
#include "warehouse/sql_text.h"
#include "warehouse/table_file.h"

namespace millrace {
namespace {

constexpr const char* kStaged = "_staging/alerts/alerts.parquet";
constexpr const char* kFinal = "gold/alerts/alerts.parquet";
constexpr Duration kWorthTelling = kDay;

/// Where the last hour ends that no partition will add to.
Result<std::optional<Instant>> end_of_full_hours(LocalStore& store, Duration window_delay) {
  ASSIGN_OR_RETURN(const LakeSummary lake, summarize(store));
  const std::optional<Instant> watermark = lake.watermark(window_delay);
  return watermark ? std::optional(floor_to(*watermark, hours(1))) : std::nullopt;
}

Result<std::vector<HourFigures>> figures_until(Engine& engine, Instant until, const IncidentOptions& options) {
  constexpr std::int64_t kHoursOfWeek = 7 * 24;
  const std::int64_t count = options.hours + (options.weeks + 1) * kHoursOfWeek;
  ASSIGN_OR_RETURN(const auto rows,
                   engine.query(std::string(sql_text("alerts/hours")), {{"until", until}, {"hours", count}}));
  std::vector<HourFigures> figures;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      return figures;
    }
    figures.push_back({.hour = rows->instant(0),
                       .hour_of_week = static_cast<int>(rows->integer(1)),
                       .revenue = rows->real(2),
                       .orders = rows->integer(3),
                       .views = rows->integer(4)});
  }
}

/// Into the table known_alerts, and says whether it is of an incident that was known.
Result<bool> note(Engine& engine, const Incident& incident, Instant now) {
  const SqlParameters key = {{"metric", std::string(to_string(incident.metric))},
                             {"direction", std::string(incident.is_low ? "low" : "high")},
                             {"first_hour", incident.first},
                             {"last_hour", incident.last}};
  ASSIGN_OR_RETURN(const auto known,
                   engine.query("select count(*)::bigint, coalesce(min(first_hour), $first_hour), min(found_at) from "
                                "known_alerts where metric = $metric and direction = $direction and first_hour <= "
                                "$last_hour and last_hour >= $first_hour",
                                key));
  TRY(known->next());
  const bool is_known = known->integer(0) > 0;
  SqlParameters values = key;
  values["first_hour"] = std::min(incident.first, known->instant(1));
  values["found_at"] = is_known ? known->instant(2) : now;
  values["hours"] = incident.hours;
  values["worst_hour"] = incident.worst;
  values["observed"] = incident.observed;
  values["expected_low"] = incident.low;
  values["expected_high"] = incident.high;
  ASSIGN_OR_RETURN(const auto removed,
                   engine.query("delete from known_alerts where metric = $metric and direction = $direction and "
                                "first_hour <= $last_hour and last_hour >= $first_hour",
                                key));
  ASSIGN_OR_RETURN(
      const auto inserted,
      engine.query("insert into known_alerts values ($metric, $direction, $first_hour, $last_hour, $hours, "
                   "$worst_hour, $observed, $expected_low, $expected_high, $found_at)",
                   values));
  return is_known;
}

}  // namespace

Result<std::vector<Incident>> check_alerts(Engine& engine, LocalStore& store, const AlertOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<Instant> until, end_of_full_hours(store, options.window_delay));
  if (!until) {
    return std::vector<Incident>{};
  }
  ASSIGN_OR_RETURN(const auto figures, figures_until(engine, *until, options.incidents));
  const std::vector<Incident> found = find_incidents(figures, options.incidents);
  std::vector<Incident> fresh;
  if (found.empty()) {
    return fresh;
  }
  TRY(engine.run("create or replace temp table known_alerts as select * from alerts"));
  for (const Incident& incident : found) {
    ASSIGN_OR_RETURN(const bool is_known, note(engine, incident, options.now));
    if (!is_known && *until - incident.last <= kWorthTelling) {
      fresh.push_back(incident);
    }
  }
  TRY(write_table_file(engine, store, "select * from known_alerts order by first_hour, metric, direction", {}, kStaged,
                       kFinal));
  return fresh;
}

}  // namespace millrace
