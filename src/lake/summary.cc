#include "lake/summary.h"

#include <algorithm>
#include <utility>

#include "lake/catalog.h"
#include "lake/tables.h"

namespace millrace {
namespace {

void count_files(const std::vector<CommitRecord>& records, LakeSummary& summary) {
  for (const DataFile& file : present_files(records)) {
    TableSummary& table = summary.tables[file.table];
    ++table.files;
    table.rows += file.rows;
    table.bytes += file.bytes;
  }
}

}  // namespace

std::optional<Instant> LakeSummary::watermark(Duration behind) const {
  std::optional<Instant> slowest;
  for (const PartitionSummary& partition : partitions) {
    if (const auto high = partition.newest.high_mark) {
      slowest = slowest ? std::min(*slowest, *high - behind) : *high - behind;
    }
  }
  return slowest;
}

Result<LakeSummary> summarize(ObjectStore& store) {
  LakeSummary summary;
  for (const TableSpec* table : stream_tables()) {
    summary.tables[std::string(table->name)];
  }
  ASSIGN_OR_RETURN(const auto topics, CommitLog::topics(store));
  for (const std::string& topic : topics) {
    ASSIGN_OR_RETURN(const auto partitions, CommitLog::partitions(store, topic));
    for (const Partition partition : partitions) {
      ASSIGN_OR_RETURN(std::vector<CommitRecord> records, CommitLog(store, topic, partition).from_checkpoint());
      if (records.empty()) {
        continue;
      }
      count_files(records, summary);
      summary.partitions.push_back({.topic = topic, .partition = partition, .newest = std::move(records.back())});
    }
  }
  return summary;
}

}  // namespace millrace
