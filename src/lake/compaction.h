// Which of a partition's files are merged into one, and the merging.
//
// A folder with more than `files_max` files has its smallest ones merged, and with them each next one that is at most
// twice as large as those before it together: so sizes stay far apart, and a row is written again a number of times
// that grows with the logarithm of a folder's size, and not with it. Files above `bytes_max` are left as they are. The
// commit that swaps the files is LakePartition's (lake.h). Errors: those of the store. Thread rule: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/object_store.h"
#include "lake/partition_files.h"

namespace millrace {

struct CompactionOptions {
  std::size_t files_max = 8;  // of one partition in one folder; 0: never compact
  std::int64_t bytes_max = std::int64_t{128} << 20;
  std::string table = {};  // this one alone, `silver/cleaned_events`; empty: all
};

/// Files of one folder that become one.
struct Merge {
  std::string folder;
  std::vector<DataFile> files;
};

std::vector<Merge> plan_merges(const PartitionFiles& files, const CompactionOptions& options);

/// Writes the rows of the merge's files to `path`, which is durable when it returns; one file after the other, each in
/// its order. Memory: two row groups.
Result<DataFile> merge_files(ObjectStore& store, const Merge& merge, const std::string& staged_path,
                             const std::string& final_path);

}  // namespace millrace
