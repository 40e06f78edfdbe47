#include "warehouse/tables.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/format.h"
#include "lake/recovery.h"
#include "lake/tables.h"

namespace millrace {
namespace {

/// A Hive folder level, which is a column for readers.
struct FolderLevel {
  std::string_view column;
  std::string_view type;
};

/// What a table is made of. Its columns stand in `spec` or, of gold, in `columns`; its folders in `levels`.
struct TableShape {
  LakeTable table;
  const TableSpec* spec = nullptr;
  std::string_view columns;
  std::array<FolderLevel, 2> levels{};
  bool is_uniform = true;  // files that the commit records do not tell apart have the same columns
};

constexpr std::string_view kCategory1h = "category_1h";
constexpr std::string_view kCategory1hSource = "windows_product_1h";

constexpr FolderLevel kDate{"event_date", "date"};

/// Gold holds its event_date in the file too, for readers without Hive folders.
constexpr std::string_view kDailySales =
    "product_id varchar, category varchar, daily_revenue decimal(38,4), daily_quantity bigint, daily_orders bigint, "
    "avg_price double, max_price decimal(38,4), unique_customers bigint, daily_views bigint, daily_carts bigint, "
    "returned_quantity bigint, returned_revenue decimal(38,4), event_date date";
constexpr std::string_view kCategoryRevenue =
    "category varchar, category_revenue decimal(38,4), category_quantity bigint, category_orders bigint, "
    "unique_products bigint, unique_customers bigint, prev_day_revenue decimal(38,4), revenue_growth_pct double, "
    "prev_week_revenue decimal(38,4), revenue_growth_wow_pct double, event_date date";
constexpr std::string_view kJoined =
    "product_id varchar, category varchar, historical_revenue decimal(38,4), historical_quantity bigint, "
    "streaming_revenue decimal(38,4), streaming_quantity bigint, total_revenue decimal(38,4), total_quantity bigint, "
    "event_date date";
constexpr std::string_view kCustomerDaily =
    "user_id varchar, orders bigint, units bigint, revenue decimal(38,4), \"returns\" bigint, event_date date";

constexpr std::string_view kBasketDaily =
    "baskets bigint, lines bigint, units bigint, revenue decimal(38,4), single_line_baskets bigint, event_date date";

constexpr std::string_view kProductCatalog =
    "product_id varchar, name varchar, category varchar, cost decimal(18,4), lead_time_days integer, stock bigint";

constexpr std::string_view kQualityResults =
    "rule varchar, \"check\" varchar, table_name varchar, severity varchar, value double, expected varchar, "
    "passed boolean, checked_at timestamptz, as_of_date date";

constexpr std::string_view kAlerts =
    "metric varchar, direction varchar, first_hour timestamptz, last_hour timestamptz, hours bigint, worst_hour "
    "timestamptz, observed double, expected_low double, expected_high double, found_at timestamptz";

const std::array<TableShape, 18>& shapes() {
  static const std::array<TableShape, 18> all = {{
      {{"bronze_events", "bronze/events"}, &kBronzeEvents, "", {kDate}},
      {{"silver_cleaned_events", "silver/cleaned_events"}, &kSilverEvents, "", {kDate, {"category", "varchar"}}},
      {{"silver_late_events", "silver/late_events"}, &kLateEvents, "", {kDate}},
      {{"quarantine_events", "quarantine/events"},
       &kQuarantineEvents,
       "",
       {{{"ingest_date", "date"}, {"reason", "varchar"}}}},
      {{"windows_product_5m", "windows/product_5m"}, &kWindows5m, "", {kDate}},
      {{"windows_product_1h", "windows/product_1h"}, &kWindows1h, "", {kDate}},
      {{"history_sale_lines", "history/sale_lines"}, &kSaleLines, "", {}, false},
      {{"product_catalog", "catalog/products"}, nullptr, kProductCatalog, {}},
      {{"daily_sales", "gold/daily_sales"}, nullptr, kDailySales, {kDate}},
      {{"category_revenue", "gold/category_revenue"}, nullptr, kCategoryRevenue, {kDate}},
      {{"historical_streaming_joined", "gold/historical_streaming_joined"}, nullptr, kJoined, {kDate}},
      {{"customer_daily", "gold/customer_daily"}, nullptr, kCustomerDaily, {kDate}},
      {{"basket_daily", "gold/basket_daily"}, nullptr, kBasketDaily, {kDate}},
      {{"demand_predictions", "gold/demand_predictions"}, &kDemandPredictions, "", {{{"as_of_date", "date"}}}, false},
      {{"category_predictions", "gold/category_predictions"},
       &kCategoryPredictions,
       "",
       {{{"as_of_date", "date"}}},
       false},
      {{"reorder_suggestions", "gold/reorder_suggestions"},
       &kReorderSuggestions,
       "",
       {{{"as_of_date", "date"}}},
       false},
      {{"quality_results", "gold/quality_results"}, nullptr, kQualityResults, {{{"as_of_date", "date"}}}, false},
      {{"alerts", "gold/alerts"}, nullptr, kAlerts, {}},
  }};
  return all;
}

std::string_view sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::int32:
      return "integer";
    case ColumnType::int64:
      return "bigint";
    case ColumnType::timestamp:
      return "timestamptz";
    case ColumnType::local_time:
      return "timestamp";
    case ColumnType::date:
      return "date";
    case ColumnType::text:
      return "varchar";
    case ColumnType::binary:
      return "blob";
    case ColumnType::decimal_18_4:
      return "decimal(18,4)";
    case ColumnType::decimal_38_4:
      return "decimal(38,4)";
    case ColumnType::real:
      return "double";
    case ColumnType::boolean:
      return "boolean";
  }
  CHECK(false);
}

/// `select null::bigint as log_offset, … where false`: the columns and types that the files would give.
std::string empty_table(const TableShape& shape) {
  if (shape.spec == nullptr) {
    return format("select unnest(null::struct({})[], max_depth := 2)", shape.columns);
  }
  std::string columns;
  for (const ColumnSpec& column : shape.spec->columns) {
    columns += format("{}null::{} as {}", columns.empty() ? "" : ", ", sql_type(column.type), column.name);
  }
  for (const FolderLevel& level : shape.levels) {
    if (!level.column.empty()) {
      columns += format(", null::{} as {}", level.type, level.column);
    }
  }
  return format("select {} where false", columns);
}

/// The files of a table, by how many columns they have: those of a group have the same.
using FileGroups = std::map<std::int32_t, std::vector<std::string>>;

/// A group's names, not its files, are looked at before a query: the engine would open every one of thousands to unite
/// their columns.
std::string files_table(const TableShape& shape, const FileGroups& groups) {
  std::string types;
  for (const FolderLevel& level : shape.levels) {
    if (!level.column.empty()) {
      types += format("{}'{}': {}", types.empty() ? "" : ", ", level.column, level.type);
    }
  }
  const std::string hive =
      types.empty() ? "hive_partitioning = false" : format("hive_partitioning = true, hive_types = {{{}}}", types);
  std::string source;
  bool has_all = shape.spec == nullptr;
  for (const auto& [columns, paths] : groups) {
    has_all = has_all || columns == column_count(*shape.spec);
    std::string list;
    for (const std::string& path : paths) {
      list += format("{}{}", list.empty() ? "" : ", ", quote_sql(path));
    }
    source += format("{}select * from read_parquet([{}], union_by_name = {}, {})",
                     source.empty() ? "" : " union all by name ", list, shape.is_uniform ? "false" : "true", hive);
  }
  return has_all ? source : source + " union all by name " + empty_table(shape);
}

/// Data files below a folder of the lake: what begins with `_` or `.` is none. Gold has one level of folders.
Result<std::vector<std::string>> data_files(ObjectStore& store, const std::string& folder, bool has_folders) {
  std::vector<std::string> files;
  ASSIGN_OR_RETURN(const auto names, store.list(folder));
  for (const std::string& name : names) {
    if (name.starts_with('_') || name.starts_with('.')) {
      continue;
    }
    if (has_folders) {
      ASSIGN_OR_RETURN(const auto inner, data_files(store, format("{}/{}", folder, name), false));
      std::ranges::copy(inner, std::back_inserter(files));
    } else if (name.ends_with(".parquet")) {
      files.push_back(format("{}/{}", folder, name));
    }
  }
  return files;
}

/// Keeps a file, also where compaction has just replaced it.
Result<void> keep_file(ObjectStore& store, const std::string& path, const std::string& also) {
  Result<void> kept = store.keep(path, also);
  if (kept || kept.error().fault != Fault::not_found) {
    return kept;
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> replaced, find_in_trash(store, path));
  return replaced ? store.keep(*replaced, also) : kept;
}

bool names(std::string_view sql, std::string_view view) {
  const auto same_letter = [](char a, char b) { return a == b || (a | 0x20) == b; };  // names are in lower case
  return !std::ranges::search(sql, view, same_letter).empty();
}

/// The tables that the queries name, themselves or by the view over one; all, where none is named: the answer may be
/// which there are.
std::vector<const TableShape*> shapes_for(std::string_view queries) {
  std::vector<const TableShape*> named;
  std::vector<const TableShape*> all;
  for (const TableShape& shape : shapes()) {
    all.push_back(&shape);
    if (names(queries, shape.table.view) || (shape.table.view == kCategory1hSource && names(queries, kCategory1h))) {
      named.push_back(&shape);
    }
  }
  return named.empty() ? all : named;
}

FileGroups groups_of(const std::vector<DataFile>& files) {
  FileGroups groups;
  for (const DataFile& file : files) {
    groups[file.columns].push_back(file.path);
  }
  return groups;
}

/// Below the lake.
Result<FileGroups> files_of(const TableShape& shape, ObjectStore& store, const CommittedFiles& committed) {
  if (const auto found = committed.find(shape.table.folder); found != committed.end()) {
    return groups_of(found->second);
  }
  const bool has_folders = !shape.levels[0].column.empty();  // not the stream's: what is published is the table
  ASSIGN_OR_RETURN(auto files, data_files(store, std::string(shape.table.folder), has_folders));
  FileGroups groups;
  if (!files.empty()) {
    groups[0] = std::move(files);
  }
  return groups;
}

constexpr std::string_view kCategory1hSql = R"(create or replace view category_1h as
select window_start, window_end, category, sum(revenue)::decimal(38,4) as revenue, sum(orders)::bigint as orders,
  sum(units)::bigint as units, sum(price_sum)::decimal(38,4) as price_sum, sum(views)::bigint as views,
  sum(carts)::bigint as carts, sum("returns")::bigint as "returns", sum(returned_units)::bigint as returned_units,
  sum(returned_revenue)::decimal(38,4) as returned_revenue, count(distinct product_id) as products, event_date
from windows_product_1h group by window_start, window_end, category, event_date)";

/// `keep_below`: empty where the files are read as they are.
Result<std::string> sql_of_view(const TableShape& shape, FileGroups groups, ObjectStore& store,
                                const std::string& keep_below) {
  for (auto& [columns, paths] : groups) {
    for (std::string& path : paths) {
      const std::string kept = format("{}/{}", keep_below, path);
      if (!keep_below.empty()) {
        TRY(keep_file(store, path, kept));
      }
      path = store.locate(keep_below.empty() ? path : kept);
    }
  }
  return format("create or replace view {} as {};\n", shape.table.view,
                groups.empty() ? empty_table(shape) : files_table(shape, groups));
}

Result<std::string> sql_of_views(ObjectStore& store, const CommittedFiles& committed, const ViewOptions& options) {
  std::string sql;
  for (const TableShape* shape : shapes_for(options.queries)) {
    ASSIGN_OR_RETURN(FileGroups groups, files_of(*shape, store, committed));
    const bool are_the_streams = committed.contains(shape->table.folder);
    ASSIGN_OR_RETURN(const std::string view,
                     sql_of_view(*shape, std::move(groups), store, are_the_streams ? options.keep_below : ""));
    sql += view;
    if (shape->table.view == kCategory1hSource) {
      sql += format("{};\n", kCategory1hSql);
    }
  }
  return sql;
}

const TableShape& shape_of(std::string_view view) {
  const auto shape = std::ranges::find(shapes(), view, [](const TableShape& s) { return s.table.view; });
  CHECK(shape != shapes().end());
  return *shape;
}

}  // namespace

const std::vector<LakeTable>& lake_tables() {
  static const std::vector<LakeTable> tables = [] {
    std::vector<LakeTable> all;
    std::ranges::transform(shapes(), std::back_inserter(all), &TableShape::table);
    return all;
  }();
  return tables;
}

Result<std::vector<std::string>> table_files(std::string_view view, ObjectStore& store) {
  ASSIGN_OR_RETURN(const CommittedFiles committed, committed_files(store));
  ASSIGN_OR_RETURN(const FileGroups groups, files_of(shape_of(view), store, committed));
  std::vector<std::string> files;
  for (const auto& [columns, paths] : groups) {
    std::ranges::transform(paths, std::back_inserter(files),
                           [&](const std::string& path) { return store.locate(path); });
  }
  return files;
}

Result<CommittedFiles> create_views(Engine& engine, ObjectStore& store, const ViewOptions& options) {
  ASSIGN_OR_RETURN(CommittedFiles committed, committed_files(store));
  ASSIGN_OR_RETURN(const std::string sql, sql_of_views(store, committed, options));
  TRY(engine.run(sql));
  return committed;
}

Result<void> create_silver_view(Engine& engine, ObjectStore& store, const CommittedFiles& committed,
                                const std::set<Day>& days, const std::string& keep_below) {
  const TableShape& silver = shape_of("silver_cleaned_events");
  std::vector<DataFile> files;
  std::ranges::copy_if(committed.at(std::string(silver.table.folder)), std::back_inserter(files),
                       [&days](const DataFile& file) {
                         const auto day = event_day_of(file.path);
                         return day && days.contains(*day);
                       });
  ASSIGN_OR_RETURN(const std::string sql, sql_of_view(silver, groups_of(files), store, keep_below));
  return engine.run(sql);
}

Result<std::string> views_sql(ObjectStore& store) {
  ASSIGN_OR_RETURN(const CommittedFiles committed, committed_files(store));
  ASSIGN_OR_RETURN(const std::string sql, sql_of_views(store, committed, {}));
  return "set timezone = 'UTC';\n" + sql;
}

}  // namespace millrace
