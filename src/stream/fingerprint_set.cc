#include "stream/fingerprint_set.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kSlotsMin = 64;

/// Maps a uniform 64-bit number to [0, slots) without a division, so that any table size will do.
/// Source: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 2019.
std::size_t reduce(std::uint64_t hash, std::size_t slots) {
  __extension__ using uint128 = unsigned __int128;
  return static_cast<std::size_t>((uint128{hash} * slots) >> 64);
}

}  // namespace

bool FingerprintSet::insert(Fingerprint fingerprint) {
  if (fingerprint == Fingerprint{}) [[unlikely]] {
    return !std::exchange(has_zero_, true);
  }
  if ((size_ + 1) * 16 > slots_.size() * 15) {
    resize(slots_for_growth());
  }
  Fingerprint& slot = slots_[slot_of(fingerprint)];
  if (slot == fingerprint) {
    return false;
  }
  slot = fingerprint;
  ++size_;
  return true;
}

bool FingerprintSet::contains(Fingerprint fingerprint) const {
  if (fingerprint == Fingerprint{}) {
    return has_zero_;
  }
  return !slots_.empty() && slots_[slot_of(fingerprint)] == fingerprint;
}

void FingerprintSet::fetch(Fingerprint fingerprint) const {
  if (!slots_.empty()) {
    __builtin_prefetch(&slots_[reduce(fingerprint.low, slots_.size())]);
  }
}

std::size_t FingerprintSet::slot_of(Fingerprint fingerprint) const {
  std::size_t i = reduce(fingerprint.low, slots_.size());
  while (slots_[i] != Fingerprint{} && slots_[i] != fingerprint) {
    i = i + 1 == slots_.size() ? 0 : i + 1;
  }
  return i;
}

void FingerprintSet::reserve(std::size_t count) {
  const std::size_t slots = (count * 16 + 14) / 15;
  if (slots > slots_.size()) {
    resize(std::max(slots, slots_for_growth()));
  }
}

std::size_t FingerprintSet::slots_for_growth() const {
  return std::max(kSlotsMin, slots_.size() + slots_.size() * 3 / 8);
}

void FingerprintSet::resize(std::size_t slots) {
  std::vector<Fingerprint> old(slots);
  old.swap(slots_);
  for (const Fingerprint& fingerprint : old) {
    if (fingerprint != Fingerprint{}) {
      slots_[slot_of(fingerprint)] = fingerprint;
    }
  }
}

}  // namespace millrace
