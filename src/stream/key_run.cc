#include "stream/key_run.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"

namespace millrace {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kPageHead = 2 * sizeof(std::uint64_t);  // checksum of the rest, number of keys
constexpr std::size_t kPageKeys = (kPageBytes - kPageHead) / sizeof(Fingerprint);
constexpr std::size_t kFilterBitsAKey = 12;
constexpr std::uint64_t kMagic = 0x31'6e'75'72'79'65'6b'6d;  // "mkeyrun1"

/// Behind the pages, the first keys and the filter.
struct Foot {
  std::uint64_t pages;
  std::uint64_t blocks;
  std::uint64_t keys;
  std::uint64_t checksum;  // of the first keys and the filter
  std::uint64_t magic;
};

/// Odd numbers of the format, one for each word of a block.
constexpr std::array<std::uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                                 0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

std::uint32_t bit_of(Fingerprint key, std::size_t word) {
  return 1U << ((static_cast<std::uint32_t>(key.high) * kSalts[word]) >> 27);
}

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::span<char> space_of(std::vector<T>& values) {
  return {reinterpret_cast<char*>(values.data()), values.size() * sizeof(T)};
}

std::unexpected<Error> damaged(const std::string& name, std::string_view how) {
  return fail(Fault::corrupt, format("a file of deduplication keys is damaged: {}: {} (restore it from a copy, or "
                                     "rebuild the lake)",
                                     name, how));
}

}  // namespace

KeyFilter::KeyFilter(std::size_t keys_max) : blocks_(keys_max * kFilterBitsAKey / (8 * sizeof(Block)) + 1) {}

std::size_t KeyFilter::block_of(Fingerprint key) const {
  __extension__ using uint128 = unsigned __int128;
  return static_cast<std::size_t>((uint128{key.low} * blocks_.size()) >> 64);
}

void KeyFilter::insert(Fingerprint key) {
  Block& block = blocks_[block_of(key)];
  for (std::size_t word = 0; word < block.size(); ++word) {
    block[word] |= bit_of(key, word);
  }
}

bool KeyFilter::may_contain(Fingerprint key) const {
  const Block& block = blocks_[block_of(key)];
  std::uint32_t missing = 0;
  for (std::size_t word = 0; word < block.size(); ++word) {
    missing |= bit_of(key, word) & ~block[word];
  }
  return missing == 0;
}

KeyRun::KeyRun(std::string name, std::unique_ptr<RunReader> file, std::size_t size,
               std::vector<std::uint64_t> first_highs, KeyFilter filter)
    : name_(std::move(name)),
      file_(std::move(file)),
      size_(size),
      first_highs_(std::move(first_highs)),
      filter_(std::move(filter)),
      page_(kPageBytes) {}

Result<std::unique_ptr<KeyRun>> KeyRun::open(RunStore& store, std::string name) {
  ASSIGN_OR_RETURN(auto file, store.open_run(name));
  const auto bytes = static_cast<std::uint64_t>(file->bytes());
  std::vector<Foot> foot(1);
  if (bytes < sizeof(Foot)) {
    return damaged(name, "it is too short");
  }
  TRY(file->read_at(static_cast<std::int64_t>(bytes - sizeof(Foot)), space_of(foot)));
  const auto [pages, blocks, keys, checksum, magic] = foot.front();
  const std::uint64_t most = bytes / sizeof(std::uint64_t);
  if (magic != kMagic || pages > most || blocks > most || blocks == 0 ||
      pages * (kPageBytes + sizeof(std::uint64_t)) + blocks * sizeof(KeyFilter::Block) + sizeof(Foot) != bytes) {
    return damaged(name, "it does not end as it should");
  }
  std::vector<std::uint64_t> first_highs(pages);
  std::vector<KeyFilter::Block> filter(blocks);
  TRY(file->read_at(static_cast<std::int64_t>(pages * kPageBytes), space_of(first_highs)));
  TRY(file->read_at(static_cast<std::int64_t>(pages * (kPageBytes + sizeof(std::uint64_t))), space_of(filter)));
  if (hash64(bytes_of(filter), hash64(bytes_of(first_highs))) != checksum) {
    return damaged(name, "its checksum is another");
  }
  return std::unique_ptr<KeyRun>(
      new KeyRun(std::move(name), std::move(file), keys, std::move(first_highs), KeyFilter(std::move(filter))));
}

std::size_t KeyRun::bytes() const {
  return first_highs_.size() * sizeof(std::uint64_t) + filter_.blocks().size_bytes();
}

Result<std::span<const Fingerprint>> KeyRun::page(std::size_t index) {
  TRY(file_->read_at(static_cast<std::int64_t>(index * kPageBytes), page_));
  ByteReader in({page_.data(), page_.size()});
  const auto checksum = in.get<std::uint64_t>();
  const auto count = in.get<std::uint64_t>();
  if (hash64(std::string_view(page_.data(), page_.size()).substr(sizeof checksum)) != checksum || count > kPageKeys) {
    return damaged(name_, format("the checksum of page {} is another", index));
  }
  keys_.resize(count);
  for (Fingerprint& key : keys_) {
    key = in.get<Fingerprint>();
  }
  return std::span<const Fingerprint>(keys_);
}

Result<bool> KeyRun::contains(Fingerprint key) {
  // Keys of one `high` could lie on two pages: from the last page that may hold it, back to the first.
  auto page = std::ranges::upper_bound(first_highs_, key.high);
  while (page != first_highs_.begin()) {
    --page;
    ASSIGN_OR_RETURN(const auto keys, this->page(static_cast<std::size_t>(page - first_highs_.begin())));
    if (std::ranges::binary_search(keys, key, is_before)) {
      return true;
    }
    if (*page != key.high) {
      return false;
    }
  }
  return false;
}

Result<KeyRunWriter> KeyRunWriter::create(RunStore& store, std::size_t keys_max) {
  ASSIGN_OR_RETURN(auto file, store.create_run());
  return KeyRunWriter(std::move(file), keys_max);
}

Result<void> KeyRunWriter::add(Fingerprint key) {
  if (!keys_.empty() && keys_.back() == key) {
    return {};
  }
  CHECK(keys_.empty() || is_before(keys_.back(), key));
  filter_.insert(key);
  if (keys_.size() == kPageKeys) {
    TRY(write_page());
  }
  keys_.push_back(key);
  ++size_;
  return {};
}

Result<void> KeyRunWriter::write_page() {
  first_highs_.push_back(keys_.front().high);
  ByteWriter out;
  out.reserve(kPageBytes);
  out.put(static_cast<std::uint64_t>(keys_.size()));
  out.append(bytes_of(keys_));
  out.append(std::string(kPageBytes - kPageHead - bytes_of(keys_).size(), '\0'));
  const std::string rest = out.take();
  ByteWriter page;
  page.reserve(kPageBytes);
  page.put(hash64(rest));
  page.append(rest);
  keys_.clear();
  return file_->write(page.take());
}

Result<std::string> KeyRunWriter::finish() {
  if (!keys_.empty()) {
    TRY(write_page());
  }
  const std::vector<KeyFilter::Block> blocks(filter_.blocks().begin(), filter_.blocks().end());
  ByteWriter end;
  end.append(bytes_of(first_highs_));
  end.append(bytes_of(blocks));
  end.put(Foot{.pages = first_highs_.size(),
               .blocks = blocks.size(),
               .keys = size_,
               .checksum = hash64(bytes_of(blocks), hash64(bytes_of(first_highs_))),
               .magic = kMagic});
  TRY(file_->write(end.take()));
  TRY(file_->finish());
  return file_->name();
}

Result<std::unique_ptr<KeyRun>> merge_runs(RunStore& store, std::span<KeyRun* const> runs) {
  /// A run's next key.
  struct Cursor {
    KeyRun* run;
    std::size_t next_page = 0;
    std::span<const Fingerprint> keys = {};
    Result<bool> fill() {
      while (keys.empty() && next_page < run->pages()) {
        ASSIGN_OR_RETURN(keys, run->page(next_page++));
      }
      return !keys.empty();
    }
  };
  std::vector<Cursor> cursors;
  std::size_t keys_max = 0;
  for (KeyRun* const run : runs) {
    Cursor cursor{.run = run};
    ASSIGN_OR_RETURN(const bool more, cursor.fill());
    if (more) {
      cursors.push_back(cursor);
    }
    keys_max += run->size();
  }
  ASSIGN_OR_RETURN(KeyRunWriter out, KeyRunWriter::create(store, keys_max));
  while (!cursors.empty()) {
    // A handful of runs: a look at each is as fast as a heap.
    const auto least =
        std::ranges::min_element(cursors, is_before, [](const Cursor& cursor) { return cursor.keys.front(); });
    TRY(out.add(least->keys.front()));
    least->keys = least->keys.subspan(1);
    ASSIGN_OR_RETURN(const bool more, least->fill());
    if (!more) {
      cursors.erase(least);
    }
  }
  ASSIGN_OR_RETURN(std::string name, out.finish());
  return KeyRun::open(store, std::move(name));
}

}  // namespace millrace
