// Another parser judges the record reader: nlohmann's, told CONTRACT.md's additions to RFC 8259 (depth, known fields
// twice), over records damaged at random. Both must accept and refuse the same, and find the same fields.
//
// Where the two differ by design (see verdict_of):
//   - nlohmann skips a byte order mark; the contract refuses it.
//   - nlohmann takes a NUL for the end of the text; in a record of a known length it is a character, and never allowed.
//   - nlohmann refuses numbers that fit no double; a record's numbers are texts of any size.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "base/json.h"
#include "event/event_testing.h"
#include "event/record_reader.h"

namespace millrace {
namespace {

using event_testing::example_with;
using event_testing::PaddedRecord;
using event_testing::seed_of_test;

enum class Verdict : std::uint8_t { accepted, refused, no_verdict };

/// Counts depth and known fields while nlohmann reads.
class Judge final : public Json::json_sax_t {
 public:
  Verdict verdict(std::string_view record) {
    if (record.starts_with("\xEF\xBB\xBF") || record.contains('\0')) {
      return Verdict::refused;
    }
    const bool is_json = Json::sax_parse(record, this, Json::input_format_t::json, true);
    if (number_too_large_) {
      return Verdict::no_verdict;
    }
    return is_json && is_object_ && depth_max_ <= 64 && !known_twice_ ? Verdict::accepted : Verdict::refused;
  }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*text*/) override { return true; }
  bool binary(binary_t& /*bytes*/) override { return true; }
  bool start_object(std::size_t /*size*/) override {
    is_object_ = is_object_ || depth_ == 0;
    return open();
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    for (std::size_t i = 0; depth_ == 1 && i < kFieldCount; ++i) {
      if (name == to_string(static_cast<Field>(i))) {
        known_twice_ = known_twice_ || seen_.at(i);
        seen_.at(i) = true;
      }
    }
    return true;
  }
  bool parse_error(std::size_t /*place*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    number_too_large_ = error.id == kNumberOverflow;
    return false;
  }

 private:
  bool open() {
    depth_max_ = std::max(depth_max_, ++depth_);
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  int depth_ = 0;
  int depth_max_ = 0;
  bool is_object_ = false;
  bool known_twice_ = false;
  bool number_too_large_ = false;
  std::array<bool, kFieldCount> seen_{};
};

Verdict verdict_of(std::string_view record) { return Judge().verdict(record); }

/// What mutations insert: everything that has a meaning for some reader, whole and in halves.
const std::vector<std::string> kSnippets = {
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    " ",
    "\t",
    "\n",
    "\r",
    "\f",
    "\x1a",
    "\x7f",
    "-",
    "+",
    ".",
    "e",
    "E",
    "0",
    "1",
    "00",
    "1.5e3",
    "-0",
    "1e",
    "true",
    "false",
    "null",
    "nul",
    "tru",
    "\\u",
    "\\u0041",
    "\\ud800",
    "\\udc00",
    "\\ud83d\\ude00",
    "\\n",
    "\\\"",
    "\\\\",
    "\\/",
    "\\x",
    "\xEF\xBB\xBF",
    "\xC3\xA9",
    "\xC3",
    "\xA9",
    "\xE2\x82\xAC",
    "\xED\xA0\x80",
    "\xF0\x9F\x98\x80",
    "\xF4\x90\x80\x80",
    "\xFF",
    "\"\":",
    "\"a\":1,",
    ",\"b\":\"c\"",
    "[[[[[[[[",
    "]]]]]]]]",
    "{\"k\":",
    "\"price\":",
    "\"\\u0070rice\":1,",
    "\"note\":0,",
    ",\"user_id\":null",
    "//",
    "/**/",
    "{}",
    "[]",
    "\"x\"",
    std::string(1, '\0'),
    "\"currency\":\"EUR\",",
    "12345678901234567890123",
    "1e400",
};

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  /// One to four damages, or none.
  std::string mutate(std::string record) {
    for (std::size_t i = below(5); i > 0; --i) {
      damage(record);
    }
    return record;
  }

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

 private:
  void damage(std::string& record) {
    const std::size_t at = below(record.size() + 1);
    const std::size_t size = std::min(below(8), record.size() - at);
    switch (below(7)) {
      case 0:
        record.insert(at, kSnippets[below(kSnippets.size())]);
        break;
      case 1:
        record.replace(at, size, kSnippets[below(kSnippets.size())]);
        break;
      case 2:
        record.erase(at, size);
        break;
      case 3:
        record.insert(below(record.size() + 1), record.substr(at, below(30)));
        break;
      case 4:
        if (at < record.size()) {
          record[at] = static_cast<char>(below(256));
        }
        break;
      case 5:
        if (at < record.size()) {
          record[at] = static_cast<char>(record[at] ^ (1 << below(8)));
        }
        break;
      default:
        if (at < record.size()) {
          std::swap(record[at], record[below(record.size())]);
        }
        break;
    }
  }

  std::mt19937_64 random_;
};

std::vector<std::string> seeds_of_mutation() {
  std::vector<std::string> records = {
      "{}",
      example_with({}),
      example_with({{"note", R"({"a":[1,2.5,{"b":null}],"c":"\u00e9\ud83d\ude00"})"}, {"event_id", "7"}}),
      example_with({{"price", "12.5"}, {"quantity", "[ ]"}, {"currency", "null"}, {"x", R"("a\"b")"}, {"x", "{}"}}),
      R"({"a":"b","c":["d","e",["f"]],"g":{"h":"i","j":{}},"k":true,"l":-1e-3})",
      " {\t\"a\" :\n[ ] ,\r\"b\" : { } }\r",
      R"({"\u0070rice":"1","pr\u0069ces":2,"":[[],{},"",0]})",
      R"({"a":[[[[{"b":[[[["c"]]]]}]]]],"d":"\\\\\"\/\b\f\n\r\t"})",
  };
  std::string deep;
  for (int i = 0; i < 31; ++i) {
    deep += R"([{"k":)";
  }
  deep += "[]";
  for (int i = 0; i < 31; ++i) {
    deep += "}]";
  }
  records.push_back(R"({"deep":)" + deep + "}");
  return records;
}

/// The record as nlohmann reads it, without bronze's own columns. A field that stands twice counts once in both.
Json without_bronze_columns(const std::string& record) {
  Json object = Json::parse(record);
  for (std::size_t i = 0; i < kBronzeFieldCount; ++i) {
    object.erase(std::string(to_string(static_cast<Field>(i))));
  }
  return object;
}

void expect_same_fields(const std::string& record, const RecordFields& fields) {
  const Json whole = Json::parse(record);
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const FieldText& field = fields.known.at(i);
    const auto found = whole.find(to_string(static_cast<Field>(i)));
    if (found == whole.end()) {
      EXPECT_EQ(field.kind, FieldText::Kind::absent) << record;
    } else if (found->is_null()) {
      EXPECT_EQ(field.kind, FieldText::Kind::null) << record;
    } else if (found->is_string()) {
      EXPECT_EQ(field.kind, FieldText::Kind::string) << record;
      EXPECT_EQ(field.text, found->get<std::string>()) << record;
    } else {
      EXPECT_EQ(field.kind, FieldText::Kind::json) << record;
      EXPECT_EQ(Json::parse(field.text), *found) << record;
    }
  }
  const Json rest = without_bronze_columns(record);
  EXPECT_EQ(fields.extra.empty() ? Json::object() : Json::parse(fields.extra), rest) << record;
}

TEST(RecordReaderJudge, agrees_on_fifty_thousand_damaged_records) {
  const std::uint64_t seed = seed_of_test(20240115);
  SCOPED_TRACE(format("seed {}", seed));
  Mutator mutator(seed);
  const std::vector<std::string> seeds = seeds_of_mutation();
  RecordReader reader;
  Arena arena;
  std::array<int, 3> verdicts{};
  for (int i = 0; i < 50'000; ++i) {
    const std::string record = mutator.mutate(seeds[mutator.below(seeds.size())]);
    const Verdict verdict = verdict_of(record);
    ++verdicts.at(static_cast<std::size_t>(verdict));
    RecordFields fields;
    arena.clear();
    const PaddedRecord padded(record, kSnippets[mutator.below(kSnippets.size())]);
    const bool accepted = reader.read(padded.bytes(), arena, fields);
    if (verdict == Verdict::no_verdict) {
      continue;
    }
    ASSERT_EQ(accepted, verdict == Verdict::accepted) << "record " << i << ": " << record;
    if (accepted) {
      expect_same_fields(record, fields);
      ASSERT_FALSE(HasFailure()) << "record " << i;
    }
  }
  // The property is about something: both verdicts are frequent, and the judge hardly ever abstains.
  EXPECT_GT(verdicts[0], 10'000);
  EXPECT_GT(verdicts[1], 10'000);
  EXPECT_LT(verdicts[2], 1'000);
}

TEST(RecordReaderJudge, agrees_on_all_short_texts_over_the_characters_of_numbers) {
  constexpr std::string_view kAlphabet = "-+0.1eE";
  RecordReader reader;
  Arena arena;
  RecordFields fields;
  int accepted_count = 0;
  for (std::size_t length = 1; length <= 6; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i) {
      count *= kAlphabet.size();
    }
    for (std::size_t number = 0; number < count; ++number) {
      std::string text;
      for (std::size_t rest = number, i = 0; i < length; ++i, rest /= kAlphabet.size()) {
        text += kAlphabet[rest % kAlphabet.size()];
      }
      const std::string record = R"({"price":)" + text + "}";
      const Verdict verdict = verdict_of(record);
      if (verdict == Verdict::no_verdict) {
        continue;  // 1e1111
      }
      const bool accepted = reader.read(PaddedRecord(record).bytes(), arena, fields);
      ASSERT_EQ(accepted, verdict == Verdict::accepted) << text;
      accepted_count += accepted ? 1 : 0;
    }
  }
  EXPECT_GT(accepted_count, 1'000);
}

TEST(RecordReaderJudge, differs_from_the_judge_only_where_the_contract_does) {
  RecordReader reader;
  Arena arena;
  RecordFields fields;
  const auto reads = [&](std::string_view text) { return reader.read(PaddedRecord(text).bytes(), arena, fields); };
  EXPECT_TRUE(Json::accept("\xEF\xBB\xBF{}"));
  EXPECT_FALSE(reads("\xEF\xBB\xBF{}"));
  EXPECT_TRUE(Json::accept(std::string_view("{}\0x", 4)));
  EXPECT_FALSE(reads(std::string_view("{}\0x", 4)));
  EXPECT_FALSE(Json::accept(R"({"a":1e999})"));
  EXPECT_TRUE(reads(R"({"a":1e999})"));
}

}  // namespace
}  // namespace millrace
