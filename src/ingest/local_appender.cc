#include "ingest/local_appender.h"

#include <optional>
#include <utility>

#include "base/format.h"
#include "ingest/log_folder.h"
#include "ingest/partitioner.h"

namespace millrace {
namespace {

constexpr std::size_t kPendingBytesMax = 4 * 1024 * 1024;
constexpr Partition kPartitionsMax = 10'000;

/// Flushes one partition, and says in the error how much of it is in the log.
Result<void> flush_writer(PartitionWriter& writer, std::int64_t& appended) {
  const std::int64_t collected = writer.pending_records();
  Result<void> flushed = writer.flush();
  appended += collected - writer.pending_records();
  return flushed;
}

std::unexpected<Error> fail_flush(Error error, std::int64_t appended, std::int64_t collected) {
  return fail(
      std::move(error),
      format("could not append all records: {} of {} are in the log, the rest stays collected", appended, collected));
}

}  // namespace

Result<std::unique_ptr<LocalAppender>> LocalAppender::open(const fs::path& log_folder, std::string_view topic,
                                                           const LocalAppenderOptions& options, const Clock& clock) {
  TRY(check_topic_name(topic));
  if (options.partitions < 1 || options.partitions > kPartitionsMax) {
    return fail(Fault::invalid, format("a topic has 1 to {} partitions: {}", kPartitionsMax, options.partitions));
  }
  if (options.writer.segment_bytes < 1) {
    return fail(Fault::invalid, format("a segment has at least one byte: {}", options.writer.segment_bytes));
  }
  const fs::path topic_folder = log_folder / topic;
  TRY(create_topic(topic_folder, options.partitions));
  ASSIGN_OR_RETURN(const std::vector<Partition> standing, list_partitions(topic_folder));
  if (standing.back() >= kPartitionsMax) {
    return fail(Fault::invalid, format("a topic has at most {} partitions, and one here is numbered {} (remove it): "
                                       "\"{}\"",
                                       kPartitionsMax, standing.back(), topic_folder.string()));
  }
  std::vector<PartitionWriter> writers;
  for (Partition partition = 0; partition <= standing.back(); ++partition) {
    ASSIGN_OR_RETURN(PartitionWriter writer,
                     PartitionWriter::open(partition_folder(topic_folder, partition), options.writer, clock));
    writers.push_back(std::move(writer));
  }
  return std::unique_ptr<LocalAppender>(new LocalAppender(std::move(writers)));
}

Result<void> LocalAppender::append(std::string_view key, std::string_view record) {
  if (const std::size_t newline = record.find('\n'); newline != std::string_view::npos) {
    return fail(Fault::invalid, format("a record must not contain a newline, which ends it in the log: byte {} of {}",
                                       newline, record.size()));
  }
  PartitionWriter& writer = writers_[static_cast<std::size_t>(partition_of(key, partitions()))];
  if (writer.pending_bytes() > 0 && writer.pending_bytes() + record.size() >= kPendingBytesMax) {
    const std::int64_t collected = writer.pending_records();
    std::int64_t appended = 0;
    if (Result<void> flushed = flush_writer(writer, appended); !flushed) {
      return fail_flush(std::move(flushed).error(), appended, collected);
    }
  }
  writer.add(record);
  return {};
}

Result<void> LocalAppender::flush() {
  std::int64_t collected = 0;
  std::int64_t appended = 0;
  std::optional<Error> failure;
  for (PartitionWriter& writer : writers_) {
    collected += writer.pending_records();
    if (Result<void> flushed = flush_writer(writer, appended); !flushed && !failure) {
      failure = std::move(flushed).error();
    }
  }
  if (failure) {
    return fail_flush(*std::move(failure), appended, collected);
  }
  return {};
}

Result<void> LocalAppender::sync() {
  std::optional<Error> failure;
  for (PartitionWriter& writer : writers_) {
    if (Result<void> synced = writer.sync(); !synced && !failure) {
      failure = std::move(synced).error();
    }
  }
  return failure ? Result<void>(std::unexpected(*std::move(failure))) : Result<void>();
}

}  // namespace millrace
