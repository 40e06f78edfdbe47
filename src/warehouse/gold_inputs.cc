#include "warehouse/gold_inputs.h"

#include <filesystem>

#include "base/format.h"
#include "base/hash.h"
#include "lake/tables.h"

namespace millrace {
namespace {

/// Sums do not depend on the order of the files.
void add_files(const std::vector<DataFile>& files, int days_around, std::map<Day, DayInputs>& inputs) {
  for (const DataFile& file : files) {
    if (const auto day = event_day_of(file.path)) {
      inputs[*day].rows += file.rows;
      for (int around = -days_around; around <= days_around; ++around) {
        inputs[Day{day->number + around}].number += file.rows_number();
      }
    }
  }
}

Result<void> add_history(Engine& engine, const std::vector<std::string>& files, std::map<Day, DayInputs>& inputs) {
  std::string list;
  for (const std::string& file : files) {
    list += format("{}{}", list.empty() ? "" : ", ", quote_sql(file));
  }
  ASSIGN_OR_RETURN(const auto categories,
                   engine.query("select coalesce(sum(hash(product_id, category)::hugeint) % 9223372036854775807, 0)"
                                "::bigint from product_categories",
                                {}));
  TRY(categories->next());
  const auto categories_number = static_cast<std::uint64_t>(categories->integer(0));
  ASSIGN_OR_RETURN(
      const auto days,
      engine.query(format("select local_day_of_clock(sold_at, time_zone) as day, filename, count(*)::bigint "
                          "from read_parquet([{}], filename = true, union_by_name = true) group by all",
                          list),
                   {}));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, days->next());
    if (!more) {
      return {};
    }
    DayInputs& day = inputs[days->day(0)];
    day.number += hash64(std::filesystem::path(days->text(1)).filename().string(), categories_number);
    day.rows += days->integer(2);
  }
}

}  // namespace

Result<std::map<Day, DayInputs>> gold_inputs(Engine& engine, const CommittedFiles& committed,
                                             const std::vector<std::string>& history_files,
                                             const std::string& time_zone) {
  std::map<Day, DayInputs> inputs;
  const int days_around = time_zone == "UTC" ? 0 : 1;
  add_files(committed.at("silver/cleaned_events"), days_around, inputs);
  add_files(committed.at("silver/late_events"), days_around, inputs);
  ASSIGN_OR_RETURN(const auto days, engine.query("select event_date, (sum(hash(log_partition, log_offset)::hugeint) % "
                                                 "9223372036854775807)::bigint from late_ids group by event_date",
                                                 {}));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, days->next());
    if (!more) {
      break;
    }
    inputs[days->day(0)].number += static_cast<std::uint64_t>(days->integer(1));
  }
  if (!history_files.empty()) {
    TRY(add_history(engine, history_files, inputs));
  }
  return inputs;
}

}  // namespace millrace
