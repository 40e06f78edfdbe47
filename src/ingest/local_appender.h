// Appending to the embedded log: a topic's partitions behind one Appender. The files are described in log_folder.h, one
// partition's writing, its lock and what a full disk leaves behind in partition_writer.h.
//
//   ASSIGN_OR_RETURN(auto appender, LocalAppender::open(data / "log", "ecommerce_events"));
//   TRY(appender->append(product_id, record));
//   TRY(appender->flush());
//
// The topic is created where it is not there. Where it is, the number of partitions on disk counts and the option does
// not: it decides where a key goes, so it never changes behind the back of a topic.
// Memory: a partition that has collected 4 MiB is flushed by the append() that would exceed them; where that fails, its
// record is not collected. After a failed flush the records that are not in the log yet stay collected, in order, and
// the next flush() or append() tries them again; what is collected and not flushed when the appender is destroyed is
// lost. All partitions are tried even where one fails.
// Errors and thread rule: as in appender.h; the appender must not be used on both sides of a fork().
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ingest/appender.h"
#include "ingest/partition_writer.h"

namespace millrace {

struct LocalAppenderOptions {
  Partition partitions = 3;  // of a topic that is created
  PartitionWriterOptions writer;
};

class LocalAppender final : public Appender {
 public:
  /// Fault invalid where the topic's name or an option is unusable. `clock` outlives the appender.
  static Result<std::unique_ptr<LocalAppender>> open(const fs::path& log_folder, std::string_view topic,
                                                     const LocalAppenderOptions& options = {},
                                                     const Clock& clock = system_clock());

  Result<void> append(std::string_view key, std::string_view record) override;
  Result<void> flush() override;
  Result<void> sync() override;

  Partition partitions() const { return static_cast<Partition>(writers_.size()); }

 private:
  explicit LocalAppender(std::vector<PartitionWriter> writers) : writers_(std::move(writers)) {}

  std::vector<PartitionWriter> writers_;  // by partition
};

}  // namespace millrace
