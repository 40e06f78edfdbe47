#include "lake/partition_files.h"

namespace millrace {

void PartitionFiles::apply(const CommitRecord& record) {
  if (record.present) {
    by_path_.clear();
    for (const DataFile& file : *record.present) {
      by_path_[file.path] = file;
    }
    return;
  }
  for (const std::string& path : record.removed) {
    by_path_.erase(path);
  }
  for (const DataFile& file : record.added) {
    by_path_[file.path] = file;
  }
}

std::vector<DataFile> PartitionFiles::all() const {
  std::vector<DataFile> files;
  files.reserve(by_path_.size());
  for (const auto& [path, file] : by_path_) {
    files.push_back(file);
  }
  return files;
}

PartitionFiles::ByFolder PartitionFiles::by_folder() const {
  ByFolder folders;
  for (const auto& [path, file] : by_path_) {
    folders[path.substr(0, path.rfind('/'))].push_back(file);
  }
  return folders;
}

}  // namespace millrace
