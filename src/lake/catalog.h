// Which files belong to a table, by the commit records: for every reader of the lake.
//
// A commit's files are all there or none: the newest commit of a partition is left out while its files are still being
// published (or wait for the next start, after a crash). So two readings never disagree backwards. Compaction may move
// a file away between the reading and the opening: a reader who finds one missing looks into the trash (recovery.h).
// Errors: those of the commit log. Thread rule: free functions, safe beside writers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/commit_log.h"
#include "lake/object_store.h"

namespace millrace {

/// Committed files by table. Every table of the stream has an entry.
using CommittedFiles = std::map<std::string, std::vector<DataFile>, std::less<>>;

Result<CommittedFiles> committed_files(ObjectStore& store);

/// What a partition's records, from the oldest on, leave present: all files added and not removed again.
std::vector<DataFile> present_files(const std::vector<CommitRecord>& records);

}  // namespace millrace
