// Decode against a table that an independent judge wrote, in another language, from CONTRACT.md alone:
// tests/golden/decode.tsv, made by make_decode_golden.py beside it, which describes its columns.
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <string>
#include <vector>

#include "event/decode.h"
#include "event/event_testing.h"

namespace millrace {
namespace {

using event_testing::kReceived;
using event_testing::PaddedRecord;
using Kind = FieldText::Kind;

constexpr std::size_t kRecordColumn = 0;
constexpr std::size_t kOutcomeColumn = 1;
constexpr std::size_t kBronzeColumn = 2;
constexpr std::size_t kEventColumn = kBronzeColumn + kBronzeFieldCount;
constexpr std::size_t kColumns = kEventColumn + 10;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> columns(1);
  for (const char c : line) {
    if (c == '\t') {
      columns.emplace_back();
    } else {
      columns.back() += c;
    }
  }
  return columns;
}

/// `\xHH` is a byte, anything else itself.
std::string unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = static_cast<unsigned char>(text[i]);
    if (text[i] == '\\') {
      const auto [end, error] = std::from_chars(text.data() + i + 2, text.data() + i + 4, value, 16);
      EXPECT_TRUE(error == std::errc() && end == text.data() + i + 4) << text;
      i += 3;
    }
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::string escape(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const bool is_plain = c >= ' ' && c <= '~' && c != '\\';
    text += is_plain ? std::string(1, c) : format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return text;
}

std::string shown(std::string_view value) { return "=" + escape(value); }

/// A number of JSON counts as its text, as in the judge; true, false, objects and arrays are `json`.
std::string shown_field(const FieldText& field) {
  const bool is_number = field.kind == Kind::json && std::string_view("-0123456789").contains(field.text[0]);
  return field.kind == Kind::string || is_number ? shown(field.text) : field.kind == Kind::json ? "json" : "-";
}

std::string shown_optional(std::string_view id) { return id.empty() ? "-" : shown(id); }

/// The table's line for a record, as decode sees it.
std::vector<std::string> line_of(const std::string& text, Decoder& decoder, DecodedBatch& batch) {
  const PaddedRecord padded(text);
  const Record input = padded.record();
  decoder.decode(std::span(&input, 1), padded.owner(), kReceived, batch);
  const DecodedRecord& record = batch.records.at(0);
  const bool valid = record.outcome == Outcome::silver;
  std::vector<std::string> line = {escape(text), valid ? "valid" : std::string(to_string(record.outcome))};
  for (std::size_t i = 0; i < kBronzeFieldCount; ++i) {
    line.push_back(shown_field(record.fields.known.at(i)));
  }
  if (valid) {
    const Event& event = record.event;
    line.insert(line.end(), {shown(format("{}", event.time.us)), shown(event.user_id), shown(event.product_id),
                             shown(event.category), shown(to_string(event.price)), shown(format("{}", event.quantity)),
                             shown(event.type_text), shown_optional(event.event_id), shown_optional(event.order_id),
                             shown_optional(event.session_id)});
  }
  return line;
}

TEST(DecodeGolden, makes_of_each_record_what_the_judge_makes_of_it) {
  const std::string path = MILLRACE_SOURCE_DIR "/tests/golden/decode.tsv";
  std::ifstream table(path);
  ASSERT_TRUE(table) << "could not open " << path;
  Decoder decoder{Rules{}};
  DecodedBatch batch;
  OutcomeCounts counts{};
  int number = 0;
  for (std::string line; std::getline(table, line);) {
    const std::vector<std::string> expected = split(line);
    ++number;
    ASSERT_TRUE(expected.size() == kColumns || expected.size() == kEventColumn) << "line " << number;
    EXPECT_EQ(line_of(unescape(expected[kRecordColumn]), decoder, batch), expected) << "line " << number;
    const Outcome outcome = outcome_from(expected[kOutcomeColumn]).value_or(Outcome::silver);
    ++counts[static_cast<std::size_t>(outcome)];
  }
  // Of every outcome that one record alone can have (the judge knows no currency).
  for (const Outcome outcome :
       {Outcome::silver, Outcome::malformed_json, Outcome::missing_field, Outcome::bad_event_time,
        Outcome::future_event, Outcome::bad_id, Outcome::unknown_event_type, Outcome::bad_price, Outcome::bad_quantity,
        Outcome::bad_category}) {
    EXPECT_GE(counts[static_cast<std::size_t>(outcome)], 25) << to_string(outcome);
  }
}

}  // namespace
}  // namespace millrace
