// Reads one record's JSON: the known fields as texts, all other fields as one JSON object, the whole record validated.
//
// One pass with simdjson's on-demand reader. It is walked to the last token, so that every string, number and literal
// is checked, also inside unknown fields; numbers stay text and never become a double. What is accepted is exactly
// CONTRACT.md's "The record" (RFC 8259 in UTF-8, one object, depth at most 64, no known field twice).
// Source: RFC 8259; simdjson's On-Demand documentation for what its lazy reader leaves unchecked.
// Thread rule: one reader for each thread; it owns simdjson's buffers, which grow to the largest record seen (bounded
// by kRecordBytesMax).
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "base/arena.h"
#include "event/event.h"

namespace millrace {

/// A record's fields as they stand in it. Views into the record's bytes, or into the arena where a text had escapes.
struct RecordFields {
  std::array<FieldText, kFieldCount> known;
  std::string_view extra;  // JSON object of all fields that are no bronze columns; empty where there is none
};

class RecordReader {
 public:
  RecordReader();
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  /// False where the record is malformed; `out` is then meaningless. Precondition: kRecordPaddingBytes are readable
  /// behind the record.
  bool read(std::string_view record, Arena& arena, RecordFields& out);

 private:
  class Walk;
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace millrace
