// For tests of events only: records that own their bytes, the contract's example with changes, decoding of one record.
//
// Thread rule: values and free functions.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "base/format.h"
#include "event/decode.h"

namespace millrace::event_testing {

/// The bytes that a log promises behind a record (kRecordPaddingBytes of ingest/event_log.h).
constexpr std::size_t kPaddingBytes = 64;

/// A record in memory of just its size and the padding, so that a sanitizer sees the first byte read too far.
class PaddedRecord {
 public:
  /// `behind` fills the padding, again and again: a log has the next records there, so no result may depend on it.
  explicit PaddedRecord(std::string_view text, std::string_view behind = "\n")
      : data_(std::make_shared<char[]>(text.size() + kPaddingBytes)), size_(text.size()) {
    text.copy(data_.get(), size_);
    for (std::size_t i = 0; i < kPaddingBytes; ++i) {
      data_.get()[size_ + i] = behind[i % behind.size()];
    }
  }

  std::string_view bytes() const { return {data_.get(), size_}; }
  std::shared_ptr<const void> owner() const { return data_; }
  Record record(Offset offset = 0, std::optional<Instant> log_time = std::nullopt) const {
    return {.bytes = bytes(), .full_bytes = static_cast<std::int64_t>(size_), .offset = offset, .log_time = log_time};
  }

 private:
  std::shared_ptr<char[]> data_;
  std::size_t size_;
};

/// A field's name and its JSON text; an empty text leaves the field out.
struct JsonField {
  std::string name;
  std::string json;
};

/// The contract's example event with these fields replaced, left out, or added at the end.
inline std::string example_with(const std::vector<JsonField>& changes) {
  std::vector<JsonField> fields = {
      {"event_time", R"("2024-01-15T10:30:00.000Z")"},
      {"user_id", R"("U1234")"},
      {"product_id", R"("P001")"},
      {"category", R"("Electronics")"},
      {"price", R"("299.99")"},
      {"quantity", R"("2")"},
      {"event_type", R"("order_created")"},
  };
  for (const JsonField& change : changes) {
    bool found = false;
    for (JsonField& field : fields) {
      if (field.name == change.name) {
        field.json = change.json;
        found = true;
      }
    }
    if (!found) {
      fields.push_back(change);
    }
  }
  std::string text;
  for (const JsonField& field : fields) {
    if (!field.json.empty()) {
      text += format("{}\"{}\":{}", text.empty() ? '{' : ',', field.name, field.json);
    }
  }
  return text.empty() ? "{}" : text + '}';
}

/// The seed of a random test: its own, moved by `--gtest_random_seed=N` to try others. Printed, so that it can be
/// repeated.
inline std::uint64_t seed_of_test(std::uint64_t own) {
  const std::uint64_t seed = own + static_cast<std::uint64_t>(GTEST_FLAG_GET(random_seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  static_cast<void>(std::fflush(stdout));
  return seed;
}

/// When the tests' batches are taken from the log: an hour and a half after the example event.
constexpr Instant kReceived{1'705'320'000'000'000};  // 2024-01-15T12:00:00Z
constexpr Instant kExampleTime{1'705'314'600'000'000};

/// One record through a decoder of its own. The batch keeps the bytes.
inline DecodedBatch decode_one(std::string_view text, const Rules& rules = {}, Instant received = kReceived,
                               std::optional<Instant> log_time = std::nullopt) {
  const PaddedRecord padded(text);
  const Record record = padded.record(0, log_time);
  DecodedBatch batch;
  Decoder(rules).decode(std::span(&record, 1), padded.owner(), received, batch);
  return batch;
}

inline Outcome outcome_of(std::string_view text, const Rules& rules = {}) {
  return decode_one(text, rules).records.at(0).outcome;
}

}  // namespace millrace::event_testing

namespace millrace {

// How GoogleTest shows our values.
inline void PrintTo(Outcome outcome, std::ostream* out) { *out << to_string(outcome); }
inline void PrintTo(Field field, std::ostream* out) { *out << to_string(field); }
inline void PrintTo(Instant time, std::ostream* out) { *out << to_string(time); }
inline void PrintTo(Money amount, std::ostream* out) { *out << to_string(amount); }

}  // namespace millrace
