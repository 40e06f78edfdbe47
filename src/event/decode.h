// Decode: records in, each either a typed event or a rejection with its reason. CONTRACT.md, "The checks".
//
// Pure: what a record becomes depends on its bytes, the rules and `received` (the clock's reading, for future_event)
// alone; never on the records around it. So batches may be decoded on any thread, in any order. Checks that need the
// partition's history (late, duplicate, too many categories) belong to stream/partition_pipeline.h.
// Cost: one pass with simdjson, no allocation for an event in the steady state.
// Thread rule: a Decoder and a DecodedBatch belong to one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/arena.h"
#include "event/event.h"
#include "event/fingerprint.h"
#include "event/record_reader.h"

namespace millrace {

struct Rules {
  Duration future_tolerance = minutes(15);
  std::string currency;                  // empty: not checked
  std::vector<std::string> event_types;  // enabled beside the four; at most 80 bytes each
  SecretKey key{};                       // of the lake
};

/// A record, decoded. All texts live as long as the batch.
struct DecodedRecord {
  Record record;
  RecordFields fields;                // all absent where the record is too_large or malformed_json
  std::optional<Instant> event_time;  // where it could be read and does not lie in the future, also of rejected records
  std::optional<Field> field;         // of a rejection that is about one field
  Outcome outcome;                    // silver: valid so far; the partition's history decides on late and duplicate
  Event event;                        // meaningful where the outcome is no rejection
  /// Of a late event with an event_id: an event that was not late had it before. Set by the partition's history.
  std::optional<bool> id_was_in_silver;
};

struct DecodedBatch {
  std::vector<DecodedRecord> records;
  Arena arena;
  std::shared_ptr<const void> bytes;  // of the records
  Instant received;                   // when the batch was taken from the log

  void clear();
};

class Decoder {
 public:
  explicit Decoder(Rules rules);

  /// Replaces what `out` held. `bytes` is kept with it.
  void decode(std::span<const Record> records, std::shared_ptr<const void> bytes, Instant received, DecodedBatch& out);

 private:
  void decode_record(Instant received, Arena& arena, DecodedRecord& out);

  Rules rules_;
  RecordReader reader_;
};

}  // namespace millrace
