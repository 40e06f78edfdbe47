#include "cli/daily_sales.h"

#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "base/format.h"
#include "cli/promotions_file.h"
#include "cli/warehouse.h"
#include "warehouse/analytics.h"

namespace millrace {
namespace {

struct SalesColumn {
  std::string_view name;
  std::string_view type;
  std::string_view otherwise;  // where the file lacks it; empty: it must not
};

constexpr std::array kColumns = {
    SalesColumn{"event_date", "date", ""},       SalesColumn{"product_id", "varchar", ""},
    SalesColumn{"daily_quantity", "double", ""}, SalesColumn{"category", "varchar", "'Unknown'"},
    SalesColumn{"daily_revenue", "double", "0"}, SalesColumn{"daily_orders", "double", "0"},
    SalesColumn{"avg_price", "double", "0"},     SalesColumn{"daily_views", "double", "0"},
    SalesColumn{"daily_carts", "double", "0"},   SalesColumn{"returned_quantity", "double", "0"},
};

Result<std::set<std::string>> names_of_columns(Engine& engine, const std::string& source,
                                               const SqlParameters& parameters) {
  ASSIGN_OR_RETURN(const auto rows, engine.query(format("select * from {} limit 0", source), parameters));
  std::set<std::string> names;
  for (const SqlColumn& column : rows->columns()) {
    names.insert(column.name);
  }
  return names;
}

Result<Series> series_of(Engine& engine, const std::string& source, const SqlParameters& parameters,
                         std::optional<Day> last_day, SeriesBuilder builder) {
  ASSIGN_OR_RETURN(const auto names, names_of_columns(engine, source, parameters));
  std::string list;
  for (const SalesColumn& column : kColumns) {
    const bool there = names.contains(std::string(column.name));
    if (!there && column.otherwise.empty()) {
      return fail(Fault::invalid, format("the data has no column {}", column.name));
    }
    list += format("{}coalesce({}, {})::{}", list.empty() ? "" : ", ", there ? column.name : column.otherwise,
                   column.otherwise.empty() ? column.name : column.otherwise, column.type);
  }
  ASSIGN_OR_RETURN(const auto rows, engine.query(format("select {} from {}", list, source), parameters));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      return builder.build(last_day);
    }
    if (rows->is_null(0) || rows->is_null(1) || rows->is_null(2)) {
      return fail(Fault::invalid, "the data has a row without event_date, product_id or daily_quantity");
    }
    TRY(builder.add({.product_id = rows->text(1),
                     .category = rows->text(3),
                     .day = rows->day(0),
                     .quantity = rows->real(2),
                     .revenue = rows->real(4),
                     .orders = rows->real(5),
                     .average_price = rows->real(6),
                     .views = rows->real(7),
                     .carts = rows->real(8),
                     .returned_quantity = rows->real(9)}));
  }
}

Result<Series> series_of_file(Engine& engine, const std::string& data, SeriesBuilder builder) {
  std::error_code error;
  const std::filesystem::path path = data;
  if (!std::filesystem::exists(path, error)) {
    return fail(Fault::not_found, format("there is no such file or folder: {}", data));
  }
  const bool folder = std::filesystem::is_directory(path, error);
  const SqlParameters parameters = {{"path", folder ? (path / "**" / "*.parquet").string() : data}};
  auto series =
      series_of(engine, "read_parquet($path, union_by_name = true)", parameters, std::nullopt, std::move(builder));
  return series ? std::move(series) : fail(std::move(series).error(), format("could not read {}", data));
}

}  // namespace

std::filesystem::path daily_sales_path(const Context& context, const std::string& data) {
  return data.empty() ? context.lake_folder() / "gold" / "daily_sales" : std::filesystem::path(data);
}

Result<Series> load_daily_sales(const Context& context, const std::string& data) {
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context, "daily_sales"));
  SeriesBuilder builder;
  if (const auto& promotions = context.settings.ml.promotions; !promotions.empty()) {
    TRY(add_promotions(warehouse->engine(), promotions, builder));
  }
  if (!data.empty()) {
    return series_of_file(warehouse->engine(), data, std::move(builder));
  }
  ASSIGN_OR_RETURN(const std::optional<Day> as_of, gold_as_of(warehouse->store()));
  if (!as_of) {
    return fail(Fault::not_found,
                format("there is no gold in {} yet: run millrace batch first", context.lake_folder().string()));
  }
  return series_of(warehouse->engine(), "daily_sales", {}, as_of, std::move(builder));
}

}  // namespace millrace
