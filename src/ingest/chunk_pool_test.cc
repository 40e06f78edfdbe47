#include "ingest/chunk_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "ingest/event_log.h"

namespace millrace {
namespace {

TEST(ChunkPool, gives_a_chunk_again_once_nobody_holds_it) {
  const auto pool = ChunkPool::create(100);
  std::shared_ptr<Chunk> first = pool->take();
  const std::shared_ptr<const void> batch = first;
  const char* const place = first->data.get();
  first.reset();
  EXPECT_NE(pool->take()->data.get(), place) << "a batch still refers to it";
}

TEST(ChunkPool, uses_the_same_memory_again) {
  const auto pool = ChunkPool::create(100);
  std::shared_ptr<Chunk> chunk = pool->take();
  const char* const place = chunk->data.get();
  chunk.reset();
  chunk = pool->take();
  EXPECT_EQ(chunk->data.get(), place);
  EXPECT_EQ(chunk->bytes, 100);
}

TEST(ChunkPool, has_readable_padding_behind_a_chunk) {
  const auto chunk = ChunkPool::create(100)->take();
  std::memset(chunk->data.get(), 'x', 100);
  for (std::size_t i = 0; i < kRecordPaddingBytes; ++i) {
    EXPECT_EQ(chunk->data[100 + i], 0);
  }
}

TEST(ChunkPool, gives_chunks_of_other_sizes_without_keeping_them) {
  const auto pool = ChunkPool::create(100);
  EXPECT_EQ(pool->take(1'000)->bytes, 1'000);
  EXPECT_EQ(pool->take()->bytes, 100);
}

TEST(ChunkPool, may_end_before_its_chunks) {
  auto pool = ChunkPool::create(100);
  const auto chunk = pool->take();
  pool.reset();
  std::memset(chunk->data.get(), 'x', chunk->bytes);
}

TEST(ChunkPool, takes_chunks_back_on_any_thread) {
  const auto pool = ChunkPool::create(64);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&pool, i] {
      for (int round = 0; round < 2'000; ++round) {
        std::vector<std::shared_ptr<Chunk>> held;
        for (int n = 0; n <= round % 6; ++n) {
          held.push_back(pool->take());
          std::memset(held.back()->data.get(), i, 64);
        }
        for (const auto& chunk : held) {
          ASSERT_EQ(chunk->data[63], i) << "two threads have the same chunk";
        }
      }
    });
  }
}

}  // namespace
}  // namespace millrace
