// What each day of gold is computed from, as one number that differs when any of it does.
//
// A day of the shop touches the silver and late files of up to three UTC days, the files of history with a sale on it,
// the categories of history's products, and which of its late records with an event_id count (late_ids.h).
// Errors: of the engine. Thread rule: as the engine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "lake/catalog.h"
#include "warehouse/engine.h"

namespace millrace {

struct DayInputs {
  std::uint64_t number = 0;  // the same inputs give the same
  std::int64_t rows = 0;     // about so many facts
};

/// Precondition: the views, the dialect's macros, the variable time_zone and the tables product_categories and
/// late_ids are there.
Result<std::map<Day, DayInputs>> gold_inputs(Engine& engine, const CommittedFiles& committed,
                                             const std::vector<std::string>& history_files,
                                             const std::string& time_zone);

}  // namespace millrace
