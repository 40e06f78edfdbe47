// A table that is one Parquet file, replaced as a whole: readers see the old rows or the new ones.
//
// Errors: of the engine and the disk. Thread rule: as the engine.
#pragma once

#include <string>

#include "lake/local_store.h"
#include "warehouse/engine.h"

namespace millrace {

/// Writes one SELECT's rows to `staged`, makes them durable, and gives them the name `final_name`; both below the lake.
Result<void> write_table_file(Engine& engine, LocalStore& store, const std::string& sql,
                              const SqlParameters& parameters, const std::string& staged,
                              const std::string& final_name);

}  // namespace millrace
