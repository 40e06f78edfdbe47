#include "ingest/local_log.h"

#include <utility>

#include "base/format.h"
#include "ingest/local_reader.h"
#include "ingest/log_folder.h"

namespace millrace {
namespace {

/// A listed segment that is gone when it is opened was removed by retention; a second look finds what is left.
constexpr int kLooksMax = 3;

}  // namespace

Result<std::unique_ptr<LocalLog>> LocalLog::open(const fs::path& log_folder, std::string_view topic,
                                                 LocalLogOptions options) {
  TRY(check_topic_name(topic));
  if (options.chunk_bytes == 0 || options.record_bytes_max == 0) {
    return fail(Fault::invalid, format("a log is read in pieces of at least one byte: chunks of {}, records of {}",
                                       options.chunk_bytes, options.record_bytes_max));
  }
  return std::unique_ptr<LocalLog>(new LocalLog(log_folder / topic, options));
}

LocalLog::LocalLog(fs::path topic_folder, LocalLogOptions options)
    : topic_folder_(std::move(topic_folder)), options_(options) {}

Result<std::vector<Partition>> LocalLog::partitions() { return list_partitions(topic_folder_); }

Result<std::unique_ptr<PartitionReader>> LocalLog::open(Partition partition, std::optional<LogPosition> from,
                                                        ReadTo to) {
  return LocalReader::open(partition_folder(topic_folder_, partition), std::move(from), options_, to);
}

Result<Offset> LocalLog::end_offset(Partition partition) {
  const fs::path folder = partition_folder(topic_folder_, partition);
  const std::lock_guard lock(mutex_);
  End& end = ends_[partition];
  for (int look = 1;; ++look) {
    ASSIGN_OR_RETURN(const std::vector<LogSegment> segments, list_segments(folder));
    if (segments.empty()) {
      return 0;
    }
    const LogSegment& newest = segments.back();
    Result<File> file = File::open_to_read(newest.path);
    if (!file && file.error().fault == Fault::not_found && look < kLooksMax) {
      continue;
    }
    if (!file) {
      return std::unexpected(file.error());
    }
    if (newest.first != end.segment) {
      end = {newest.first, {}};
    }
    TRY(count_lines(*file, end.counted));
    return newest.first + end.counted.lines;
  }
}

}  // namespace millrace
