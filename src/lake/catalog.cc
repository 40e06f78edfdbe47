#include "lake/catalog.h"

#include <utility>

#include "lake/tables.h"

namespace millrace {
namespace {

Result<bool> is_published(ObjectStore& store, const CommitRecord& record) {
  for (const DataFile& file : record.added) {
    ASSIGN_OR_RETURN(const bool there, store.exists(file.path));
    if (!there) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<DataFile> present_files(const std::vector<CommitRecord>& records) {
  std::map<std::string_view, const DataFile*> by_path;
  for (const CommitRecord& record : records) {
    for (const std::string& path : record.removed) {
      by_path.erase(path);
    }
    for (const DataFile& file : record.added) {
      by_path[file.path] = &file;
    }
  }
  std::vector<DataFile> files;
  files.reserve(by_path.size());
  for (const auto& [path, file] : by_path) {
    files.push_back(*file);
  }
  return files;
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
      ASSIGN_OR_RETURN(std::vector<CommitRecord> records, CommitLog(store, topic, partition).all());
      if (!records.empty()) {
        ASSIGN_OR_RETURN(const bool published, is_published(store, records.back()));
        if (!published) {
          records.pop_back();
        }
      }
      for (DataFile& file : present_files(records)) {
        files[file.table].push_back(std::move(file));
      }
    }
  }
  return files;
}

}  // namespace millrace
