#include "lake/catalog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "lake/partition_files.h"
#include "lake/recovery.h"
#include "lake/tables.h"

namespace millrace {
namespace {

Result<bool> is_published(ObjectStore& store, const CommitRecord& record) {
  for (const DataFile& file : record.added) {
    ASSIGN_OR_RETURN(const bool there, store.exists(file.path));
    if (!there) {
      ASSIGN_OR_RETURN(const auto replaced, find_in_trash(store, file.path));
      if (!replaced) {
        return false;
      }
    }
  }
  return true;
}

/// The files of a partition as of its newest commit that is published whole.
Result<std::vector<DataFile>> partition_files(ObjectStore& store, std::vector<CommitRecord> records) {
  std::optional<CommitRecord> unpublished;
  if (!records.empty()) {
    ASSIGN_OR_RETURN(const bool published, is_published(store, records.back()));
    if (!published) {
      unpublished = std::move(records.back());
      records.pop_back();
    }
  }
  std::vector<DataFile> files = present_files(records);
  if (unpublished && !unpublished->removed.empty()) {
    for (DataFile& file : files) {
      if (std::ranges::find(unpublished->removed, file.path) != unpublished->removed.end()) {
        ASSIGN_OR_RETURN(file.path, present_path(store, *unpublished, file.path));
      }
    }
  }
  return files;
}

}  // namespace

std::vector<DataFile> present_files(const std::vector<CommitRecord>& records) {
  PartitionFiles files;
  for (const CommitRecord& record : records) {
    files.apply(record);
  }
  return files.all();
}

Result<CommittedFiles> committed_files(ObjectStore& store) {
  CommittedFiles files;
  for (const TableSpec* table : stream_tables()) {
    files[std::string(table->name)];
  }
  ASSIGN_OR_RETURN(const auto topics, CommitLog::topics(store));
  for (const std::string& topic : topics) {
    ASSIGN_OR_RETURN(const auto partitions, CommitLog::partitions(store, topic));
    for (const Partition partition : partitions) {
      ASSIGN_OR_RETURN(std::vector<CommitRecord> records, CommitLog(store, topic, partition).from_checkpoint());
      ASSIGN_OR_RETURN(std::vector<DataFile> present, partition_files(store, std::move(records)));
      for (DataFile& file : present) {
        files[file.table].push_back(std::move(file));
      }
    }
  }
  return files;
}

}  // namespace millrace
