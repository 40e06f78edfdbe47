// The embedded log on disk: where its files are and what their names say. CONTRACT.md, "The embedded log".
//
//   <log folder>/<topic>/<partition>/<first offset, 20 digits>.ndjson   a segment: one record a line
//   <log folder>/<topic>/<partition>/.lock                              held while a producer writes
//   (partition_writer.h)
//
// A partition is the sequence of its segments; a record's offset is the first offset of its segment plus the number of
// lines before it. Other names in these folders are nobody's business and are passed over.
// Errors: those of base/files.h. Thread rule: free functions, safe everywhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "event/event.h"

namespace millrace {

/// A file that holds the records from offset `first` on.
struct LogSegment {
  Offset first;
  fs::path path;
};

/// Fault invalid unless it is a name that Kafka takes too: 1 to 249 of A–Z a–z 0–9 . _ - and neither "." nor "..".
Result<void> check_topic_name(std::string_view topic);

fs::path partition_folder(const fs::path& topic_folder, Partition partition);

/// `00000000000000004711.ndjson`
std::string segment_name(Offset first);
/// The first offset of a segment with this name; none where it is not the name of a segment.
std::optional<Offset> segment_offset(std::string_view name);

/// In ascending order; nothing where the folder does not exist.
Result<std::vector<Partition>> list_partitions(const fs::path& topic_folder);
Result<std::vector<LogSegment>> list_segments(const fs::path& partition_folder);

/// Creates a topic with the partitions 0 … count - 1, all of them or none, on disk when it returns; nothing to do where
/// it has partitions already. Several processes may create the same topic at once.
Result<void> create_topic(const fs::path& topic_folder, Partition count);

}  // namespace millrace
