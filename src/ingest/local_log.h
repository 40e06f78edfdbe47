// The embedded log: an EventLog over a folder of text files, for one machine and no server. CONTRACT.md, "The embedded
// log"; the files are described in log_folder.h, a position's text in local_position.h, writing in local_appender.h.
//
//   ASSIGN_OR_RETURN(auto log, LocalLog::open(data / "log", "ecommerce_events"));
//   ASSIGN_OR_RETURN(auto reader, log->open(0, std::nullopt));
//
// Reading takes no lock and may go on while producers write. A batch holds at most the records of one chunk, so it may
// be smaller than its limit while more is there; an empty batch means that the end is reached. A record longer than
// `record_bytes_max` comes with its first record_bytes_max + 1 bytes and its whole length. A last line without its
// newline is not given (it is read again from its beginning next time); where such a line stands at the end of a
// segment that is not the newest, it never becomes a record: it is passed over with a warning in the log file.
// A batch keeps one chunk alive, however few records it holds.
//
// Positions: with the text that position() gave, open() checks that the last record is still there with the same bytes;
// with an empty text it goes to that offset by counting lines, and can only check that the log is long enough.
// A topic or partition that does not exist yet is empty; a reader finds its first segment as soon as it is there.
// Errors: corrupt where the log is shorter than, or differs from, what was committed, where records between two
// segments are missing or stand twice, and where retention removed what was not read yet; the message names the files.
// After a failed sync() every later one of that reader fails. Thread rule: as in event_log.h.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/files.h"
#include "ingest/event_log.h"
#include "ingest/segment_lines.h"

namespace millrace {

struct LocalLogOptions {
  /// What is read at once. A little more than the largest record, so that each of those takes one read.
  std::size_t chunk_bytes = kRecordBytesMax + 4096;
  /// How much of a record is given.
  std::size_t record_bytes_max = kRecordBytesMax;
};

class LocalLog final : public EventLog {
 public:
  /// Fault invalid where the topic's name or an option is unusable. Nothing is created.
  static Result<std::unique_ptr<LocalLog>> open(const fs::path& log_folder, std::string_view topic,
                                                LocalLogOptions options = {});

  Result<std::vector<Partition>> partitions() override;
  Result<std::unique_ptr<PartitionReader>> open(Partition partition, std::optional<LogPosition> from,
                                                ReadTo to = ReadTo::any_later_record) override;
  /// Reads what was appended since the last call; the first call counts the lines of the newest segment.
  Result<Offset> end_offset(Partition partition) override;

 private:
  LocalLog(fs::path topic_folder, LocalLogOptions options);

  /// The lines counted so far in a partition's newest segment.
  struct End {
    Offset segment = -1;
    LineCount counted;
  };

  const fs::path topic_folder_;
  const LocalLogOptions options_;
  std::mutex mutex_;
  std::map<Partition, End> ends_;  // guarded by mutex_
};

}  // namespace millrace
