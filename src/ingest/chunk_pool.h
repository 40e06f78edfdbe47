// Memory for the bytes that records stand in, used again once no batch refers to it.
//
// A chunk goes back to its pool when the last shared_ptr to it is gone, on whatever thread that happens; the pool keeps
// a few and frees the rest. So reading costs one small allocation a chunk (its reference count), none a record, and
// memory is bounded by the batches that are in flight.
// Thread rule: take() and the release of chunks from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace {

/// `bytes` bytes to fill, and kRecordPaddingBytes more that may be read behind them.
struct Chunk {
  explicit Chunk(std::size_t chunk_bytes);

  std::unique_ptr<char[]> data;
  std::size_t bytes;
};

class ChunkPool : public std::enable_shared_from_this<ChunkPool> {
 public:
  /// Lives as long as somebody holds it or one of its chunks.
  static std::shared_ptr<ChunkPool> create(std::size_t chunk_bytes);

  /// A chunk of the pool's size; its content is unspecified.
  std::shared_ptr<Chunk> take() { return take(chunk_bytes_); }
  /// A chunk of another size, which is freed after its use.
  std::shared_ptr<Chunk> take(std::size_t bytes);

 private:
  explicit ChunkPool(std::size_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}
  void give_back(std::unique_ptr<Chunk> chunk);

  const std::size_t chunk_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Chunk>> free_;  // guarded by mutex_
};

}  // namespace millrace
