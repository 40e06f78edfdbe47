#include "warehouse/late_ids.h"

#include <map>
#include <set>

#include "base/format.h"
#include "lake/tables.h"
#include "warehouse/sql_text.h"
#include "warehouse/table_file.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

constexpr const char* kKept = "gold/_late_ids.parquet";
constexpr const char* kStaged = "_staging/gold/late_ids.parquet";

/// Those whose partition did not say whether silver had their id: as a number that differs when others come.
Result<std::uint64_t> number_of_unknown(Engine& engine) {
  ASSIGN_OR_RETURN(const auto rows,
                   engine.query("select (coalesce(sum(hash(log_partition, log_offset)::hugeint), 0) % "
                                "9223372036854775807)::bigint from silver_late_events where event_id is not null and "
                                "id_was_in_silver is null",
                                {}));
  TRY(rows->next());
  return static_cast<std::uint64_t>(rows->integer(0));
}

/// The table present_days: silver's days, each with a number for what it must be compared with.
Result<void> make_present_days(Engine& engine, const CommittedFiles& committed) {
  ASSIGN_OR_RETURN(const std::uint64_t unknown, number_of_unknown(engine));
  std::map<Day, std::uint64_t> numbers;
  for (const DataFile& file : committed.at("silver/cleaned_events")) {
    if (const auto day = event_day_of(file.path)) {
      numbers[*day] += file.rows_number();
    }
  }
  std::string rows;
  for (const auto& [day, number] : numbers) {
    rows += format("{}(date '{}', '{:016x}')", rows.empty() ? "values " : ", ", to_string(day), number + unknown);
  }
  return engine.run(format("create or replace temp table present_days(silver_day date, number varchar); {}",
                           rows.empty() ? "" : "insert into present_days " + rows));
}

Result<std::set<Day>> days_of_silver(Engine& engine) {
  ASSIGN_OR_RETURN(const auto rows, engine.query("select silver_day from silver_days", {}));
  std::set<Day> days;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      return days;
    }
    days.insert(rows->day(0));
  }
}

Result<bool> any(Engine& engine, const std::string& from) {
  ASSIGN_OR_RETURN(const auto rows, engine.query(format("select count(*)::bigint from {}", from), {}));
  TRY(rows->next());
  return rows->integer(0) > 0;
}

}  // namespace

Result<void> make_late_ids(Engine& engine, LocalStore& store, const CommittedFiles& committed,
                           const std::string& keep_below, bool anew) {
  TRY(make_present_days(engine, committed));
  ASSIGN_OR_RETURN(const bool is_kept, store.exists(kKept));
  TRY(
      engine.run("create or replace temp table kept_ids(silver_day date, number varchar, log_partition integer, "
                 "event_id varchar)"));
  if (is_kept && !anew) {
    Result<void> read =
        engine.run(format("insert into kept_ids select silver_day, number, log_partition, event_id from "
                          "read_parquet({})",
                          quote_sql(store.locate(kKept))));
    if (!read) {
      return fail(std::move(read).error(),
                  format("could not read {} (batch --full makes it anew)", store.locate(kKept)));
    }
  }
  TRY(
      engine.run("create or replace temp table silver_days as select silver_day, number from present_days except "
                 "select silver_day, number from kept_ids"));
  ASSIGN_OR_RETURN(const std::set<Day> days, days_of_silver(engine));
  TRY(create_silver_view(engine, store, committed, days, keep_below));
  TRY(
      engine.run(format("create or replace temp table ids_in_silver as {} union all select silver_day, log_partition, "
                        "event_id from kept_ids semi join present_days using (silver_day, number) where event_id is "
                        "not null",
                        sql_text("gold/ids_in_silver"))));
  TRY(engine.run(format("create or replace temp table late_ids as {}", sql_text("gold/late_ids"))));
  ASSIGN_OR_RETURN(const bool has_gone, any(engine, "kept_ids anti join present_days using (silver_day, number)"));
  if (days.empty() && !has_gone) {
    return {};
  }
  return write_table_file(engine, store,
                          "select * from present_days left join ids_in_silver using (silver_day) order by all", {},
                          kStaged, kKept);
}

}  // namespace millrace
