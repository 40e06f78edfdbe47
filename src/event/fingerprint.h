// What makes two events the same: a 128-bit fingerprint under the lake's secret key.
//
// HighwayHash is a keyed pseudorandom function: who does not know the key cannot construct two identities with one
// fingerprint, so a hostile producer cannot make another shop event disappear as a "duplicate".
// Source: J. Alakuijala, B. Cox, J. Wassenberg, "Fast keyed hash/pseudo-random function using SIMD", arXiv 1612.06257.
// Thread rule: a value; safe everywhere.
#pragma once

#include <array>
#include <cstdint>

#include "event/event.h"

namespace millrace {

/// The lake's secret, 256 bits; made once when a lake is created.
using SecretKey = std::array<std::uint64_t, 4>;

/// The identity of an event: its event_id where there is one, else (user_id, product_id, time, type). The two kinds
/// never meet, and texts cannot run into each other: each stands behind its length.
Fingerprint fingerprint_of(const Event& event, const SecretKey& key);

}  // namespace millrace
