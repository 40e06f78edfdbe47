// Gold: the tables that analysts and models read, computed from history, silver and the late records that count.
//
//   gold/<table>/event_date=2024-01-15/data.parquet   one file for each day with rows; event_date is a column in it too
//   gold/_manifest.json                               what each day was computed from (gold_manifest.h)
//
// Only days whose inputs differ from the manifest's are computed, and for category_revenue the next day and the same
// day of the next week, which compare themselves with them. Files are staged, synced at once, and renamed one by one,
// so a reader sees each table's day old or new; the manifest comes last, so a batch that was cut short is made up for
// by the next. One batch at a time: gold/_batch.lock. Memory: the engine's limit; days are computed in bounded groups.
// Errors: conflict while another batch runs; invalid for an unknown time zone; those of engine and store; stopped
// after a request to stop, with nothing changed. Thread rule: as the engine.
// Source: CONTRACT.md, "Gold"; the SQL stands in sql/gold/.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "lake/local_store.h"
#include "warehouse/categories.h"
#include "warehouse/engine.h"

namespace millrace {

struct GoldOptions {
  std::string time_zone = "UTC";                        // IANA: whose days they are
  std::vector<CategoryRule> categories = {};            // of history's products
  Duration lateness = hours(2);                         // behind a partition's high mark no record is to come
  std::optional<Day> from = {};                         // the first day to compute, where it must be
  std::optional<Day> to = {};                           // the last
  std::string keep_below = {};                          // as ViewOptions has it
  bool full = false;                                    // compute every day, whatever the manifest says
  std::function<void(std::string_view)> progress = {};  // told what begins; may be empty
  std::stop_token stop = {};
};

/// The tables, each a file of sql/gold/.
constexpr std::array<std::string_view, 5> kGoldTables = {
    "daily_sales", "category_revenue", "historical_streaming_joined", "customer_daily", "basket_daily"};

struct GoldTableSummary {
  std::string_view name;
  std::int64_t days_written = 0;
  std::int64_t days_removed = 0;  // that have no rows any more
};

struct GoldSummary {
  std::int64_t days = 0;           // in all
  std::int64_t days_computed = 0;  // of them
  std::optional<Day> first;
  std::optional<Day> last;
  std::optional<Day> as_of;  // the last complete day
  std::vector<GoldTableSummary> tables;
};

Result<GoldSummary> compute_gold(Engine& engine, LocalStore& store, const GoldOptions& options);

}  // namespace millrace
