// How a good event line is broken: one example or more for every rule of CONTRACT.md that a record can break.
//
// The line is edited as text, because what is wanted is exactly what no honest writer would write. Two reasons are
// left out: `too_large`, whose megabyte would drown all else, and `wrong_currency`, which only a configured shop has.
// Precondition throughout: a line as the simulator writes it, whose values hold no quote.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "event/event.h"

namespace millrace {

/// How many kinds of damage there are.
std::size_t damage_count();

/// Why a record with this damage is refused. Precondition: kind < damage_count().
Outcome damage_reason(std::size_t kind);

/// Replaces `out` by `line`, broken in this way; no newline is put in. Precondition: kind < damage_count().
void write_damaged(std::size_t kind, std::string_view line, std::string& out);

}  // namespace millrace
