// Decoded records and windows as rows of the lake's tables, column by column in the order of tables.cc.
//
// Thread rule: free functions; a Table belongs to one thread at a time.
#pragma once

#include "event/decode.h"
#include "lake/columns.h"
#include "stream/windows.h"

namespace millrace {

/// `received`: the ingest_time. Bronze keeps every record.
void append_bronze(Table& table, Partition partition, Instant received, const DecodedRecord& record);
/// Silver's row; where the table is late_events, with the category as a column.
void append_event(Table& table, Partition partition, const DecodedRecord& record);
void append_quarantine(Table& table, Partition partition, Instant received, const DecodedRecord& record);
void append_window(Table& table, Duration width, const WindowRow& row);

}  // namespace millrace
