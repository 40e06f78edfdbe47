// What the embedded log writes into a LogPosition, and the check that the log still holds what was committed.
//
//   {"segment":0,"byte":178,"last_bytes":177,"last_hash":"1f0e9d8c7b6a5948"}
//
// `segment` is the first offset of the segment that holds the last record given, `byte` the place behind that record's
// newline, `last_bytes` its length and `last_hash` the XXH3 hash of its first kRecordBytesMax + 1 bytes (fewer where
// LocalLogOptions::record_bytes_max is smaller). Where no record was given yet, the last two are missing; where nothing
// at all is known but the offset, the text is empty.
// Errors: corrupt, with words that name the file and what to do. Thread rule: values and free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/json.h"
#include "event/event.h"

namespace millrace {

/// A record's length and the hash of its beginning.
struct RecordDigest {
  std::int64_t bytes = 0;
  std::uint64_t hash = 0;
  bool operator==(const RecordDigest&) const = default;
};

struct LocalPosition {
  Offset segment = 0;
  std::int64_t byte = 0;
  std::optional<RecordDigest> last;
  bool operator==(const LocalPosition&) const = default;
};

/// The hash that stands in a position. `bytes` are the record's first bytes, as a reader gives them.
std::uint64_t hash_of_record(std::string_view bytes);

/// What a position of any log says of the last record: {"last_bytes":177,"last_hash":"1f0e9d8c7b6a5948"}.
Json to_json(const RecordDigest& digest);
/// Nothing where the object has no such two.
std::optional<RecordDigest> digest_in(const Json& document);

std::string to_text(const LocalPosition& position);
Result<LocalPosition> parse_local_position(std::string_view text);

/// Whether `segment` still holds what was committed up to `position`: it is long enough, and the last record is there
/// with the same bytes. `hashed_bytes_max` is how much of a record its hash covers.
Result<void> verify_position(const File& segment, const LocalPosition& position, std::size_t hashed_bytes_max);

}  // namespace millrace
