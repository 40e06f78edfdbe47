// Forecasts in the lake: `gold/demand_predictions/as_of_date=…/<horizon>.<model>.<version>.parquet`.
//
// A run replaces what was there for the same (as_of_date, horizon, model name, model version), whole, and nothing else:
// these four are the file's name. Errors: of the store. Thread rule: a free function.
#pragma once

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

/// The file's path below the lake.
Result<std::string> write_predictions(ObjectStore& store, const PredictionRun& run,
                                      std::span<const PredictionRow> rows);

}  // namespace millrace
