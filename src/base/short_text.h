// Texts of a few bytes, as ids, prices and categories are: copied, compared and hashed without a call.
//
// Texts of up to 32 bytes are handled as two machine words that may overlap; longer ones go to the library. Never reads
// or writes beyond the text.
// Source of the hash: the multiplication of two words folded to one, as in wyhash (Wang Yi); for tables of this process
// alone, whose seed nobody outside knows.
// Thread rule: pure functions.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/hash.h"

namespace millrace {

namespace short_text {

__extension__ using Word16 = unsigned __int128;

/// The first and the last word of a text that is at least as long as one.
template <class Word>
struct Ends {
  explicit Ends(std::string_view text) {
    std::memcpy(&first, text.data(), sizeof first);
    std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
  }
  bool operator==(const Ends&) const = default;
  Word first;
  Word last;
};

template <class Word>
void copy_ends(char* to, std::string_view text) {
  const Ends<Word> ends(text);
  std::memcpy(to, &ends.first, sizeof ends.first);
  std::memcpy(to + text.size() - sizeof ends.last, &ends.last, sizeof ends.last);
}

}  // namespace short_text

inline void copy_text(char* to, std::string_view text) {
  if (text.size() > 2 * sizeof(short_text::Word16)) {
    std::memcpy(to, text.data(), text.size());
  } else if (text.size() >= sizeof(short_text::Word16)) {
    short_text::copy_ends<short_text::Word16>(to, text);
  } else if (text.size() >= sizeof(std::uint64_t)) {
    short_text::copy_ends<std::uint64_t>(to, text);
  } else if (text.size() >= sizeof(std::uint32_t)) {
    short_text::copy_ends<std::uint32_t>(to, text);
  } else {
    std::copy_n(text.data(), text.size(), to);
  }
}

inline bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  if (a.size() > 2 * sizeof(std::uint64_t)) {
    return std::memcmp(a.data(), b.data(), a.size()) == 0;
  }
  if (a.size() >= sizeof(std::uint64_t)) {
    return short_text::Ends<std::uint64_t>(a) == short_text::Ends<std::uint64_t>(b);
  }
  if (a.size() >= sizeof(std::uint32_t)) {
    return short_text::Ends<std::uint32_t>(a) == short_text::Ends<std::uint32_t>(b);
  }
  return std::equal(a.begin(), a.end(), b.begin());
}

inline std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (text.size() > 2 * sizeof(std::uint64_t)) {
    return hash64(text, seed);
  }
  if (text.size() >= sizeof(std::uint64_t)) {
    const short_text::Ends<std::uint64_t> ends(text);
    first = ends.first;
    last = ends.last;
  } else if (text.size() >= sizeof(std::uint32_t)) {
    const short_text::Ends<std::uint32_t> ends(text);
    first = ends.first;
    last = ends.last;
  } else {
    for (const char c : text) {
      first = first << 8 | static_cast<unsigned char>(c);
    }
  }
  constexpr std::uint64_t kOdd = 0x9E37'79B9'7F4A'7C15;  // 2^64 divided by the golden ratio
  const short_text::Word16 product =
      short_text::Word16{first ^ seed} * (last ^ std::rotl(seed, 32) ^ (text.size() + 1) * kOdd);
  const std::uint64_t folded = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  return (folded ^ folded >> 32) * kOdd;
}

}  // namespace millrace
