// A fast 64-bit hash (XXH3) for hash tables and for noticing that bytes changed. This is the one file that names it.
//
// Not keyed against an opponent: an identity that a stranger must not be able to forge takes event/fingerprint.h.
// The value is part of stored log positions, so it must stay the same for the same bytes and seed.
// Source: Y. Collet, xxHash; XXH3 is frozen since its version 0.8.0.
// Thread rule: a pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace millrace
