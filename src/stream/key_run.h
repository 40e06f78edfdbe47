// A run: fingerprints that left memory, sorted in a file of the partition's state that is written once.
//
// A file is pages of 4 KiB with a checksum each, so that a look-up reads and verifies one; behind them the first key of
// each page and a filter, which stay in memory: 1.5 bytes a key for the filter, and 1 of 100 keys that are not there
// costs a read in vain. What a sink provides are files, RunStore; their format is ours.
// The filter is the split block Bloom filter of the Parquet format (Putze, Sanders, Singler, "Cache-, hash- and
// space-efficient Bloom filters", 2009).
// Errors: corrupt where a file is not what was written; those of the store. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"

namespace millrace {

class RunWriter {
 public:
  virtual ~RunWriter() = default;
  virtual const std::string& name() const = 0;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> finish() = 0;
};

class RunReader {
 public:
  virtual ~RunReader() = default;
  virtual std::int64_t bytes() const = 0;
  /// Fills `out` whole; fault corrupt behind the end.
  virtual Result<void> read_at(std::int64_t position, std::span<char> out) = 0;
};

/// Where a partition's runs are. A run stays if the next commit names it (Commit::runs), and as long as commits do.
class RunStore {
 public:
  virtual ~RunStore() = default;
  virtual Result<std::unique_ptr<RunWriter>> create_run() = 0;
  virtual Result<std::unique_ptr<RunReader>> open_run(const std::string& name) = 0;
};

/// The order of keys in a run.
constexpr bool is_before(Fingerprint a, Fingerprint b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }

/// A set that says of a key that it may be in it, or is surely not.
class KeyFilter {
 public:
  using Block = std::array<std::uint32_t, 8>;  // a bit of a key in each word
  explicit KeyFilter(std::size_t keys_max);
  explicit KeyFilter(std::vector<Block> blocks) : blocks_(std::move(blocks)) {}

  void insert(Fingerprint key);
  bool may_contain(Fingerprint key) const;
  void fetch(Fingerprint key) const { __builtin_prefetch(&blocks_[block_of(key)]); }
  std::span<const Block> blocks() const { return blocks_; }

 private:
  std::size_t block_of(Fingerprint key) const;
  std::vector<Block> blocks_;
};

class KeyRun {
 public:
  static Result<std::unique_ptr<KeyRun>> open(RunStore& store, std::string name);

  const std::string& name() const { return name_; }
  std::size_t size() const { return size_; }
  /// Memory of the filter and the pages' first keys.
  std::size_t bytes() const;

  void fetch(Fingerprint key) const { filter_.fetch(key); }
  bool may_contain(Fingerprint key) const { return filter_.may_contain(key); }
  Result<bool> contains(Fingerprint key);

  std::size_t pages() const { return first_highs_.size(); }
  /// The keys of a page, which live until the next call of either.
  Result<std::span<const Fingerprint>> page(std::size_t index);

 private:
  KeyRun(std::string name, std::unique_ptr<RunReader> file, std::size_t size, std::vector<std::uint64_t> first_highs,
         KeyFilter filter);

  const std::string name_;
  const std::unique_ptr<RunReader> file_;
  const std::size_t size_;
  const std::vector<std::uint64_t> first_highs_;
  const KeyFilter filter_;
  std::vector<char> page_;
  std::vector<Fingerprint> keys_;
};

/// Writes a run, key by key.
class KeyRunWriter {
 public:
  static Result<KeyRunWriter> create(RunStore& store, std::size_t keys_max);
  /// Ascending; one that is equal to the one before is left out.
  Result<void> add(Fingerprint key);
  /// The run's name.
  Result<std::string> finish();

 private:
  KeyRunWriter(std::unique_ptr<RunWriter> file, std::size_t keys_max) : file_(std::move(file)), filter_(keys_max) {}
  Result<void> write_page();

  std::unique_ptr<RunWriter> file_;
  KeyFilter filter_;
  std::vector<std::uint64_t> first_highs_;
  std::vector<Fingerprint> keys_;  // of the page at hand
  std::uint64_t size_ = 0;
};

/// One run of the keys of several.
Result<std::unique_ptr<KeyRun>> merge_runs(RunStore& store, std::span<KeyRun* const> runs);

}  // namespace millrace
