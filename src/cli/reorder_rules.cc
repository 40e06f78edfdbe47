#include "cli/reorder_rules.h"

#include "cli/warehouse.h"

namespace millrace {

Result<ReorderCatalog> ReorderCatalog::load(const Context& context) {
  constexpr const char* kQuery =
      "select product_id, lead_time_days, stock from product_catalog "
      "where lead_time_days is not null or stock is not null";
  ReorderCatalog catalog;
  const ReorderSettings& settings = context.settings.reorder;
  catalog.usual_ = {.lead_time_days = settings.lead_time_days,
                    .service_level = settings.service_level,
                    .order_days = settings.order_days};
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context, kQuery));
  ASSIGN_OR_RETURN(const auto rows, warehouse->engine().query(kQuery, {}));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      return catalog;
    }
    CatalogStock& product = catalog.products_[std::string(rows->text(0))];
    if (!rows->is_null(1)) {
      product.lead_time_days = static_cast<int>(rows->integer(1));
    }
    if (!rows->is_null(2)) {
      product.stock = rows->integer(2);
    }
  }
}

ReorderRules ReorderCatalog::rules_of(const std::string& product_id) const {
  ReorderRules rules = usual_;
  if (const auto found = products_.find(product_id); found != products_.end() && found->second.lead_time_days) {
    rules.lead_time_days = *found->second.lead_time_days;
  }
  return rules;
}

std::optional<std::int64_t> ReorderCatalog::stock_of(const std::string& product_id) const {
  const auto found = products_.find(product_id);
  return found != products_.end() ? found->second.stock : std::nullopt;
}

}  // namespace millrace
