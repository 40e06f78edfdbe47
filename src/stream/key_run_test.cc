#include "stream/key_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::seed_of_test;
using stream_testing::MemoryRuns;

std::vector<Fingerprint> random_keys(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Fingerprint> keys(count);
  for (Fingerprint& key : keys) {
    key = {random(), random()};
  }
  std::ranges::sort(keys, is_before);
  return keys;
}

std::unique_ptr<KeyRun> write(RunStore& store, const std::vector<Fingerprint>& keys) {
  auto writer = KeyRunWriter::create(store, keys.size());
  EXPECT_TRUE(writer);
  for (const Fingerprint key : keys) {
    EXPECT_TRUE(writer->add(key));
  }
  auto name = writer->finish();
  EXPECT_TRUE(name);
  auto run = KeyRun::open(store, *name);
  EXPECT_TRUE(run);
  return *std::move(run);
}

bool contains(KeyRun& run, Fingerprint key) {
  const auto contains = run.contains(key);
  EXPECT_TRUE(contains);
  EXPECT_TRUE(!*contains || run.may_contain(key)) << "the filter must never miss a key";
  return *contains;
}

TEST(KeyRun, holds_what_was_written_and_nothing_else) {
  MemoryRuns runs;
  for (const std::size_t count : {0UL, 1UL, 254UL, 255UL, 256UL, 10'000UL}) {
    const std::vector<Fingerprint> keys = random_keys(count, seed_of_test(1));
    const auto run = write(runs, keys);
    EXPECT_EQ(run->size(), count);
    for (const Fingerprint key : keys) {
      ASSERT_TRUE(contains(*run, key)) << count;
    }
    std::size_t maybe = 0;
    for (const Fingerprint key : random_keys(10'000, seed_of_test(2))) {
      ASSERT_FALSE(contains(*run, key)) << count;
      maybe += run->may_contain(key) ? 1 : 0;
    }
    EXPECT_LT(maybe, 200U) << "one look of 50 in vain is too many; of " << count;
    EXPECT_LE(run->bytes(), count * 2 + 64);
  }
}

TEST(KeyRun, holds_keys_at_the_edges_and_many_of_one_high_part) {
  MemoryRuns runs;
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  std::vector<Fingerprint> keys = {{0, 0}, {0, 1}};
  for (std::uint64_t low = 0; low < 1'000; ++low) {
    keys.push_back({7, low * 2});
  }
  keys.push_back({kMost, kMost});
  const auto run = write(runs, keys);
  for (const Fingerprint key : keys) {
    EXPECT_TRUE(contains(*run, key));
  }
  for (const Fingerprint key : {Fingerprint{0, 2}, {6, 0}, {7, 1}, {7, 1'001}, {8, 0}, {kMost, 0}}) {
    EXPECT_FALSE(contains(*run, key));
  }
}

TEST(KeyRun, leaves_out_a_key_that_comes_twice_in_a_row) {
  MemoryRuns runs;
  EXPECT_EQ(write(runs, {{1, 1}, {1, 1}, {2, 2}, {2, 2}})->size(), 2U);
}

TEST(KeyRun, merges_into_one_that_holds_the_keys_of_all) {
  MemoryRuns runs;
  const std::vector<Fingerprint> all = random_keys(5'000, seed_of_test(3));
  std::vector<std::vector<Fingerprint>> parts(5);
  std::mt19937_64 random(seed_of_test(4));
  for (const Fingerprint key : all) {
    parts[random() % 4].push_back(key);
    if (random() % 10 == 0) {
      parts[4].push_back(key);  // stands twice, perhaps
    }
  }
  std::vector<std::unique_ptr<KeyRun>> written;
  std::vector<KeyRun*> pointers;
  for (const auto& part : parts) {
    written.push_back(write(runs, part));
    pointers.push_back(written.back().get());
  }
  written.push_back(write(runs, {}));
  pointers.push_back(written.back().get());
  const auto merged = merge_runs(runs, pointers);
  ASSERT_TRUE(merged);
  EXPECT_EQ((*merged)->size(), all.size());
  for (const Fingerprint key : all) {
    ASSERT_TRUE(contains(**merged, key));
  }
}

TEST(KeyRun, a_byte_that_changed_is_found_wherever_it_stands) {
  MemoryRuns runs;
  const std::vector<Fingerprint> keys = random_keys(600, seed_of_test(5));
  const std::string name = write(runs, keys)->name();
  std::string& bytes = runs.bytes_of(name);
  for (std::size_t at = 0; at < bytes.size(); at += at + 200 < bytes.size() ? 97 : 1) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    const auto run = KeyRun::open(runs, name);
    bool found = !run;
    for (std::size_t page = 0; !found && page < (*run)->pages(); ++page) {
      found = !(*run)->page(page);
    }
    // The number of keys is for counters alone.
    const bool is_count = at + 24 >= bytes.size() && at + 16 < bytes.size();
    EXPECT_TRUE(found || is_count) << at;
    if (!run) {
      EXPECT_EQ(run.error().fault, Fault::corrupt);
      EXPECT_THAT(run.error().message, testing::HasSubstr(name));
    }
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  }
  for (const std::size_t size : {0UL, 39UL, 40UL, bytes.size() - 1}) {
    const std::string whole = bytes;
    bytes.resize(size);
    EXPECT_FALSE(KeyRun::open(runs, name)) << size;
    bytes = whole;
  }
}

}  // namespace
}  // namespace millrace
