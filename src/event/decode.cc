#include "event/decode.h"

#include <utility>

#include "event/rules.h"

namespace millrace {

void DecodedBatch::clear() {
  records.clear();
  arena.clear();
  bytes.reset();
}

Decoder::Decoder(Rules rules) : rules_(std::move(rules)) {}

void Decoder::decode(std::span<const Record> records, std::shared_ptr<const void> bytes, Instant received,
                     DecodedBatch& out) {
  out.arena.clear();
  out.bytes = std::move(bytes);
  out.received = received;
  out.records.resize(records.size());  // what stands in them is written over, and not first cleared
  for (std::size_t i = 0; i < records.size(); ++i) {
    out.records[i].record = records[i];
    decode_record(received, out.arena, out.records[i]);
  }
}

void Decoder::decode_record(Instant received, Arena& arena, DecodedRecord& out) {
  out.event_time.reset();
  out.field.reset();
  if (out.record.full_bytes > static_cast<std::int64_t>(kRecordBytesMax)) {
    out.fields = {};
    out.event = {};
    out.outcome = Outcome::too_large;
    return;
  }
  if (!reader_.read(out.record.bytes, arena, out.fields)) {
    out.fields = {};
    out.event = {};
    out.outcome = Outcome::malformed_json;
    return;
  }
  const Instant latest = out.record.log_time.value_or(received) + rules_.future_tolerance;
  const std::optional<Rejection> rejection = check_event(out.fields, latest, rules_, out.event, out.event_time);
  if (rejection) {
    out.event = {};
    out.outcome = rejection->reason;
    out.field = rejection->field;
    return;
  }
  out.outcome = Outcome::silver;
  out.event.fingerprint = fingerprint_of(out.event, rules_.key);
}

}  // namespace millrace
