// Where a reader begins: at a committed position, at an offset, or at the oldest record.
#include <algorithm>

#include "base/format.h"
#include "ingest/local_reader.h"
#include "ingest/segment_lines.h"

namespace millrace {
namespace {

/// A listed segment that is gone when it is opened was removed by retention; a second look finds what is left.
constexpr int kLooksMax = 3;

/// Offsets [from, to) are not there any more.
std::unexpected<Error> fail_removed(Offset from, Offset to, const fs::path& folder) {
  return fail(Fault::corrupt, format("records of the log were removed before they were read (raise log.retention, and "
                                     "begin with a new lake or restore them): offsets {} to {} of \"{}\"",
                                     from, to - 1, folder.string()));
}

std::unexpected<Error> fail_shorter(Offset from, const fs::path& folder) {
  return fail(Fault::corrupt, format("the log is shorter than what was committed (restore it from a copy, or begin "
                                     "with a new data folder): \"{}\" has no offset {}",
                                     folder.string(), from - 1));
}

}  // namespace

Result<std::unique_ptr<PartitionReader>> LocalReader::open(fs::path folder, std::optional<LogPosition> from,
                                                           LocalLogOptions options, ReadTo to) {
  std::unique_ptr<LocalReader> reader(new LocalReader(std::move(folder), options));
  if (from) {
    TRY(reader->seek(*from));
  } else {
    ASSIGN_OR_RETURN([[maybe_unused]] const bool opened, reader->open_first_segment());
  }
  if (to == ReadTo::present_end) {
    TRY(reader->stop_at_present_end());
  }
  return reader;
}

Result<void> LocalReader::stop_at_present_end() {
  for (int look = 1;; ++look) {
    ASSIGN_OR_RETURN(const std::vector<LogSegment> segments, list_segments(folder_));
    if (segments.empty()) {
      end_ = End{.segment = -1, .byte = 0};  // before any segment that may come
      return {};
    }
    const Result<File> newest = File::open_to_read(segments.back().path);
    if (newest) {
      ASSIGN_OR_RETURN(const std::int64_t size, newest->size());
      end_ = End{.segment = segments.back().first, .byte = size};
      return {};
    }
    if (newest.error().fault != Fault::not_found || look == kLooksMax) {
      return std::unexpected(newest.error());
    }
  }
}

Result<void> LocalReader::seek(const LogPosition& from) {
  if (from.offset < 0) {
    return fail(Fault::invalid, format("an offset is not negative: {}", from.offset));
  }
  offset_ = from.offset;
  ASSIGN_OR_RETURN(const std::vector<LogSegment> segments, list_segments(folder_));
  if (!segments.empty() && segments.front().first > from.offset) {
    return fail_removed(from.offset, segments.front().first, folder_);
  }
  if (segments.empty()) {
    return from.offset == 0 ? Result<void>() : fail_shorter(from.offset, folder_);
  }
  if (from.details.empty()) {
    return seek_counting(segments);
  }
  ASSIGN_OR_RETURN(const LocalPosition committed, parse_local_position(from.details));
  return seek_verified(committed, segments);
}

Result<void> LocalReader::seek_verified(const LocalPosition& committed, const std::vector<LogSegment>& segments) {
  given_ = committed;
  const auto holder = std::ranges::find(segments, committed.segment, &LogSegment::first);
  if (holder != segments.end()) {
    ASSIGN_OR_RETURN(segment_, File::open_to_read(holder->path));
    segment_first_ = holder->first;
    byte_ = committed.byte;
    return verify_position(segment_, committed, std::min(options_.record_bytes_max, kRecordBytesMax) + 1);
  }
  // Retention removes whole segments from the front. That is fine where all of it was committed: then the oldest one
  // that is left begins exactly at the next record.
  if (segments.front().first == *offset_) {
    ASSIGN_OR_RETURN(segment_, File::open_to_read(segments.front().path));
    segment_first_ = *offset_;
    return {};
  }
  return fail(Fault::corrupt, format("a segment of the log is missing (restore it from a copy): \"{}\"",
                                     (folder_ / segment_name(committed.segment)).string()));
}

Result<void> LocalReader::seek_counting(const std::vector<LogSegment>& segments) {
  const auto behind = std::ranges::upper_bound(segments, *offset_, {}, &LogSegment::first);
  const LogSegment& holder = *std::prev(behind);
  ASSIGN_OR_RETURN(segment_, File::open_to_read(holder.path));
  ASSIGN_OR_RETURN(const std::optional<std::int64_t> byte, find_line(segment_, *offset_ - holder.first));
  if (!byte) {
    return fail_shorter(*offset_, folder_);
  }
  segment_first_ = holder.first;
  byte_ = *byte;
  return {};
}

/// Opens the oldest segment, or the one that must begin at `offset_`; false where there is none yet.
Result<bool> LocalReader::open_first_segment() {
  for (int look = 1;; ++look) {
    ASSIGN_OR_RETURN(const std::vector<LogSegment> segments, list_segments(folder_));
    if (segments.empty()) {
      return false;
    }
    const LogSegment& oldest = segments.front();
    if (offset_ && oldest.first != *offset_) {
      return fail_removed(*offset_, oldest.first, folder_);
    }
    Result<File> file = File::open_to_read(oldest.path);
    if (file) {
      segment_ = *std::move(file);
      segment_first_ = oldest.first;
      offset_ = oldest.first;
      return true;
    }
    if (file.error().fault != Fault::not_found || look == kLooksMax) {
      return std::unexpected(file.error());
    }
  }
}

}  // namespace millrace
