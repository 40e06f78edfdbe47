// A partition's records read again from bronze, as the log that they once came from: what `rebuild` streams.
//
// Bronze keeps the fields of a record as received and not its bytes, so a record that was accepted is put together
// again as JSON that decodes to the same fields; one that was rejected stands in quarantine as it was. A batch holds
// records that were received at one time, so that future_event decides as it did. Rows are asked for in intervals of
// offsets, which bounds the memory, whatever the partition holds.
// Errors: corrupt where a record is missing, stands twice, or was rejected and is not in quarantine; the engine's.
// Thread rule: as the engine; one reader at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ingest/event_log.h"
#include "warehouse/engine.h"

namespace millrace {

/// What the lake has of a partition.
struct BronzeSource {
  Partition partition = 0;
  Offset first = 0;
  LogPosition end;
  std::vector<std::string> bronze;      // the partition's files, as the engine finds them
  std::vector<std::string> quarantine;  // likewise; may be none
  /// Only the accepted records of this outcome that stand in these files; not all from the first to the end.
  std::optional<Outcome> only = std::nullopt;
};

class BronzeLog final : public EventLog {
 public:
  /// The engine lives longer. An interval is so many offsets.
  BronzeLog(Engine& engine, BronzeSource source, std::int64_t interval = 500'000);

  Result<std::vector<Partition>> partitions() override { return std::vector{source_.partition}; }
  /// From the first record; there is no other place to begin.
  Result<std::unique_ptr<PartitionReader>> open(Partition partition, std::optional<LogPosition> from,
                                                ReadTo to) override;
  Result<Offset> end_offset(Partition) override { return source_.end.offset; }

 private:
  Engine& engine_;
  const BronzeSource source_;
  const std::int64_t interval_;
};

}  // namespace millrace
