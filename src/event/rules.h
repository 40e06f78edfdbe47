// The checks of an event's fields, in CONTRACT.md's order; the first that fails is the reason.
//
// Pure functions of texts; a field's check is a few lines in rules.cc, in the order of the contract's table.
// Thread rule: safe everywhere.
#pragma once

#include <optional>

#include "event/decode.h"

namespace millrace {

/// Fills `event` from the fields, or says why not. `event_time` is set wherever the time was read and is not in the
/// future, even when a later check fails. The event's fingerprint is left to the caller.
std::optional<Rejection> check_event(const RecordFields& fields, Instant latest, const Rules& rules, Event& event,
                                     std::optional<Instant>& event_time);

}  // namespace millrace
