#include "lake/catalog.h"

#include <set>
#include <string_view>
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
Result<std::vector<DataFile>> partition_files(ObjectStore& store, CommitLog& commits) {
  ASSIGN_OR_RETURN(const std::vector<CommitRecord> records, commits.from_checkpoint());
  if (records.empty()) {
    return std::vector<DataFile>();
  }
  const CommitRecord& newest = records.back();
  ASSIGN_OR_RETURN(const bool published, is_published(store, newest));
  if (published) {
    return present_files(records);
  }
  ASSIGN_OR_RETURN(const std::vector<CommitRecord> before, commits.from_checkpoint(newest.sequence));
  std::vector<DataFile> files = present_files(before);
  if (!newest.removed.empty()) {
    const std::set<std::string_view> removed(newest.removed.begin(), newest.removed.end());
    for (DataFile& file : files) {
      if (removed.contains(file.path)) {
        ASSIGN_OR_RETURN(file.path, present_path(store, newest, file.path));
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
      CommitLog commits(store, topic, partition);
      ASSIGN_OR_RETURN(std::vector<DataFile> present, partition_files(store, commits));
      for (DataFile& file : present) {
        files[file.table].push_back(std::move(file));
      }
    }
  }
  return files;
}

}  // namespace millrace
