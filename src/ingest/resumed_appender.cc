#include "ingest/resumed_appender.h"

#include "ingest/partitioner.h"

namespace millrace {

Result<std::unique_ptr<ResumedAppender>> ResumedAppender::create(Appender& appender, EventLog& log) {
  std::unique_ptr<ResumedAppender> resumed(new ResumedAppender(appender));
  ASSIGN_OR_RETURN(const auto partitions, log.partitions());
  for (const Partition partition : partitions) {
    Standing standing;
    ASSIGN_OR_RETURN(standing.reader, log.open(partition, std::nullopt));
    resumed->partitions_.push_back(std::move(standing));
  }
  return resumed;
}

/// The record to compare with; null at the log's end.
Result<const Record*> ResumedAppender::next_of(Standing& standing) {
  if (standing.next == standing.batch.records.size()) {
    standing.next = 0;
    TRY(standing.reader->read(standing.batch, ReadLimit{}));
    standing.ended = standing.batch.records.empty();
  }
  return standing.ended ? nullptr : &standing.batch.records[standing.next];
}

Result<void> ResumedAppender::append(std::string_view key, std::string_view record) {
  Standing& standing =
      partitions_[static_cast<std::size_t>(partition_of(key, static_cast<Partition>(partitions_.size())))];
  while (!standing.ended) {
    ASSIGN_OR_RETURN(const Record* const held, next_of(standing));
    if (held == nullptr) {
      break;
    }
    ++standing.next;
    if (held->bytes == record) {
      ++dropped_;
      return {};
    }
  }
  return appender_.append(key, record);
}

}  // namespace millrace
