// What the shop says about buying a product: the configuration's section `reorder`, and for products of the catalog
// their own lead time and stock.
//
// Errors: those of the engine. Thread rule: a ReorderCatalog is a constant.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "cli/command.h"
#include "forecast/reorder.h"

namespace millrace {

struct CatalogStock {
  std::optional<int> lead_time_days;
  std::optional<std::int64_t> stock;  // pieces
};

class ReorderCatalog {
 public:
  /// Reads the table product_catalog; empty where the shop has none.
  static Result<ReorderCatalog> load(const Context& context);

  ReorderRules rules_of(const std::string& product_id) const;
  std::optional<std::int64_t> stock_of(const std::string& product_id) const;

 private:
  ReorderRules usual_;
  std::map<std::string, CatalogStock, std::less<>> products_;
};

}  // namespace millrace
