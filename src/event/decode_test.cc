// Whole records through a Decoder: what becomes of their bytes, and what is kept of those that are refused.
#include "event/decode.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "event/event_testing.h"

namespace millrace {
namespace {

using event_testing::decode_one;
using event_testing::example_with;
using event_testing::kExampleTime;
using event_testing::kReceived;
using event_testing::outcome_of;
using event_testing::PaddedRecord;
using Kind = FieldText::Kind;

const FieldText& field_of(const DecodedRecord& record, Field field) {
  return record.fields.known.at(static_cast<std::size_t>(field));
}

/// A record of exactly `bytes` bytes, otherwise the example.
std::string example_of_size(std::size_t bytes) {
  const std::size_t others = example_with({{"note", R"("")"}}).size();
  return example_with({{"note", '"' + std::string(bytes - others, 'x') + '"'}});
}

TEST(Decode, makes_an_event_of_the_example_of_the_contract) {
  const DecodedBatch batch = decode_one(
      R"({"event_time":"2024-01-15T10:30:00.000Z","user_id":"U1234","product_id":"P001","category":"Electronics",)"
      R"("price":"299.99","quantity":"2","event_type":"order_created"})");
  const DecodedRecord& record = batch.records.at(0);
  EXPECT_EQ(record.outcome, Outcome::silver);
  EXPECT_EQ(record.field, std::nullopt);
  EXPECT_EQ(record.event_time, kExampleTime);
  EXPECT_EQ(record.event.time, kExampleTime);
  EXPECT_EQ(record.event.user_id, "U1234");
  EXPECT_EQ(to_string(record.event.revenue), "599.9800");
  EXPECT_EQ(record.event.fingerprint, fingerprint_of(record.event, Rules{}.key));
  EXPECT_EQ(record.fields.extra, "");
  EXPECT_EQ(batch.received, kReceived);
}

TEST(Decode, takes_the_fingerprint_under_the_key_of_its_rules) {
  Rules rules;
  rules.key = {1, 2, 3, 4};
  const DecodedBatch one = decode_one(example_with({}));
  const DecodedBatch other = decode_one(example_with({}), rules);
  EXPECT_FALSE(one.records.at(0).event.fingerprint == other.records.at(0).event.fingerprint);
  EXPECT_EQ(other.records.at(0).event.fingerprint, fingerprint_of(other.records.at(0).event, rules.key));
}

TEST(Decode, reads_escaped_texts_and_bare_numbers) {
  const DecodedBatch batch = decode_one(example_with({{"user_id", "42"},
                                                      {"product_id", R"("P\u00e9\/1")"},
                                                      {"category", R"("Home \u0026 Garden")"},
                                                      {"price", "12.34565"},
                                                      {"quantity", "2.0"},
                                                      {"event_type", R"("order\u005fcreated")"},
                                                      {"event_id", R"("E\n1")"},
                                                      {"order_id", "-7"},
                                                      {"session_id", R"("")"}}));
  const DecodedRecord& record = batch.records.at(0);
  ASSERT_EQ(record.outcome, Outcome::silver);
  EXPECT_EQ(record.event.user_id, "42");
  EXPECT_EQ(record.event.product_id, "P\xC3\xA9/1");
  EXPECT_EQ(record.event.category, "Home & Garden");
  EXPECT_EQ(record.event.type, EventType::order_created);
  EXPECT_EQ(to_string(record.event.price), "12.3457");
  EXPECT_EQ(to_string(record.event.revenue), "24.6914");
  EXPECT_EQ(record.event.event_id, "E\n1");
  EXPECT_EQ(record.event.order_id, "-7");
  EXPECT_EQ(record.event.session_id, "");
}

TEST(Decode, takes_a_record_of_1048576_bytes_and_refuses_one_more) {
  EXPECT_EQ(kRecordBytesMax, 1'048'576U);
  EXPECT_EQ(outcome_of(example_of_size(1'048'575)), Outcome::silver);
  EXPECT_EQ(outcome_of(example_of_size(1'048'576)), Outcome::silver);
  EXPECT_EQ(outcome_of(example_of_size(1'048'577)), Outcome::too_large);
  EXPECT_EQ(outcome_of(example_with({}) + std::string(1'048'577, ' ')), Outcome::too_large);
  EXPECT_EQ(outcome_of(std::string(1'048'577, '[')), Outcome::too_large) << "size is looked at first";
  EXPECT_EQ(outcome_of(std::string(1'048'576, '[')), Outcome::malformed_json);
}

TEST(Decode, takes_the_length_of_a_record_from_the_log_which_gives_only_its_beginning) {
  const PaddedRecord padded(example_of_size(kRecordBytesMax));
  Record record = padded.record();
  record.full_bytes = 5'000'000;
  DecodedBatch batch;
  Decoder(Rules{}).decode(std::span(&record, 1), padded.owner(), kReceived, batch);
  const DecodedRecord& decoded = batch.records.at(0);
  EXPECT_EQ(decoded.outcome, Outcome::too_large);
  EXPECT_EQ(decoded.field, std::nullopt);
  EXPECT_EQ(decoded.event_time, std::nullopt);
  EXPECT_EQ(decoded.fields.extra, "");
  EXPECT_EQ(decoded.record.bytes.size(), kRecordBytesMax);
  for (const FieldText& field : decoded.fields.known) {
    EXPECT_EQ(field.kind, Kind::absent);
  }
}

TEST(Decode, keeps_no_field_of_a_malformed_record) {
  for (const std::string& text : {example_with({}) + "}", example_with({{"note", "01"}}), std::string("{}x"),
                                  std::string(), example_with({{"currency", "1"}, {"curr\\u0065ncy", "2"}})}) {
    const DecodedBatch batch = decode_one(text);
    const DecodedRecord& record = batch.records.at(0);
    EXPECT_EQ(record.outcome, Outcome::malformed_json) << text;
    EXPECT_EQ(record.field, std::nullopt);
    EXPECT_EQ(record.event_time, std::nullopt);
    EXPECT_EQ(record.fields.extra, "");
    for (const FieldText& field : record.fields.known) {
      EXPECT_EQ(field.kind, Kind::absent) << text;
    }
  }
}

TEST(Decode, keeps_the_fields_of_a_record_that_a_rule_refuses) {
  const DecodedBatch batch = decode_one(example_with({{"user_id", "[ 1,\"x\" ]"},
                                                      {"category", "null"},
                                                      {"price", "1e999"},
                                                      {"quantity", ""},
                                                      {"event_id", R"("E1")"},
                                                      {"note", "{ }"}}));
  const DecodedRecord& record = batch.records.at(0);
  EXPECT_EQ(record.outcome, Outcome::bad_id);
  EXPECT_EQ(record.field, Field::user_id);
  EXPECT_EQ(record.event_time, kExampleTime);
  EXPECT_EQ(field_of(record, Field::event_time).text, "2024-01-15T10:30:00.000Z");
  EXPECT_EQ(field_of(record, Field::user_id).text, "[ 1,\"x\" ]");
  EXPECT_EQ(field_of(record, Field::user_id).kind, Kind::json);
  EXPECT_EQ(field_of(record, Field::category).kind, Kind::null);
  EXPECT_EQ(field_of(record, Field::price).text, "1e999");
  EXPECT_EQ(field_of(record, Field::quantity).kind, Kind::absent);
  EXPECT_EQ(record.fields.extra, R"({"event_id":"E1","note":{ }})");
}

TEST(Decode, drops_a_time_in_the_future_and_keeps_its_text) {
  const DecodedBatch batch = decode_one(example_with({{"event_time", R"("2099-12-31T23:59:59Z")"}, {"price", "true"}}));
  const DecodedRecord& record = batch.records.at(0);
  EXPECT_EQ(record.outcome, Outcome::future_event);
  EXPECT_EQ(record.field, Field::event_time);
  EXPECT_EQ(record.event_time, std::nullopt);
  EXPECT_EQ(field_of(record, Field::event_time).text, "2099-12-31T23:59:59Z");
}

TEST(Decode, allows_a_quarter_of_an_hour_ahead_of_the_clock_without_a_record_time) {
  const std::string at_the_limit = example_with({{"event_time", R"("2024-01-15T12:15:00Z")"}});
  const std::string behind_it = example_with({{"event_time", R"("2024-01-15T12:15:00.000001Z")"}});
  EXPECT_EQ(decode_one(at_the_limit).records.at(0).outcome, Outcome::silver);
  EXPECT_EQ(decode_one(behind_it).records.at(0).outcome, Outcome::future_event);
  EXPECT_EQ(decode_one(behind_it, {}, kReceived + Duration{1}).records.at(0).outcome, Outcome::silver);
  Rules strict;
  strict.future_tolerance = {};
  EXPECT_EQ(decode_one(at_the_limit, strict).records.at(0).outcome, Outcome::future_event);
  EXPECT_EQ(outcome_of(example_with({{"event_time", R"("2024-01-15T12:00:00Z")"}}), strict), Outcome::silver);
}

TEST(Decode, measures_the_future_from_the_record_time_where_there_is_one) {
  const std::string example = example_with({});
  const Instant just_enough = kExampleTime - minutes(15);
  const auto outcome = [&](Instant received, Instant log_time) {
    return decode_one(example, {}, received, log_time).records.at(0).outcome;
  };
  EXPECT_EQ(outcome(kReceived, just_enough), Outcome::silver);
  EXPECT_EQ(outcome(kReceived, just_enough - Duration{1}), Outcome::future_event) << "however late it is read";
  EXPECT_EQ(outcome(Instant{0}, just_enough), Outcome::silver) << "however wrong our clock is";
}

TEST(Decode, decides_on_each_record_by_itself_whatever_stands_around_it) {
  const std::vector<std::string> texts = {
      example_with({}),
      "{}",
      example_with({{"user_id", R"("\u00e9")"}, {"note", R"("\u00e9")"}}),
      "",
      "[1",
      example_with({{"price", "-1"}}),
      example_with({{"event_id", R"("E1")"}, {"order_id", "1"}, {"category", ""}}),
      example_of_size(kRecordBytesMax + 1),
      example_with({{"event_time", "0"}}),
      example_with({}),
  };
  std::vector<PaddedRecord> padded(texts.begin(), texts.end());
  std::vector<Record> records;
  for (const PaddedRecord& one : padded) {
    records.push_back(one.record(static_cast<Offset>(100 + records.size())));
  }
  Decoder decoder{Rules{}};
  DecodedBatch batch;
  for (int round = 0; round < 3; ++round) {  // also with a batch and a decoder that were used before
    decoder.decode(records, nullptr, kReceived, batch);
    ASSERT_EQ(batch.records.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const DecodedRecord& together = batch.records[i];
      const DecodedBatch lone = decode_one(texts[i]);
      const DecodedRecord& alone = lone.records.at(0);
      EXPECT_EQ(together.outcome, alone.outcome) << i;
      EXPECT_EQ(together.field, alone.field) << i;
      EXPECT_EQ(together.event_time, alone.event_time) << i;
      EXPECT_EQ(together.fields.extra, alone.fields.extra) << i;
      EXPECT_EQ(together.event.fingerprint, alone.event.fingerprint) << i;
      EXPECT_EQ(together.event.event_id, alone.event.event_id) << i;
      EXPECT_EQ(together.event.category, alone.event.category) << i;
      EXPECT_EQ(together.record.offset, static_cast<Offset>(100 + i));
    }
    std::ranges::reverse(records);
    decoder.decode(records, nullptr, kReceived, batch);
    EXPECT_EQ(batch.records.back().record.offset, 100);
    EXPECT_EQ(batch.records.back().outcome, Outcome::silver);
    std::ranges::reverse(records);
  }
}

TEST(Decode, keeps_the_bytes_of_a_batch_alive_until_the_next_one) {
  std::weak_ptr<const void> bytes;
  DecodedBatch batch;
  Decoder decoder{Rules{}};
  {
    const PaddedRecord padded(example_with({}));
    const Record record = padded.record();
    bytes = padded.owner();
    decoder.decode(std::span(&record, 1), padded.owner(), kReceived, batch);
  }
  EXPECT_FALSE(bytes.expired());
  EXPECT_EQ(batch.records.at(0).event.user_id, "U1234");
  decoder.decode({}, nullptr, kReceived, batch);
  EXPECT_TRUE(bytes.expired());
  EXPECT_TRUE(batch.records.empty());
}

TEST(Decode, clears_a_batch_of_all_it_held) {
  DecodedBatch batch = decode_one(example_with({}));
  batch.clear();
  EXPECT_TRUE(batch.records.empty());
  EXPECT_EQ(batch.bytes, nullptr);
}

TEST(Decode, enables_more_event_types_and_a_currency_by_its_rules) {
  Rules rules;
  rules.event_types = {"wishlist"};
  rules.currency = "EUR";
  const DecodedBatch batch =
      decode_one(example_with({{"event_type", R"("wishlist")"}, {"currency", R"("\u0045UR")"}}), rules);
  EXPECT_EQ(batch.records.at(0).outcome, Outcome::silver);
  EXPECT_EQ(batch.records.at(0).event.type, EventType::other);
  EXPECT_EQ(outcome_of(example_with({{"event_type", R"("wishlist")"}})), Outcome::unknown_event_type);
  EXPECT_EQ(outcome_of(example_with({{"currency", "null"}}), rules), Outcome::wrong_currency);
}

}  // namespace
}  // namespace millrace
