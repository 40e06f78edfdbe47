// Where `millrace consume` puts records: on standard output, as they are or as JSON, or into another embedded log.
//
// Errors: those of output.h and partition_writer.h; conflict where the other log already holds other offsets; invalid
// where a record is too long to be copied whole, or holds a newline.
// Thread rule: one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "ingest/event_log.h"

namespace millrace {

class RecordOutput {
 public:
  virtual ~RecordOutput() = default;
  /// A partition is there, even where it has no records.
  virtual Result<void> begin(Partition partition) = 0;
  /// The next records of a partition, in order; at least one.
  virtual Result<void> take(Partition partition, const RecordBatch& batch) = 0;
  /// Nothing more is there for the moment: whoever watches sees everything so far.
  virtual Result<void> settle() = 0;
  /// The end: after it nothing is taken any more.
  virtual Result<void> finish() = 0;
};

/// The records' bytes, one a line.
std::unique_ptr<RecordOutput> make_line_output();

/// One JSON object a line, with the names that kcat -J uses: {"topic":…,"partition":0,"offset":7,"payload":"…"}; ts (in
/// milliseconds) where the log has a time. A record that is not UTF-8 has payload_base64 instead of payload.
std::unique_ptr<RecordOutput> make_json_output(std::string topic);

/// An embedded log with the same partitions, offsets and bytes; finish() syncs it and prints how much it was.
std::unique_ptr<RecordOutput> make_log_output(std::filesystem::path log_folder, std::string topic,
                                              std::int64_t segment_bytes, bool json_summary);

}  // namespace millrace
