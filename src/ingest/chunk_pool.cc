#include "ingest/chunk_pool.h"

#include <cstring>
#include <utility>

#include "ingest/event_log.h"

namespace millrace {
namespace {

constexpr std::size_t kFreeChunksMax = 4;

}  // namespace

Chunk::Chunk(std::size_t chunk_bytes)
    : data(std::make_unique_for_overwrite<char[]>(chunk_bytes + kRecordPaddingBytes)), bytes(chunk_bytes) {
  std::memset(data.get() + bytes, 0, kRecordPaddingBytes);
}

std::shared_ptr<ChunkPool> ChunkPool::create(std::size_t chunk_bytes) {
  return std::shared_ptr<ChunkPool>(new ChunkPool(chunk_bytes));
}

std::shared_ptr<Chunk> ChunkPool::take(std::size_t bytes) {
  std::unique_ptr<Chunk> chunk;
  if (bytes == chunk_bytes_) {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      chunk = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!chunk) {
    chunk = std::make_unique<Chunk>(bytes);
  }
  return {chunk.release(), [pool = shared_from_this()](Chunk* used) { pool->give_back(std::unique_ptr<Chunk>(used)); }};
}

void ChunkPool::give_back(std::unique_ptr<Chunk> chunk) {
  if (chunk->bytes != chunk_bytes_) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (free_.size() < kFreeChunksMax) {
    free_.push_back(std::move(chunk));
  }
}

}  // namespace millrace
