#include "ingest/partition_writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"
#include "ingest/log_folder.h"

namespace millrace {
namespace {

constexpr std::string_view kLockName = ".lock";
constexpr Duration kRetentionInterval = minutes(1);

/// Holds the partition's lock as long as it lives.
class Locked {
 public:
  explicit Locked(File& lock) : lock_(lock) {}
  ~Locked() { lock_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  File& lock_;
};

}  // namespace

Result<PartitionWriter> PartitionWriter::open(fs::path folder, PartitionWriterOptions options, const Clock& clock) {
  TRY(make_folders(folder));
  ASSIGN_OR_RETURN(File lock, File::open_to_append(folder / kLockName));
  return PartitionWriter(std::move(folder), options, clock, std::move(lock));
}

PartitionWriter::PartitionWriter(fs::path folder, PartitionWriterOptions options, const Clock& clock, File lock)
    : folder_(std::move(folder)), options_(options), clock_(&clock), lock_(std::move(lock)) {}

void PartitionWriter::add(std::string_view record) {
  CHECK(!record.contains('\n'));
  pending_ += record;
  pending_ += '\n';
  ++pending_records_;
}

Result<void> PartitionWriter::flush_from(std::optional<Offset> first) {
  if (pending_.empty()) {
    return {};
  }
  TRY(lock_.lock());
  const Locked locked(lock_);
  return flush_locked(first);
}

Result<void> PartitionWriter::flush_locked(std::optional<Offset> first) {
  TRY(catch_up(first));
  if (first && next_offset() != *first) {
    return fail(Fault::conflict, format("records cannot be written at their own offsets (choose an empty folder): "
                                        "\"{}\" goes on at offset {}, the first record has {}",
                                        folder_.string(), next_offset(), *first));
  }
  if (counted_.bytes > 0 && counted_.bytes + static_cast<std::int64_t>(pending_.size()) > options_.segment_bytes) {
    TRY(begin_segment(next_offset()));
  }
  TRY(write_pending());
  remove_expired();
  return {};
}

/// Finds the newest segment and what others appended to it since the last flush.
Result<void> PartitionWriter::catch_up(std::optional<Offset> first) {
  ASSIGN_OR_RETURN(const std::vector<LogSegment> segments, list_segments(folder_));
  if (segment_.is_open() && (segments.empty() || segments.back().first < segment_first_)) {
    return fail(Fault::corrupt, format("a segment of the log was removed while it was written (restore it, or begin "
                                       "with a new log folder): \"{}\"",
                                       segment_.path().string()));
  }
  if (segments.empty()) {
    TRY(begin_segment(first.value_or(0)));
  } else if (!segment_.is_open() || segments.back().first != segment_first_) {
    TRY(open_segment(segments.back()));
  }
  ASSIGN_OR_RETURN(const std::int64_t size, count_lines(segment_, counted_));
  return size > counted_.bytes ? close_torn_line() : Result<void>();
}

/// A producer crashed in the middle of a record: its line becomes a record of its own, which the stream quarantines.
Result<void> PartitionWriter::close_torn_line() {
  segment_unsynced_ = true;
  TRY(segment_.write("\n"));
  log_warning("closed a line that a producer had left unfinished",
              {{"file", segment_.path().string()}, {"offset", next_offset()}});
  ASSIGN_OR_RETURN(const std::int64_t size, count_lines(segment_, counted_));
  CHECK(size == counted_.bytes);
  return {};
}

/// Precondition: the segment in use, if there is one, ends at `first`.
Result<void> PartitionWriter::begin_segment(Offset first) {
  segment_unsynced_ = segment_.is_open();  // also what others wrote into it must be there before the next one is
  TRY(open_segment({first, folder_ / segment_name(first)}));
  folder_unsynced_ = true;
  retention_checked_.reset();
  return {};
}

Result<void> PartitionWriter::open_segment(const LogSegment& segment) {
  TRY(sync_segment());
  ASSIGN_OR_RETURN(segment_, File::open_to_append(segment.path));
  segment_first_ = segment.first;
  counted_ = {};
  return {};
}

Result<void> PartitionWriter::write_pending() {
  const std::int64_t size_before = counted_.bytes;
  segment_unsynced_ = true;
  if (Result<void> written = segment_.write(pending_); !written) {
    if (Result<void> kept = keep_complete_records(size_before); !kept) {
      return fail(std::move(written).error(), kept.error().message);
    }
    return written;
  }
  counted_.bytes += static_cast<std::int64_t>(pending_.size());
  counted_.lines += pending_records_;
  forget_pending(pending_.size(), pending_records_);
  return {};
}

/// After a failed write: what stands in the segment as complete records is written, the piece behind is cut off.
Result<void> PartitionWriter::keep_complete_records(std::int64_t size_before) {
  ASSIGN_OR_RETURN(const std::int64_t size, segment_.size());
  const auto written = static_cast<std::size_t>(std::max<std::int64_t>(size - size_before, 0));
  const std::string_view text = std::string_view(pending_).substr(0, written);
  const std::size_t complete = text.rfind('\n') + 1;  // 0 where there is none
  const std::int64_t records = std::ranges::count(text, '\n');
  counted_.bytes += static_cast<std::int64_t>(complete);
  counted_.lines += records;
  forget_pending(complete, records);
  if (counted_.bytes == size) {
    return {};
  }
  TRY(segment_.truncate(counted_.bytes));
  return counted_.lines > 0 ? begin_segment(next_offset()) : Result<void>();
}

void PartitionWriter::forget_pending(std::size_t bytes, std::int64_t records) {
  pending_.erase(0, bytes);
  pending_records_ -= records;
}

/// With each new segment, and once a minute, since a segment expires by age although nobody rolls.
void PartitionWriter::remove_expired() {
  const Duration now = clock_->uptime();
  if (retention_checked_ && now.us - retention_checked_->us < kRetentionInterval.us) {
    return;
  }
  retention_checked_ = now;
  const auto remove = [&]() -> Result<std::size_t> {
    ASSIGN_OR_RETURN(const std::vector<LogSegment> segments, list_segments(folder_));
    return remove_old_segments(segments, options_.retention, clock_->now());
  };
  const Result<std::size_t> removed = remove();
  if (!removed) {
    log_warning("could not remove old segments of the log",
                {{"folder", folder_.string()}, {"reason", removed.error().message}});
  } else if (*removed > 0) {
    log_info("removed old segments of the log", {{"folder", folder_.string()}, {"segments", *removed}});
  }
}

Result<void> PartitionWriter::sync() {
  TRY(sync_segment());
  if (folder_unsynced_) {
    TRY(sync_folder(folder_));
    folder_unsynced_ = false;
  }
  return {};
}

Result<void> PartitionWriter::sync_segment() {
  if (sync_failure_) {
    return std::unexpected(*sync_failure_);
  }
  if (segment_unsynced_) {
    if (Result<void> synced = segment_.sync(); !synced) {
      // The kernel reports a failed write once and may then forget the pages: a second fsync would lie.
      sync_failure_ = synced.error();
      return synced;
    }
    segment_unsynced_ = false;
  }
  return {};
}

}  // namespace millrace
