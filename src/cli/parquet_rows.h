// A Parquet file's rows as texts, for what reads tables whose columns have names of the shop's choosing.
//
// Each value as the engine prints it: a floating-point number that is whole without its `.0` (data frames turn customer
// numbers with gaps into such), NaN and null empty, an instant with Z at its end. Memory: one chunk of rows.
// Errors: not_found, invalid with the engine's words where the file is no Parquet. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "ingest/text_rows.h"

namespace millrace {

/// The file begins as Parquet does, whatever its name.
Result<bool> is_parquet(const std::filesystem::path& file);

Result<std::unique_ptr<TextRows>> open_parquet_rows(const std::filesystem::path& file);

}  // namespace millrace
