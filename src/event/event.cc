#include "event/event.h"

#include <algorithm>
#include <numeric>

namespace millrace {
namespace {

constexpr std::array<std::string_view, kFieldCount> kFieldNames = {
    "event_time", "user_id",  "product_id", "category",   "price",    "quantity",
    "event_type", "event_id", "order_id",   "session_id", "currency",
};

constexpr std::array<std::string_view, kOutcomeCount> kOutcomeNames = {
    "silver",       "late",   "duplicate",          "too_large", "malformed_json", "missing_field",  "bad_event_time",
    "future_event", "bad_id", "unknown_event_type", "bad_price", "bad_quantity",   "wrong_currency", "bad_category",
};

}  // namespace

std::string_view to_string(Field field) { return kFieldNames[static_cast<std::size_t>(field)]; }

std::string_view to_string(Outcome outcome) { return kOutcomeNames[static_cast<std::size_t>(outcome)]; }

std::optional<Outcome> outcome_from(std::string_view name) {
  const auto* found = std::ranges::find(kOutcomeNames, name);
  return found == kOutcomeNames.end() ? std::nullopt
                                      : std::optional(static_cast<Outcome>(found - kOutcomeNames.begin()));
}

std::int64_t total(const OutcomeCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

OutcomeCounts& operator+=(OutcomeCounts& counts, const OutcomeCounts& more) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] += more[i];
  }
  return counts;
}

}  // namespace millrace
