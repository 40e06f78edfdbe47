// The continuation of an appending that was cut short: leaves out the records that the log holds already.
//
// For a source that gives the same records again (a simulation by its seed, a file). Each partition is read beside the
// source: a record that comes next in the log is dropped, what stands in between (a line torn by a crash, another
// producer's records) is passed over, and from the log's end on everything is appended.
// Errors: of the log and of the appender. Thread rule: as Appender.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ingest/appender.h"
#include "ingest/event_log.h"

namespace millrace {

class ResumedAppender final : public Appender {
 public:
  /// Both outlive it. The log's partitions are those that the appender writes to.
  static Result<std::unique_ptr<ResumedAppender>> create(Appender& appender, EventLog& log);

  Result<void> append(std::string_view key, std::string_view record) override;
  Result<void> flush() override { return appender_.flush(); }
  Result<void> sync() override { return appender_.sync(); }

  /// How many records stood there already.
  std::int64_t dropped() const { return dropped_; }

 private:
  /// How far a partition has been compared.
  struct Standing {
    std::unique_ptr<PartitionReader> reader;
    RecordBatch batch;
    std::size_t next = 0;  // in the batch
    bool ended = false;
  };
  explicit ResumedAppender(Appender& appender) : appender_(appender) {}
  static Result<const Record*> next_of(Standing& standing);

  Appender& appender_;
  std::vector<Standing> partitions_;
  std::int64_t dropped_ = 0;
};

}  // namespace millrace
