// What a start does for commits that a crash cut short.
//
// Thread rule: safe beside other writers: a living writer's staging folder is left alone, and publishing twice is the
// same as once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lake/commit_log.h"
#include "lake/object_store.h"

namespace millrace {

/// `_staging/<writer>.lock`, held by a living writer.
std::string writer_claim(const std::string& writer);
/// `_staging/<writer>/<topic>/<partition>/<sequence>`
std::string staging_folder(const std::string& writer, const std::string& topic, Partition partition,
                           std::int64_t sequence);
/// `_staging/<writer>/<topic>/<partition>`: of all commits
std::string staging_folder(const std::string& writer, const std::string& topic, Partition partition);

/// Moves the files that the record replaces to `_trash`, gives its own files and state their final names, and removes
/// its staging folder. Again is harmless. Fault corrupt where a file of its own is gone, and not replaced since either.
Result<void> publish(ObjectStore& store, const CommitRecord& record);
/// As publish(), but what can be made again from bronze may be gone.
Result<void> publish_to_rebuild(ObjectStore& store, const CommitRecord& record);

/// Where a file stands that the record replaces: in its place, as long as the record is not published, or in `_trash`.
Result<std::string> present_path(ObjectStore& store, const CommitRecord& record, const std::string& path);

/// Publishes what this writer committed and removes the rest of its staging folder. On an error everything stays as it
/// is for the next try.
Result<void> settle_writer(ObjectStore& store, const std::string& writer);

/// Settles all writers that are gone.
Result<void> sweep_staging(ObjectStore& store);

/// Those that have a claim: after a sweep, those that live.
Result<std::vector<std::string>> claimed_writers(ObjectStore& store);

/// Where a file that was replaced in the last minutes waits; none where it does not.
Result<std::optional<std::string>> find_in_trash(ObjectStore& store, const std::string& path);

/// Removes replaced files that no reader can be at work on any more.
Result<void> empty_trash(ObjectStore& store, Instant now);

}  // namespace millrace
