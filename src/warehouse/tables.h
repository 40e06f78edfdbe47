// The lake's tables by their names in SQL: one view for each, over the files that its commits name.
//
// bronze_events, silver_cleaned_events, silver_late_events, quarantine_events, windows_product_5m, windows_product_1h
// (and category_1h), history_sale_lines, product_catalog, daily_sales, category_revenue, historical_streaming_joined,
// customer_daily, basket_daily, demand_predictions, quality_results, alerts. A table without a file is an empty view
// with the right columns, so every query runs from the first day on. Hive folders are columns: event_date a date,
// category and reason texts. Errors: those of the commit log and the engine. Thread rule: as the engine.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "lake/catalog.h"
#include "lake/object_store.h"
#include "warehouse/engine.h"

namespace millrace {

/// A table that the views are made of.
struct LakeTable {
  std::string_view view;    // `silver_cleaned_events`
  std::string_view folder;  // below the lake, `silver/cleaned_events`
};

/// All tables, in the order of the flow.
const std::vector<LakeTable>& lake_tables();

/// Where the committed files of a table are, as other readers find them. Precondition: `view` is one of lake_tables().
Result<std::vector<std::string>> table_files(std::string_view view, ObjectStore& store);

/// The views over the files that are committed now, as SQL for a DuckDB of somebody else's: `create or replace view …`.
Result<std::string> views_sql(ObjectStore& store);

struct ViewOptions {
  std::string queries = {};     // SQL: the views whose names stand in it are created; all, where none does
  std::string keep_below = {};  // the folder in the lake where the files are kept for them, so that compaction does not
                                // take them away; the caller removes it when the views are gone; empty: none
};

/// Creates or replaces the views over the files that are committed now, and says which of the stream's these are. Call
/// again to see later commits.
Result<CommittedFiles> create_views(Engine& engine, ObjectStore& store, const ViewOptions& options = {});

/// Creates or replaces silver's view alone, over those of the committed files that are of some days: what a query does
/// not need costs it nothing. `keep_below` as above.
Result<void> create_silver_view(Engine& engine, ObjectStore& store, const CommittedFiles& committed,
                                const std::set<Day>& days, const std::string& keep_below);

}  // namespace millrace
