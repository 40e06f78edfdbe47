// A partition's records as decoded batches, in order: read from the log and decoded when they are asked for, or ahead
// of it on a thread of their own, so that one busy partition keeps two cores at work.
//
// What a batch holds does not depend on which of the two: the reader gives its records in order, and decoding looks at
// one record alone. At most kBatchesAhead batches wait. Errors: the reader's, behind the batches before it.
// Thread rule: one thread at a time; it brings its own.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/time.h"
#include "event/decode.h"
#include "ingest/event_log.h"

namespace millrace {

class BatchSource {
 public:
  BatchSource(std::unique_ptr<PartitionReader> reader, const Rules& rules, const Clock& clock)
      : reader_(std::move(reader)), decoder_(rules), clock_(clock), position_(reader_->position()) {}

  /// From now on batches of this limit are read ahead.
  void read_ahead(ReadLimit limit);

  /// The next batch, which lives until the following call; null where there is nothing new. `limit` counts where
  /// nothing is read ahead.
  Result<DecodedBatch*> next(ReadLimit limit);
  /// The reader gave nothing more when it was asked last, and all it gave was taken.
  bool at_end() const { return at_end_; }

  /// Behind the batch that next() gave last.
  const LogPosition& position() const { return position_; }
  /// As PartitionReader::sync and committed.
  Result<void> sync();
  void committed(Offset offset);

 private:
  static constexpr std::size_t kBatchesAhead = 3;

  struct Waiting {
    std::unique_ptr<DecodedBatch> batch;
    LogPosition behind;
  };

  Result<bool> read_and_decode(ReadLimit limit, DecodedBatch& out, LogPosition& behind);
  void work(const std::stop_token& stop, ReadLimit limit);
  Result<DecodedBatch*> take();

  std::mutex reader_mutex_;
  std::unique_ptr<PartitionReader> reader_;  // guarded by reader_mutex_ where batches are read ahead
  Decoder decoder_;                          // of the thread that reads
  RecordBatch records_;
  const Clock& clock_;

  std::unique_ptr<DecodedBatch> current_ = std::make_unique<DecodedBatch>();
  LogPosition position_;
  bool at_end_ = false;

  std::mutex mutex_;  // of the members below
  std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::deque<std::unique_ptr<DecodedBatch>> free_;
  bool dry_ = false;  // the last read gave nothing
  std::optional<Error> error_;

  std::jthread thread_;  // last: its end, which asks it to stop, comes before that of what it uses
};

}  // namespace millrace
