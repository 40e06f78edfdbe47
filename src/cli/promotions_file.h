// The shop's planned promotions, `ml.promotions`: a CSV with a header, plain or .gz, or Parquet.
//
// Columns, in any order: product_id, first_day, last_day (the last one with this price), price, and, where it has it,
// known_since, the day on which the promotion was announced; without it, it counts as known long before. Errors: the
// engine's where the file cannot be read; invalid for a missing column, and for a row that is no promotion, with its
// number; not_found where there is no such file. Thread rule: as the engine.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "forecast/series.h"
#include "warehouse/engine.h"

namespace millrace {

/// Adds all of them.
Result<void> add_promotions(Engine& engine, const std::filesystem::path& file, SeriesBuilder& builder);

}  // namespace millrace
