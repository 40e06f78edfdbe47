#include "stream/batch_source.h"

#include <chrono>
#include <utility>

namespace millrace {
namespace {

/// How long to wait before a log is looked at again that had nothing new.
constexpr std::chrono::milliseconds kRest{2};
/// How long to wait for a batch that is being decoded; it is a fraction of a millisecond's work.
constexpr std::chrono::milliseconds kPatience{5};

}  // namespace

void BatchSource::read_ahead(ReadLimit limit) {
  for (std::size_t i = 0; i < kBatchesAhead; ++i) {
    free_.push_back(std::make_unique<DecodedBatch>());
  }
  thread_ = std::jthread([this, limit](const std::stop_token& stop) { work(stop, limit); });
}

Result<DecodedBatch*> BatchSource::next(ReadLimit limit) {
  if (thread_.joinable()) {
    return take();
  }
  ASSIGN_OR_RETURN(const bool more, read_and_decode(limit, *current_, position_));
  at_end_ = !more;
  return more ? current_.get() : nullptr;
}

Result<void> BatchSource::sync() {
  const std::lock_guard lock(reader_mutex_);
  return reader_->sync();
}

void BatchSource::committed(Offset offset) {
  const std::lock_guard lock(reader_mutex_);
  reader_->committed(offset);
}

/// False where there is nothing new.
Result<bool> BatchSource::read_and_decode(ReadLimit limit, DecodedBatch& out, LogPosition& behind) {
  {
    const std::lock_guard lock(reader_mutex_);
    TRY(reader_->read(records_, limit));
    behind = reader_->position();
  }
  if (records_.records.empty()) {
    return false;
  }
  const Instant received = records_.received ? *records_.received : clock_.now();
  decoder_.decode(records_.records, std::move(records_.bytes), received, out);
  return true;
}

Result<DecodedBatch*> BatchSource::take() {
  std::unique_lock lock(mutex_);
  if (current_ != nullptr) {
    free_.push_back(std::move(current_));
    changed_.notify_all();
  }
  changed_.wait_for(lock, kPatience, [this] { return !waiting_.empty() || dry_ || error_; });
  if (!waiting_.empty()) {
    current_ = std::move(waiting_.front().batch);
    position_ = std::move(waiting_.front().behind);
    waiting_.pop_front();
    at_end_ = false;
    return current_.get();
  }
  if (error_) {
    return std::unexpected(*error_);
  }
  at_end_ = dry_;
  return nullptr;
}

void BatchSource::work(const std::stop_token& stop, ReadLimit limit) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, stop, [this] { return !free_.empty(); });
    if (stop.stop_requested()) {
      return;
    }
    Waiting next{.batch = std::move(free_.front()), .behind = {}};
    free_.pop_front();
    lock.unlock();
    const Result<bool> more = read_and_decode(limit, *next.batch, next.behind);
    lock.lock();
    if (!more) {
      error_ = more.error();
      changed_.notify_all();
      return;
    }
    dry_ = !*more;
    if (*more) {
      waiting_.push_back(std::move(next));
    } else {
      free_.push_front(std::move(next.batch));
    }
    changed_.notify_all();
    if (dry_) {
      changed_.wait_for(lock, stop, kRest, [] { return false; });
    }
  }
}

}  // namespace millrace
