#include "ingest/local_position.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"

namespace millrace {
namespace {

constexpr std::string_view kWhatToDo = "restore the log from a copy, or begin with a new data folder";

std::optional<std::int64_t> count_in(const Json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_number_integer()) {
    return std::nullopt;
  }
  const auto count = found->get<std::int64_t>();
  return count >= 0 ? std::optional(count) : std::nullopt;
}

std::optional<std::uint64_t> hash_in(const Json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string()) {
    return std::nullopt;
  }
  const auto& text = found->get_ref<const std::string&>();
  std::uint64_t hash = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return hash;
}

/// The last record's digest as the segment holds it now; none where no line of that length ends at `position.byte`.
Result<std::optional<RecordDigest>> last_record_of(const File& segment, const LocalPosition& position,
                                                   std::size_t hashed_bytes_max) {
  const std::int64_t start = position.byte - 1 - position.last->bytes;
  if (start < 0) {
    return std::nullopt;
  }
  char newline = '\n';
  if (start > 0) {
    ASSIGN_OR_RETURN(const std::size_t got, segment.read_at(start - 1, {&newline, 1}));
    if (got != 1 || newline != '\n') {
      return std::nullopt;
    }
  }
  ASSIGN_OR_RETURN(const std::size_t got, segment.read_at(position.byte - 1, {&newline, 1}));
  if (got != 1 || newline != '\n') {
    return std::nullopt;
  }
  std::string bytes(std::min(static_cast<std::size_t>(position.last->bytes), hashed_bytes_max), '\0');
  ASSIGN_OR_RETURN(const std::size_t bytes_read, segment.read_at(start, bytes));
  if (bytes_read != bytes.size() || bytes.contains('\n')) {
    return std::nullopt;
  }
  return RecordDigest{position.last->bytes, hash_of_record(bytes)};
}

}  // namespace

std::uint64_t hash_of_record(std::string_view bytes) { return hash64(bytes.substr(0, kRecordBytesMax + 1)); }

Json to_json(const RecordDigest& digest) {
  return {{"last_bytes", digest.bytes}, {"last_hash", format("{:016x}", digest.hash)}};
}

std::optional<RecordDigest> digest_in(const Json& document) {
  const auto bytes = count_in(document, "last_bytes");
  const auto hash = hash_in(document, "last_hash");
  return bytes && hash ? std::optional(RecordDigest{*bytes, *hash}) : std::nullopt;
}

std::string to_text(const LocalPosition& position) {
  Json document = {{"segment", position.segment}, {"byte", position.byte}};
  if (position.last) {
    document.update(to_json(*position.last));
  }
  return document.dump();
}

Result<LocalPosition> parse_local_position(std::string_view text) {
  ASSIGN_OR_RETURN(const Json document, parse_json(text, "position in the embedded log"));
  const auto segment = document.is_object() ? count_in(document, "segment") : std::nullopt;
  const auto byte = document.is_object() ? count_in(document, "byte") : std::nullopt;
  if (!segment || !byte) {
    return fail(Fault::corrupt, format("a position in the embedded log names a segment and a byte: {}", text));
  }
  LocalPosition position{*segment, *byte, std::nullopt};
  if (document.contains("last_bytes") || document.contains("last_hash")) {
    position.last = digest_in(document);
    if (!position.last) {
      return fail(Fault::corrupt,
                  format("a position in the embedded log names its last record's length and hash: {}", text));
    }
  }
  return position;
}

Result<void> verify_position(const File& segment, const LocalPosition& position, std::size_t hashed_bytes_max) {
  ASSIGN_OR_RETURN(const std::int64_t size, segment.size());
  if (size < position.byte) {
    return fail(Fault::corrupt,
                format("the log is shorter than what was committed ({}): \"{}\" has {} bytes, and {} were committed",
                       kWhatToDo, segment.path().string(), size, position.byte));
  }
  if (!position.last) {
    return {};
  }
  ASSIGN_OR_RETURN(const auto last, last_record_of(segment, position, hashed_bytes_max));
  if (last != position.last) {
    return fail(Fault::corrupt, format("the log differs from what was committed ({}): \"{}\", in the record of {} "
                                       "bytes that ended at byte {}",
                                       kWhatToDo, segment.path().string(), position.last->bytes, position.byte));
  }
  return {};
}

}  // namespace millrace
