// The different texts of a column, each once, and the way from a text to its place among them.
//
// Indexes count up in the order in which the texts came first, so they depend on nothing but the texts. values() and
// offsets() are an Arrow array of the texts. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/short_text.h"
#include "lake/growing_buffer.h"

namespace millrace {

class TextDictionary {
 public:
  std::int32_t index_of(std::string_view text) { return index_of(text, hash_of(text)); }

  /// The indexes of `count` texts; text(i) gives each.
  template <class Get>
  void index_each(std::size_t count, Get text, std::int32_t* indexes) {
    constexpr std::size_t kAhead = 16;  // so many slots are on their way into the cache
    std::uint64_t hashes[kAhead];
    for (std::size_t i = 0; i < count + kAhead; ++i) {
      if (i >= kAhead) {
        indexes[i - kAhead] = index_of(text(i - kAhead), hashes[i % kAhead]);
      }
      if (i < count) {
        hashes[i % kAhead] = hash_of(text(i));
        fetch(hashes[i % kAhead]);
      }
    }
  }

  std::size_t size() const { return offsets_.size() == 0 ? 0 : offsets_.size() - 1; }
  std::span<const char> values() const { return values_.span(); }
  /// One more than there are texts; empty where there is none.
  std::span<const std::int32_t> offsets() const { return offsets_.span(); }

  std::size_t bytes() const { return values_.size() + offsets_.size() * sizeof(std::int32_t); }
  std::size_t held_bytes() const {
    return values_.capacity() + offsets_.capacity() * sizeof(std::int32_t) + slots_.capacity() * sizeof(Slot);
  }
  void clear();
  /// Gives back what the buffers have beyond the texts.
  void shrink();

 private:
  static constexpr std::int32_t kEmpty = -1;
  struct Slot {
    std::uint32_t tag = 0;
    std::int32_t index = kEmpty;
  };

  /// Drawn once for this process, so that no shop can be sent texts that collide.
  static const std::uint64_t kSecret;
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  static std::uint64_t hash_of(std::string_view text) { return hash_text(text, kSecret); }
  void fetch(std::uint64_t hash) const {
    if (!slots_.empty()) {
      __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
    }
  }
  std::int32_t index_of(std::string_view text, std::uint64_t hash) {
    if ((size() + 1) * 2 > slots_.size()) [[unlikely]] {
      grow();
    }
    for (std::size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot slot = slots_[i];
      if (slot.index == kEmpty) {
        slots_[i] = {tag_of(hash), static_cast<std::int32_t>(size())};
        return add(text);
      }
      if (slot.tag == tag_of(hash) && same_text(text_at(slot.index), text)) {
        return slot.index;
      }
    }
  }
  std::string_view text_at(std::int32_t index) const {
    const std::int32_t* const offset = offsets_.span().data() + index;
    return {values_.span().data() + offset[0], static_cast<std::size_t>(offset[1] - offset[0])};
  }
  std::int32_t add(std::string_view text);
  void grow();

  GrowingBuffer<char> values_;
  GrowingBuffer<std::int32_t> offsets_;
  std::vector<Slot> slots_;  // open addressing, at most half full
};

}  // namespace millrace
