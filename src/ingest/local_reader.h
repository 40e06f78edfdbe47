// Reads one partition of the embedded log from a place on; made by LocalLog::open. Behaviour and errors: local_log.h.
//
// It reads a chunk from the beginning of a line on, and hands out its complete lines in as many batches as the limits
// ask for; all of them share the chunk. What stands behind the chunk's last newline is read again with the next chunk,
// because a producer whose disk was full may have cut it off in the meantime.
// Thread rule: one thread at a time; batches may outlive the reader and may be freed on any thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/files.h"
#include "ingest/chunk_pool.h"
#include "ingest/event_log.h"
#include "ingest/local_log.h"
#include "ingest/local_position.h"
#include "ingest/log_folder.h"

namespace millrace {

class LocalReader final : public PartitionReader {
 public:
  static Result<std::unique_ptr<PartitionReader>> open(fs::path folder, std::optional<LogPosition> from,
                                                       LocalLogOptions options, ReadTo to = ReadTo::any_later_record);

  Result<void> read(RecordBatch& out, ReadLimit limit) override;
  LogPosition position() const override;
  Result<void> sync() override;

 private:
  LocalReader(fs::path folder, LocalLogOptions options);

  // Where to begin.
  Result<void> seek(const LogPosition& from);
  Result<void> seek_verified(const LocalPosition& committed, const std::vector<LogSegment>& segments);
  Result<void> seek_counting(const std::vector<LogSegment>& segments);
  Result<void> stop_at_present_end();

  // Getting bytes.
  Result<bool> advance();
  Result<bool> fill();
  Result<bool> fill_oversize(std::shared_ptr<Chunk> beginning);
  Result<bool> open_first_segment();
  Result<std::optional<LogSegment>> later_segment() const;
  std::int64_t segment_end() const;
  Result<void> move_to(const LogSegment& next);
  Result<void> check_not_cut() const;

  // Handing them out.
  void take_lines(RecordBatch& out, ReadLimit limit);
  void give(RecordBatch& out, std::int64_t full_bytes);

  Result<void> sync_now();
  Result<void> leave_segment();

  const fs::path folder_;
  const LocalLogOptions options_;
  const std::shared_ptr<ChunkPool> pool_;

  // The place of the next record. `segment_` is closed until the first segment was found; `offset_` is none as long as
  // the reader takes whatever segment is the oldest.
  File segment_;
  Offset segment_first_ = 0;
  std::int64_t byte_ = 0;
  std::optional<Offset> offset_;

  /// Where the newest segment ended when a reader was opened that stops there.
  struct End {
    Offset segment;
    std::int64_t byte;
  };
  std::optional<End> end_;

  // The bytes from `byte_` on: chunk_[chunk_next_, chunk_end_).
  std::shared_ptr<Chunk> chunk_;
  std::size_t chunk_next_ = 0;
  std::size_t chunk_end_ = 0;
  std::optional<std::int64_t> oversize_bytes_;   // the chunk is the beginning of one record of this length
  std::optional<std::int64_t> unfinished_size_;  // the file's size when its last line was oversize and unfinished

  std::optional<LocalPosition> given_;  // behind the last record given

  // What sync() has to do.
  bool segment_unsynced_ = false;    // it gave records since the last sync
  bool folder_unsynced_ = true;      // a segment was opened since the last sync
  std::vector<File> left_unsynced_;  // segments behind us that gave records since the last sync
  std::optional<Error> sync_failure_;
};

}  // namespace millrace
