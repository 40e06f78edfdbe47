// A partition's commit records in the lake: `_commits/<topic>/<partition>/<sequence, 20 digits>.json`.
//
// append() is the fence: it creates record n + 1 only if nobody else did. So records are never changed, and never go: a
// writer that slept through a thousand commits finds its number taken. Readers begin at the newest checkpoint, which
// says which files the records before it left present.
// Errors: conflict where another writer appended first; corrupt where records are missing or unreadable.
// Thread rule: safe everywhere (no state but the store's).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lake/commit_record.h"
#include "lake/object_store.h"

namespace millrace {

class CommitLog {
 public:
  CommitLog(ObjectStore& store, std::string topic, Partition partition);

  /// The newest checkpoint, or the first record, and all behind it; none where nothing was ever committed. As it was
  /// before record `end`, where one is given.
  Result<std::vector<CommitRecord>> from_checkpoint(std::optional<std::int64_t> end = std::nullopt);
  Result<CommitRecord> read(std::int64_t sequence);
  Result<void> append(const CommitRecord& record);
  /// Removes the states before a checkpoint, which nobody reads any more, and the runs that are not among `kept_runs`.
  Result<void> remove_states_before(std::int64_t checkpoint, const std::set<std::string>& kept_runs);
  /// What a conflict at this record means for its writer.
  std::string words_on_conflict(std::int64_t sequence) const;

  /// Where the state of a commit stands once it is published.
  std::string state_path(std::int64_t sequence) const;
  /// Where a file of the state stands, by its name.
  std::string run_path(const std::string& name) const;

  /// Topics, and the partitions of a topic, that have commit records.
  static Result<std::vector<std::string>> topics(ObjectStore& store);
  static Result<std::vector<Partition>> partitions(ObjectStore& store, const std::string& topic);

 private:
  Result<std::vector<std::int64_t>> sequences();
  std::string record_path(std::int64_t sequence) const;

  ObjectStore& store_;
  std::string topic_;
  Partition partition_;
  std::string folder_;
};

}  // namespace millrace
