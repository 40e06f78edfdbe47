// What a start does for commits that a crash cut short.
//
// Thread rule: safe beside other writers: a living writer's staging folder is left alone, and publishing twice is the
// same as once.
#pragma once

#include <string>

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

/// Gives the record's files and state their final names, and removes its staging folder. Again is harmless.
Result<void> publish(ObjectStore& store, const CommitRecord& record);

/// Publishes what this writer committed and removes the rest of its staging folder. On an error everything stays as it
/// is for the next try.
Result<void> settle_writer(ObjectStore& store, const std::string& writer);

/// Settles all writers that are gone.
Result<void> sweep_staging(ObjectStore& store);

}  // namespace millrace
