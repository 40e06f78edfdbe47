// What stands in the lake, by its commit records: how far each partition is and how large each table.
//
// Reads only. Errors: those of the commit log. Thread rule: a free function, safe beside writers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/commit_log.h"
#include "lake/object_store.h"

namespace millrace {

struct PartitionSummary {
  std::string topic;
  Partition partition = 0;
  CommitRecord newest;

  std::int64_t commits() const { return newest.sequence + 1; }
  /// Every record is counted in exactly one outcome.
  bool conserved() const { return total(newest.totals) == newest.to.offset - newest.first; }
};

struct TableSummary {
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

struct LakeSummary {
  std::vector<PartitionSummary> partitions;
  std::map<std::string, TableSummary> tables;  // every table of the stream, also the empty ones

  /// So far behind the newest event of the slowest partition; nothing where no partition has one.
  std::optional<Instant> watermark(Duration behind) const;
};

Result<LakeSummary> summarize(ObjectStore& store);

}  // namespace millrace
