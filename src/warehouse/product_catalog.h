// The shop's products, from a file of its own: `catalog/products/products.parquet`, the view product_catalog.
//
// The file is CSV with a header, plain or .gz, or Parquet. Its columns, in any order: product_id, and of name,
// category, cost (money), lead_time_days and stock (units) those that it has; others are left out. An import takes the
// place of the one before, whole. A row that is no product is counted by reason, with the place of the first. Errors:
// invalid where the file has no product_id, or no row that is a product; of the engine, which names the line of a CSV
// that it cannot read; of the store. Source: CONTRACT.md, "Gold". Thread rule: as the engine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lake/local_store.h"
#include "warehouse/engine.h"

namespace millrace {

struct CatalogDefect {
  std::string reason;
  std::int64_t rows = 0;
  std::int64_t first_row = 0;  // from 1, the header not counted
};

struct CatalogImport {
  std::int64_t products = 0;
  std::vector<CatalogDefect> defects;        // by reason
  std::vector<std::string> unknown_columns;  // that were left out
};

Result<CatalogImport> import_product_catalog(Engine& engine, LocalStore& store, const std::filesystem::path& file);

}  // namespace millrace
