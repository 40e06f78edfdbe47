#include "warehouse/product_catalog.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/nearest.h"
#include "warehouse/sql_text.h"
#include "warehouse/table_file.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 6> kColumns = {"product_id", "name",           "category",
                                                      "cost",       "lead_time_days", "stock"};
constexpr const char* kStaged = "_staging/catalog/products.parquet";
constexpr const char* kFinal = "catalog/products/products.parquet";

class Import {
 public:
  Import(Engine& engine, LocalStore& store, const std::filesystem::path& file)
      : engine_(engine), store_(store), file_(file) {}

  Result<CatalogImport> run() {
    TRY(read_file());
    TRY(check_columns());
    TRY(engine_.run(format("create or replace temp table judged_products as {}", sql_text("import/product_catalog"))));
    TRY(count_defects());
    ASSIGN_OR_RETURN(const auto rows,
                     engine_.query("select count(*)::bigint from judged_products where defect is null", {}));
    TRY(rows->next());
    imported_.products = rows->integer(0);
    if (imported_.products == 0) {
      return fail(Fault::invalid, format("there is no product in the catalog: {}{}", file_.string(), first_defect()));
    }
    TRY(write());
    TRY(engine_.run("drop table judged_products; drop table catalog_file; drop view given_products"));
    return imported_;
  }

 private:
  Result<void> read_file() {
    const bool is_parquet = file_.extension() == ".parquet";
    const std::string_view source =
        is_parquet ? "read_parquet($file)" : "read_csv($file, header = true, all_varchar = true, strict_mode = false)";
    const auto rows = engine_.query(
        format("create or replace temp table catalog_file as select row_number() over () as \"row\", * from {}",
               source),
        {{"file", file_.string()}});
    return rows ? Result<void>() : fail(rows.error(), format("could not read the catalog {}", file_.string()));
  }

  Result<void> check_columns() {
    ASSIGN_OR_RETURN(const auto rows, engine_.query("select column_name from (describe catalog_file)", {}));
    std::vector<std::string> found;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, rows->next());
      if (!more) {
        break;
      }
      found.emplace_back(rows->text(0));
    }
    found.erase(found.begin());  // the row's number
    std::string columns;
    for (const std::string_view column : kColumns) {
      const bool is_there = std::ranges::find(found, column) != found.end();
      columns += is_there ? format(", nullif(trim({}::varchar), '') as {}", column, column)
                          : format(", null::varchar as {}", column);
    }
    if (std::ranges::find(found, kColumns.front()) == found.end()) {
      const auto nearest = nearest_name(std::string(kColumns.front()), found);
      return fail(Fault::invalid,
                  format("a catalog needs a column product_id{}: {}",
                         nearest ? format(" (did you mean the column {}?)", *nearest) : "", file_.string()));
    }
    std::ranges::copy_if(found, std::back_inserter(imported_.unknown_columns),
                         [](const std::string& name) { return std::ranges::find(kColumns, name) == kColumns.end(); });
    return engine_.run(
        format("create or replace temp view given_products as select \"row\"{} from catalog_file", columns));
  }

  Result<void> count_defects() {
    ASSIGN_OR_RETURN(const auto rows,
                     engine_.query("select defect, count(*)::bigint, min(\"row\")::bigint from judged_products where "
                                   "defect is not null group by defect order by defect",
                                   {}));
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, rows->next());
      if (!more) {
        return {};
      }
      imported_.defects.push_back(
          {.reason = std::string(rows->text(0)), .rows = rows->integer(1), .first_row = rows->integer(2)});
    }
  }

  std::string first_defect() const {
    return imported_.defects.empty()
               ? ""
               : format(" (row {}: {})", imported_.defects.front().first_row, imported_.defects.front().reason);
  }

  Result<void> write() {
    return write_table_file(engine_, store_,
                            "select product_id, name, category, cost, lead_time_days, stock from judged_products "
                            "where defect is null order by product_id",
                            {}, kStaged, kFinal);
  }

  Engine& engine_;
  LocalStore& store_;
  const std::filesystem::path& file_;
  CatalogImport imported_;
};

}  // namespace

Result<CatalogImport> import_product_catalog(Engine& engine, LocalStore& store, const std::filesystem::path& file) {
  return Import(engine, store, file).run();
}

}  // namespace millrace
