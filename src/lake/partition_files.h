// The files of a partition that its commit records leave present: all that were added and not removed again.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/commit_record.h"

namespace millrace {

class PartitionFiles {
 public:
  /// The next record's additions and removals. Records come in their order.
  void apply(const CommitRecord& record);
  /// By path.
  std::vector<DataFile> all() const;
  /// By Hive folder, `silver/cleaned_events/event_date=2024-01-15/category=Books`.
  using ByFolder = std::map<std::string, std::vector<DataFile>, std::less<>>;
  ByFolder by_folder() const;

 private:
  std::map<std::string, DataFile, std::less<>> by_path_;
};

}  // namespace millrace
