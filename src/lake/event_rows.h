// Decoded records and windows as rows of the lake's tables, column by column in the order of tables.cc.
//
// Thread rule: free functions; a Table belongs to one thread at a time.
#pragma once

#include <span>

#include "event/decode.h"
#include "lake/columns.h"
#include "stream/windows.h"

namespace millrace {

/// Some records of a batch, by their indexes, in order.
struct PickedRecords {
  const DecodedBatch& batch;
  std::span<const std::uint32_t> indexes;
};

/// Bronze keeps every record.
void append_bronze(Table& table, Partition partition, const PickedRecords& picked);
/// Silver's rows; where the table is late_events, with the category as a column. Precondition: no rejected records.
void append_events(Table& table, Partition partition, const PickedRecords& picked);
void append_quarantine(Table& table, Partition partition, const PickedRecords& picked);
void append_windows(Table& table, Duration width, std::span<const WindowRow> rows);

}  // namespace millrace
