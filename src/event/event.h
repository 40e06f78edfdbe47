// The event: what a shop sends, what it becomes, and why it may be refused. CONTRACT.md, "The event".
//
// Three views of one record: Record (bytes as the log gave them), DecodedRecord (its fields as texts, and either a
// typed Event or a Rejection), Outcome (where it stands in the lake). All texts are views into the record's bytes or
// the batch's arena and live as long as the batch.
// Thread rule: plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/decimal.h"
#include "base/time.h"

namespace millrace {

/// Counts of things that must not be mixed up.
using Offset = std::int64_t;     // a record's place in its partition, from 0
using Partition = std::int32_t;  // a partition of a topic, from 0

/// The largest record that is read as JSON; longer ones are `too_large` and kept up to this length.
constexpr std::size_t kRecordBytesMax = 1'048'576;

/// One record as the log holds it.
struct Record {
  std::string_view bytes;   // at most the first kRecordBytesMax + 1 bytes; simdjson's padding is readable behind it
  std::int64_t full_bytes;  // the record's whole length
  Offset offset;
  std::optional<Instant> log_time;  // the broker's time; none on the embedded log, as the two below
  std::optional<std::string_view> key = std::nullopt;
  std::string_view headers = {};  // a JSON object; empty: none
};

/// The eleven known fields; the first seven stand as columns in bronze, in this order.
enum class Field : std::uint8_t {
  event_time,
  user_id,
  product_id,
  category,
  price,
  quantity,
  event_type,
  event_id,
  order_id,
  session_id,
  currency,
};
constexpr std::size_t kFieldCount = 11;
constexpr std::size_t kBronzeFieldCount = 7;

std::string_view to_string(Field field);

/// What an event says happened. `other` are the types that only the configuration enables.
enum class EventType : std::uint8_t { order_created, product_viewed, add_to_cart, order_returned, other };

/// Where a record stands: silver, late or duplicate, else the reason why it was rejected, in the order of the checks.
enum class Outcome : std::uint8_t {
  silver,
  late,
  duplicate,
  too_large,
  malformed_json,
  missing_field,
  bad_event_time,
  future_event,
  bad_id,
  unknown_event_type,
  bad_price,
  bad_quantity,
  wrong_currency,
  bad_category,
};
constexpr std::size_t kOutcomeCount = 14;

std::string_view to_string(Outcome outcome);
std::optional<Outcome> outcome_from(std::string_view name);
constexpr bool is_rejection(Outcome outcome) { return outcome > Outcome::duplicate; }

/// How many records ended where; the sum over all outcomes is the number of records.
using OutcomeCounts = std::array<std::int64_t, kOutcomeCount>;
std::int64_t total(const OutcomeCounts& counts);
OutcomeCounts& operator+=(OutcomeCounts& counts, const OutcomeCounts& more);

/// Why a record was refused, and in which field (none: the record as a whole).
struct Rejection {
  Outcome reason;
  std::optional<Field> field;
};

/// A known field as received.
struct FieldText {
  enum class Kind : std::uint8_t { absent, null, string, json };  // json: a number, literal, array or object as text
  std::string_view text;                                          // strings unescaped
  Kind kind = Kind::absent;
};

/// A 128-bit fingerprint of an event's identity, keyed by the lake's secret.
struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Fingerprint&) const = default;
};

/// A valid event. Units: price and revenue in 1/10,000 currency units.
struct Event {
  Instant time;
  std::string_view user_id;
  std::string_view product_id;
  std::string_view category;
  std::string_view type_text;
  std::string_view event_id;  // empty where there is none, as are the next two
  std::string_view order_id;
  std::string_view session_id;
  Money price;
  Money revenue;
  std::int32_t quantity;
  EventType type;
  Fingerprint fingerprint;  // of event_id, else of (user, product, time, type)
};

}  // namespace millrace
