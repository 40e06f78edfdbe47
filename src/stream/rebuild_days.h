// Some days' events and windows of a partition made again from the records that were accepted, as they were decided on.
//
// Beside the events of the days, the commit holds the windows that were open: those of other days as rows, so that the
// state behind it has none open, and a window of the days is made from all its events. No deduplication, no lateness:
// `silver` and `late` say what became of a record. Memory: open windows.
// Errors: invalid where the present rules refuse a record that was accepted; those of the readers and the sink.
// Thread rule: a free function.
#pragma once

#include "stream/partition_task.h"

namespace millrace {

/// Rows that were written again.
struct Rebuilt {
  std::int64_t silver = 0;
  std::int64_t late = 0;
  std::int64_t window_rows = 0;
};

/// `silver` and `late` hold the days' records of that outcome, in order; `opened` is the partition they belong to.
Result<Rebuilt> rebuild_days(PartitionReader& silver, PartitionReader& late, OpenedPartition opened, DayRange days,
                             const StreamOptions& options);

}  // namespace millrace
