// A partition's commit records in the lake: `_commits/<topic>/<partition>/<sequence, 20 digits>.json`.
//
// append() is the fence: it creates record n + 1 only if nobody else did. Records are never changed. The oldest ones go
// when a checkpoint among the later ones says which files they left present (prune()).
// Errors: conflict where another writer appended first; corrupt where records are missing or unreadable.
// Thread rule: safe everywhere (no state but the store's).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lake/commit_record.h"
#include "lake/object_store.h"

namespace millrace {

class CommitLog {
 public:
  CommitLog(ObjectStore& store, std::string topic, Partition partition);

  /// From the oldest that is left to the newest; none where nothing was ever committed.
  Result<std::vector<CommitRecord>> all();
  Result<CommitRecord> read(std::int64_t sequence);
  Result<void> append(const CommitRecord& record);
  /// Removes the records before a checkpoint, and their states; the oldest first.
  Result<void> prune(std::int64_t checkpoint);
  /// What a conflict at this record means for its writer.
  std::string words_on_conflict(std::int64_t sequence) const;

  /// Where the state of a commit stands once it is published.
  std::string state_path(std::int64_t sequence) const;

  /// Topics, and the partitions of a topic, that have commit records.
  static Result<std::vector<std::string>> topics(ObjectStore& store);
  static Result<std::vector<Partition>> partitions(ObjectStore& store, const std::string& topic);

 private:
  Result<std::vector<CommitRecord>> read_all();
  Result<std::vector<std::int64_t>> sequences();
  std::string record_path(std::int64_t sequence) const;

  ObjectStore& store_;
  std::string topic_;
  Partition partition_;
  std::string folder_;
};

}  // namespace millrace
