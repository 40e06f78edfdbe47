#include "ingest/partitioner.h"

#include <bit>
#include <cstring>

#include "base/check.h"

namespace millrace {
namespace {

static_assert(std::endian::native == std::endian::little, "murmur2 reads little-endian words");

constexpr std::uint32_t kSeed = 0x9747b28c;
constexpr std::uint32_t kMultiplier = 0x5bd1e995;
constexpr std::uint32_t kSignBit = 0x80000000;

std::uint32_t mixed(std::uint32_t word) {
  word *= kMultiplier;
  word ^= word >> 24;
  return word * kMultiplier;
}

}  // namespace

std::uint32_t murmur2(std::string_view key) {
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
  while (key.size() >= sizeof(std::uint32_t)) {
    std::uint32_t word;
    std::memcpy(&word, key.data(), sizeof word);
    hash = (hash * kMultiplier) ^ mixed(word);
    key.remove_prefix(sizeof word);
  }
  if (!key.empty()) {
    std::uint32_t rest = 0;
    std::memcpy(&rest, key.data(), key.size());
    hash = (hash ^ rest) * kMultiplier;
  }
  hash = (hash ^ (hash >> 13)) * kMultiplier;
  return hash ^ (hash >> 15);
}

Partition partition_of(std::string_view key, Partition count) {
  CHECK(count > 0);
  return static_cast<Partition>((murmur2(key) & ~kSignBit) % static_cast<std::uint32_t>(count));
}

}  // namespace millrace
