// Forecasts in the lake: `gold/demand_predictions/as_of_date=…/<horizon>.<model>.<version>.parquet`, their sums by
// category in gold/category_predictions, and what to buy by them in gold/reorder_suggestions.
//
// A run replaces what was there for the same (as_of_date, horizon, model name, model version), whole, and nothing else:
// these four are the file's name. Errors: of the store. Thread rule: a free function.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "lake/object_store.h"

namespace millrace {

/// What the rows of a run have in common.
struct PredictionRun {
  Day as_of;
  std::string_view horizon;     // next_day or next_week
  std::string_view model_name;  // letters, digits and _
  std::int64_t model_version = 0;
  Instant created_at;
};

/// A product's day. Units: pieces.
struct PredictionRow {
  Day date;
  std::string_view product_id;
  std::string_view category;
  double mean = 0;
  double p10 = 0;
  double p50 = 0;
  double p90 = 0;
};

/// A category's day, or the whole shop's. Units: pieces.
struct CategoryPredictionRow {
  Day date;
  std::optional<std::string_view> category;  // none: the whole shop
  double mean = 0;
  double p10 = 0;
  double p50 = 0;
  double p90 = 0;
};

/// What to buy of a product. Units: days, pieces.
struct ReorderRow {
  std::string_view product_id;
  std::string_view category;
  int lead_time_days = 0;
  double service_level = 0;
  double lead_time_demand = 0;
  double safety_stock = 0;
  std::int64_t reorder_point = 0;
  std::optional<std::int64_t> stock;
  std::int64_t order_quantity = 0;
};

/// Each returns the file's path below the lake.
Result<std::string> write_predictions(ObjectStore& store, const PredictionRun& run,
                                      std::span<const PredictionRow> rows);
Result<std::string> write_category_predictions(ObjectStore& store, const PredictionRun& run,
                                               std::span<const CategoryPredictionRow> rows);
Result<std::string> write_reorder_suggestions(ObjectStore& store, const PredictionRun& run,
                                              std::span<const ReorderRow> rows);

}  // namespace millrace
