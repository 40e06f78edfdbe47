// Which late records with an event_id count in gold: the table late_ids (log_partition, log_offset, event_date).
//
// Silver may hold an id on any day. What was compared before is kept in `gold/_late_ids.parquet`: of each silver day a
// number for its rows, and the late records' ids that it holds; so only silver days that are new or changed are looked
// at. Earlier silver needs no look at all: the partition noted with a late record whether its id was there
// (id_was_in_silver); records of which it did not are compared with all days when they come.
// Errors: of engine and store. Thread rule: as the engine. Source: CONTRACT.md, "Gold"; sql/gold/late_ids.sql.
#pragma once

#include <string>

#include "lake/catalog.h"
#include "lake/local_store.h"
#include "warehouse/engine.h"

namespace millrace {

/// Precondition: the view of late events and the dialect's macros are there; silver's view is replaced, and its files
/// are kept as ViewOptions has it. `anew`: whatever was compared before.
Result<void> make_late_ids(Engine& engine, LocalStore& store, const CommittedFiles& committed,
                           const std::string& keep_below, bool anew);

}  // namespace millrace
