#include "ingest/local_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"
#include "ingest/segment_lines.h"

namespace millrace {
namespace {

/// Segments that are kept open until the next sync; more are synced while reading on.
constexpr std::size_t kUnsyncedSegmentsMax = 16;

const char* find_newline_in(const char* begin, std::size_t bytes) {
  return static_cast<const char*>(std::memchr(begin, '\n', bytes));
}

}  // namespace

LocalReader::LocalReader(fs::path folder, LocalLogOptions options)
    : folder_(std::move(folder)), options_(options), pool_(ChunkPool::create(options.chunk_bytes)) {}

Result<void> LocalReader::read(RecordBatch& out, ReadLimit limit) {
  out.clear();
  if (limit.records == 0) {
    return {};
  }
  take_lines(out, limit);
  if (out.records.empty()) {
    ASSIGN_OR_RETURN(const bool more, advance());
    if (more) {
      take_lines(out, limit);
    }
  }
  if (!out.records.empty()) {
    const Record& last = out.records.back();
    given_ = {segment_first_, byte_, RecordDigest{last.full_bytes, hash_of_record(last.bytes)}};
    segment_unsynced_ = true;
  }
  return {};
}

void LocalReader::take_lines(RecordBatch& out, ReadLimit limit) {
  if (!chunk_) {
    return;
  }
  out.bytes = chunk_;
  if (oversize_bytes_) {
    give(out, *oversize_bytes_);
    oversize_bytes_.reset();
    chunk_.reset();
    return;
  }
  while (out.records.size() < limit.records) {
    const char* const line = chunk_->data.get() + chunk_next_;
    const char* const newline = find_newline_in(line, chunk_end_ - chunk_next_);
    if (newline == nullptr) {
      chunk_.reset();
      break;
    }
    const std::int64_t full_bytes = newline - line;
    const std::size_t bytes = std::min(static_cast<std::size_t>(full_bytes), options_.record_bytes_max + 1);
    if (!out.records.empty() && static_cast<std::size_t>(out.byte_count) + bytes > limit.bytes) {
      break;
    }
    give(out, full_bytes);
  }
  if (out.records.empty()) {
    out.bytes.reset();
  }
}

/// Gives the record that begins at chunk_next_ and goes on behind it.
void LocalReader::give(RecordBatch& out, std::int64_t full_bytes) {
  const std::size_t bytes = std::min(static_cast<std::size_t>(full_bytes), options_.record_bytes_max + 1);
  const std::string_view text(chunk_->data.get() + chunk_next_, bytes);
  out.records.push_back({.bytes = text, .full_bytes = full_bytes, .offset = *offset_, .log_time = std::nullopt});
  out.byte_count += static_cast<std::int64_t>(bytes);
  chunk_next_ += static_cast<std::size_t>(full_bytes) + 1;
  byte_ += full_bytes + 1;
  ++*offset_;
}

/// Gets the next complete lines into the chunk, from this segment or a later one; false where there is nothing new.
Result<bool> LocalReader::advance() {
  for (;;) {
    if (!segment_.is_open()) {
      if (end_ && end_->segment < 0) {
        return false;
      }
      ASSIGN_OR_RETURN(const bool opened, open_first_segment());
      if (!opened) {
        return false;
      }
    }
    ASSIGN_OR_RETURN(const bool filled, fill());
    if (filled) {
      return true;
    }
    ASSIGN_OR_RETURN(const std::optional<LogSegment> later, later_segment());
    if (!later) {
      TRY(check_not_cut());
      return false;
    }
    // A producer may have finished the last line and rolled between the two looks. Now that a later segment is there,
    // this one does not change any more, so a second look shows all of it.
    ASSIGN_OR_RETURN(const bool filled_meanwhile, fill());
    if (filled_meanwhile) {
      return true;
    }
    TRY(move_to(*later));
  }
}

/// Reads from `byte_` on until the chunk holds a complete line or the file ends.
Result<bool> LocalReader::fill() {
  if (unfinished_size_) {
    // A line without end must not be searched through again at every look.
    ASSIGN_OR_RETURN(const std::int64_t size, segment_.size());
    if (size == *unfinished_size_) {
      return false;
    }
    unfinished_size_.reset();
  }
  std::shared_ptr<Chunk> chunk = pool_->take();
  std::size_t filled = 0;
  for (;;) {
    char* const place = chunk->data.get() + filled;
    const std::int64_t from = byte_ + static_cast<std::int64_t>(filled);
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(segment_end() - from, 0));
    ASSIGN_OR_RETURN(const std::size_t got, segment_.read_at(from, {place, std::min(chunk->bytes - filled, left)}));
    filled += got;
    if (find_newline_in(place, got) != nullptr) {
      chunk_ = std::move(chunk);
      chunk_next_ = 0;
      chunk_end_ = filled;
      return true;
    }
    if (filled < chunk->bytes) {
      return false;
    }
    if (filled > options_.record_bytes_max) {
      return fill_oversize(std::move(chunk));
    }
    std::shared_ptr<Chunk> larger = pool_->take(std::min(2 * chunk->bytes, options_.record_bytes_max + 1));
    std::memcpy(larger->data.get(), chunk->data.get(), filled);
    chunk = std::move(larger);
  }
}

/// The chunk is the beginning of a record that is too long to be given whole: finds its end in the file.
Result<bool> LocalReader::fill_oversize(std::shared_ptr<Chunk> beginning) {
  ASSIGN_OR_RETURN(const std::int64_t size, segment_.size());
  ASSIGN_OR_RETURN(const std::optional<std::int64_t> newline,
                   find_newline(segment_, byte_ + static_cast<std::int64_t>(beginning->bytes)));
  if (!newline || *newline >= segment_end()) {
    unfinished_size_ = size;
    return false;
  }
  oversize_bytes_ = *newline - byte_;
  chunk_ = std::move(beginning);
  chunk_next_ = 0;
  return true;
}

/// The bytes of this segment that may be given.
std::int64_t LocalReader::segment_end() const {
  return end_ && segment_first_ == end_->segment ? end_->byte : std::numeric_limits<std::int64_t>::max();
}

Result<std::optional<LogSegment>> LocalReader::later_segment() const {
  if (end_ && segment_first_ >= end_->segment) {
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(std::vector<LogSegment> segments, list_segments(folder_));
  const auto later = std::ranges::upper_bound(segments, segment_first_, {}, &LogSegment::first);
  return later == segments.end() ? std::nullopt : std::optional(std::move(*later));
}

/// Leaves this segment, which is read to its end, for the next.
Result<void> LocalReader::move_to(const LogSegment& next) {
  if (next.first < *offset_) {
    return fail(Fault::corrupt, format("two segments of the log hold the same offsets (keep one of them): \"{}\" goes "
                                       "up to {}, and \"{}\" begins before",
                                       segment_.path().string(), *offset_, next.path.string()));
  }
  if (next.first > *offset_) {
    std::error_code ignored;
    const bool removed = !fs::exists(segment_.path(), ignored);
    return fail(Fault::corrupt,
                format("records of the log are missing ({}): offsets {} to {}, between \"{}\" and \"{}\"",
                       removed ? "retention removed them before they were read" : "restore the log from a copy",
                       *offset_, next.first - 1, segment_.path().string(), next.path.string()));
  }
  Result<File> file = File::open_to_read(next.path);
  if (!file && file.error().fault == Fault::not_found) {
    return fail(Fault::corrupt, format("a segment of the log was removed before it was read (raise log.retention, and "
                                       "begin with a new lake or restore it): \"{}\"",
                                       next.path.string()));
  }
  if (!file) {
    return std::unexpected(file.error());
  }
  ASSIGN_OR_RETURN(const std::int64_t size, segment_.size());
  if (size > byte_) {
    log_warning("skipped an unfinished line at the end of a segment",
                {{"file", segment_.path().string()}, {"byte", byte_}, {"bytes", size - byte_}});
  }
  TRY(leave_segment());
  segment_ = *std::move(file);
  segment_first_ = next.first;
  byte_ = 0;
  unfinished_size_.reset();
  folder_unsynced_ = true;
  return {};
}

Result<void> LocalReader::check_not_cut() const {
  ASSIGN_OR_RETURN(const std::int64_t size, segment_.size());
  if (size < byte_) {
    return fail(Fault::corrupt, format("the log became shorter than what was read (restore it from a copy): \"{}\" has "
                                       "{} bytes, and {} were read",
                                       segment_.path().string(), size, byte_));
  }
  return {};
}

LogPosition LocalReader::position() const {
  if (given_) {
    return {*offset_, to_text(*given_)};
  }
  if (segment_.is_open()) {
    return {*offset_, to_text({segment_first_, byte_, std::nullopt})};
  }
  return {offset_.value_or(0), ""};
}

Result<void> LocalReader::leave_segment() {
  if (!segment_unsynced_) {
    return {};
  }
  if (left_unsynced_.size() == kUnsyncedSegmentsMax) {
    TRY(sync());
    return {};
  }
  left_unsynced_.push_back(std::move(segment_));
  segment_unsynced_ = false;
  return {};
}

Result<void> LocalReader::sync() {
  if (!sync_failure_) {
    Result<void> synced = sync_now();
    if (synced) {
      return {};
    }
    // The kernel reports a failed write once and may then forget the pages: a second fsync would lie.
    sync_failure_ = std::move(synced).error();
  }
  return std::unexpected(*sync_failure_);
}

Result<void> LocalReader::sync_now() {
  for (File& left : left_unsynced_) {
    TRY(left.sync());
  }
  left_unsynced_.clear();
  if (segment_unsynced_) {
    TRY(segment_.sync());
    segment_unsynced_ = false;
  }
  if (folder_unsynced_ && given_) {
    // The names too, up to the log's own: the producer may have created the topic a moment ago.
    TRY(sync_folder(folder_));
    TRY(sync_folder(folder_.parent_path()));
    TRY(sync_folder(folder_.parent_path().parent_path()));
    folder_unsynced_ = false;
  }
  return {};
}

}  // namespace millrace
