// Removing old segments of the embedded log, as Kafka does it: whole segments, oldest first, never the newest.
//
// By size: while the segments behind the oldest one still hold at least `bytes` together, the oldest goes; so at least
// that much is kept. By age: a segment goes when its last append (the file's modification time) is older than `age`.
// Both stop at the first segment that stays, so that no gap appears. A reader that has a segment open reads it to its
// end; one that comes too late is told which offsets are missing.
// Errors: unavailable where a file cannot be removed. Thread rule: the caller holds the partition's lock.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "ingest/log_folder.h"

namespace millrace {

/// None: without limit.
struct Retention {
  std::optional<std::int64_t> bytes;
  std::optional<Duration> age;
};

/// `segments` are all segments of the partition in ascending order. Returns how many of them, from the front, it
/// removed.
Result<std::size_t> remove_old_segments(const std::vector<LogSegment>& segments, const Retention& retention,
                                        Instant now);

}  // namespace millrace
