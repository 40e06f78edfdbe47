#include "lake/event_rows.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/format.h"
#include "base/json.h"
#include "lake/lake_testing.h"
#include "lake/parquet.h"
#include "lake/tables.h"

namespace millrace {
namespace {

using lake_testing::decode_lines;
using lake_testing::example_with;
using lake_testing::kReceived;
using lake_testing::MemoryFile;
using lake_testing::Value;

/// A row by its columns' names.
using NamedRow = std::map<std::string, Value>;

/// The table's rows as a reader of the file sees them.
std::vector<NamedRow> rows_of(const Table& table) {
  const auto content = std::make_shared<MemoryFile::Content>();
  auto writer = ParquetWriter::create(std::make_unique<MemoryFile>(content), table.spec());
  EXPECT_TRUE(writer && (*writer)->write(table) && (*writer)->finish());
  const lake_testing::ParquetContent read = lake_testing::parse_parquet(content->bytes);
  std::vector<NamedRow> rows;
  for (const lake_testing::Row& row : read.rows) {
    NamedRow& named = rows.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      named[read.columns[i].name] = row[i];
    }
  }
  return rows;
}

/// All records of a batch.
class All {
 public:
  explicit All(const DecodedBatch& batch) : batch_(batch), indexes_(batch.records.size()) {
    std::iota(indexes_.begin(), indexes_.end(), 0U);
  }
  PickedRecords records() const { return {batch_, indexes_}; }

 private:
  const DecodedBatch& batch_;
  std::vector<std::uint32_t> indexes_;
};

std::vector<NamedRow> bronze_of(const std::vector<std::string>& lines, const Rules& rules = {}) {
  const DecodedBatch batch = decode_lines(100, lines, rules);
  Table table(kBronzeEvents);
  append_bronze(table, 2, All(batch).records());
  return rows_of(table);
}

std::vector<NamedRow> quarantine_of(const std::vector<std::string>& lines) {
  const DecodedBatch batch = decode_lines(100, lines);
  Table table(kQuarantineEvents);
  for (const DecodedRecord& record : batch.records) {
    EXPECT_TRUE(is_rejection(record.outcome)) << record.record.bytes.substr(0, 200);
  }
  append_quarantine(table, 2, All(batch).records());
  return rows_of(table);
}

std::vector<NamedRow> events_of(const TableSpec& spec, const std::vector<std::string>& lines) {
  const DecodedBatch batch = decode_lines(100, lines);
  Table table(spec);
  for (const DecodedRecord& record : batch.records) {
    EXPECT_FALSE(is_rejection(record.outcome)) << record.record.bytes;
  }
  append_events(table, 2, All(batch).records());
  return rows_of(table);
}

const std::string kExampleUs = "1705314600000000";   // 2024-01-15T10:30:00Z
const std::string kReceivedUs = "1705320000000000";  // 2024-01-15T12:00:00Z

TEST(BronzeRows, KeepTheFieldsOfAnEventAsReceived) {
  const std::string line = example_with({});
  const auto rows = bronze_of({line});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0], (NamedRow{{"log_partition", "2"},
                               {"log_offset", "100"},
                               {"log_time", std::nullopt},
                               {"key", std::nullopt},
                               {"headers", std::nullopt},
                               {"ingest_time", kReceivedUs},
                               {"event_time", "2024-01-15T10:30:00.000Z"},
                               {"user_id", "U1234"},
                               {"product_id", "P001"},
                               {"category", "Electronics"},
                               {"price", "299.99"},
                               {"quantity", "2"},
                               {"event_type", "order_created"},
                               {"extra", std::nullopt},
                               {"raw", std::nullopt},
                               {"raw_bytes", std::to_string(line.size())},
                               {"outcome", "silver"}}));
}

TEST(BronzeRows, TellAbsentFromEmptyAndKeepJsonThatIsNoString) {
  const auto rows = bronze_of({example_with({{"category", ""}}), example_with({{"category", R"("")"}}),
                               example_with({{"category", "null"}}), example_with({{"category", R"([1, {"a":null}])"}}),
                               example_with({{"price", "299.990"}, {"quantity", "2e0"}, {"user_id", "-17"}}),
                               example_with({{"category", R"("a\n\u00f6\"b")"}})});
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].at("category"), std::nullopt);
  EXPECT_EQ(rows[1].at("category"), "");
  EXPECT_EQ(rows[2].at("category"), std::nullopt);
  EXPECT_EQ(rows[3].at("category"), R"([1, {"a":null}])");
  EXPECT_EQ(rows[3].at("outcome"), "bad_category");
  EXPECT_EQ(rows[4].at("price"), "299.990");
  EXPECT_EQ(rows[4].at("quantity"), "2e0");
  EXPECT_EQ(rows[4].at("user_id"), "-17");
  EXPECT_EQ(rows[4].at("outcome"), "silver");
  EXPECT_EQ(rows[5].at("category"), "a\nö\"b");
}

TEST(BronzeRows, PutAllOtherFieldsIntoExtra) {
  const auto rows = bronze_of({example_with({{"event_id", R"("e-1")"}, {"device", R"({"os":"x"})"}, {"n", "1.50"}})});
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_TRUE(rows[0].at("extra").has_value());
  const Result<Json> extra = parse_json(*rows[0].at("extra"), "extra");
  ASSERT_TRUE(extra) << *rows[0].at("extra");
  EXPECT_EQ(extra->size(), 3U);
  EXPECT_EQ(extra->at("event_id"), "e-1");
  EXPECT_EQ(extra->at("device"), Json::parse(R"({"os":"x"})"));
  EXPECT_NE(rows[0].at("extra")->find("1.50"), std::string::npos) << "a number is its text";
}

TEST(BronzeRows, HaveTheRawBytesOnlyWhereTheRecordIsMalformedOrTooLarge) {
  const std::string too_large(kRecordBytesMax + 1, 'x');
  const std::string far_too_large(kRecordBytesMax + 5000, 'y');
  const std::string largest = example_with({{"padding", '"' + std::string(kRecordBytesMax - 300, 'z') + '"'}});
  const auto rows = bronze_of({"not json", "", too_large, far_too_large, largest, example_with({{"price", "-1"}}),
                               std::string("\xff\0\x80", 3)});
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_EQ(rows[0].at("raw"), "not json");
  EXPECT_EQ(rows[0].at("outcome"), "malformed_json");
  EXPECT_EQ(rows[1].at("raw"), "");
  EXPECT_EQ(rows[1].at("raw_bytes"), "0");
  EXPECT_EQ(rows[2].at("raw"), too_large.substr(0, kRecordBytesMax));
  EXPECT_EQ(rows[2].at("raw_bytes"), std::to_string(kRecordBytesMax + 1));
  EXPECT_EQ(rows[2].at("outcome"), "too_large");
  EXPECT_EQ(rows[3].at("raw"), far_too_large.substr(0, kRecordBytesMax));
  EXPECT_EQ(rows[3].at("raw_bytes"), std::to_string(kRecordBytesMax + 5000));
  EXPECT_EQ(rows[4].at("raw"), std::nullopt);
  EXPECT_EQ(rows[4].at("outcome"), "silver");
  EXPECT_EQ(rows[5].at("raw"), std::nullopt);
  EXPECT_EQ(rows[5].at("outcome"), "bad_price");
  EXPECT_EQ(rows[5].at("price"), "-1");
  EXPECT_EQ(rows[6].at("raw"), std::string("\xff\0\x80", 3));
  for (const std::size_t malformed : {0U, 1U, 2U, 3U, 6U}) {
    for (const char* field : {"event_time", "user_id", "product_id", "category", "price", "quantity", "event_type"}) {
      EXPECT_EQ(rows[malformed].at(field), std::nullopt) << malformed << ' ' << field;
    }
    EXPECT_EQ(rows[malformed].at("extra"), std::nullopt) << malformed;
  }
}

TEST(BronzeRows, HaveTheBrokersTimeWhereThereIsOne) {
  const DecodedBatch batch = event_testing::decode_one(example_with({}), {}, kReceived, Instant{1'705'314'600'123'456});
  Table table(kBronzeEvents);
  append_bronze(table, 0, All(batch).records());
  EXPECT_EQ(rows_of(table).at(0).at("log_time"), "1705314600123456");
}

TEST(BronzeRows, SayEachOutcome) {
  DecodedBatch batch = decode_lines(0, {example_with({})});
  Table table(kBronzeEvents);
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    batch.records[0].outcome = static_cast<Outcome>(i);
    append_bronze(table, 0, All(batch).records());
  }
  const auto rows = rows_of(table);
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    EXPECT_EQ(rows[i].at("outcome"), to_string(static_cast<Outcome>(i)));
  }
}

TEST(SilverRows, HaveTheEventsTypedValues) {
  const auto rows =
      events_of(kSilverEvents,
                {example_with({{"event_id", R"("e-1")"}, {"order_id", "17"}, {"session_id", R"("s")"}}),
                 example_with({{"event_id", R"("")"}, {"price", "\"0.00005\""}, {"event_type", R"("add_to_cart")"}}),
                 example_with({{"price", "9999999999.9999"}, {"quantity", "10000"}})});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], (NamedRow{{"log_partition", "2"},
                               {"log_offset", "100"},
                               {"event_time", kExampleUs},
                               {"user_id", "U1234"},
                               {"product_id", "P001"},
                               {"price", "299.9900"},
                               {"quantity", "2"},
                               {"event_type", "order_created"},
                               {"revenue", "599.9800"},
                               {"event_id", "e-1"},
                               {"order_id", "17"},
                               {"session_id", "s"}}));
  EXPECT_EQ(rows[1].at("log_offset"), "101");
  EXPECT_EQ(rows[1].at("price"), "0.0001");  // rounded half up
  EXPECT_EQ(rows[1].at("event_type"), "add_to_cart");
  EXPECT_EQ(rows[1].at("event_id"), std::nullopt);
  EXPECT_EQ(rows[1].at("order_id"), std::nullopt);
  EXPECT_EQ(rows[2].at("price"), "9999999999.9999");
  EXPECT_EQ(rows[2].at("revenue"), "99999999999999.0000");  // all 18 digits of decimal(18,4)
}

TEST(LateRows, AreSilversTheCategoryAndWhatWasKnownOfTheId) {
  const std::string line = example_with({{"category", R"("Home & Garden")"}});
  const auto late = events_of(kLateEvents, {line, example_with({{"category", ""}})});
  ASSERT_EQ(late.size(), 2U);
  NamedRow expected = events_of(kSilverEvents, {line}).at(0);
  expected["category"] = "Home & Garden";
  expected["id_was_in_silver"] = std::nullopt;
  EXPECT_EQ(late[0], expected);
  EXPECT_EQ(late[1].at("category"), "Unknown");
}

TEST(QuarantineRows, HaveTheRecordAndTheFieldThatWasWrong) {
  const std::string bad_price = example_with({{"price", R"("free")"}});
  const std::string no_user = example_with({{"user_id", ""}});
  const std::string too_large(kRecordBytesMax + 17, 'x');
  const auto rows = quarantine_of({bad_price, no_user, "{", "", too_large});
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0], (NamedRow{{"log_partition", "2"},
                               {"log_offset", "100"},
                               {"ingest_time", kReceivedUs},
                               {"field", "price"},
                               {"raw", bad_price}}));
  EXPECT_EQ(rows[1].at("field"), "user_id");
  EXPECT_EQ(rows[1].at("raw"), no_user);
  EXPECT_EQ(rows[2].at("field"), std::nullopt);
  EXPECT_EQ(rows[2].at("raw"), "{");
  EXPECT_EQ(rows[3].at("raw"), "");
  EXPECT_EQ(rows[4].at("raw"), too_large.substr(0, kRecordBytesMax));
}

TEST(WindowRows, HaveAllSumsUnderTheirOwnNames) {
  Table table(kWindows5m);
  const WindowSums sums{.revenue = {10'000},
                        .price_sum = {20'000},
                        .returned_revenue = {30'000},
                        .orders = 4,
                        .units = 5,
                        .views = 6,
                        .carts = 7,
                        .returns = 8,
                        .returned_units = 9};
  append_windows(
      table, minutes(5),
      std::vector<WindowRow>{{.start = {1'705'314'600'000'000}, .product_id = "P", .category = "C", .sums = sums}});
  const auto rows = rows_of(table);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0], (NamedRow{{"window_start", kExampleUs},
                               {"window_end", "1705314900000000"},
                               {"product_id", "P"},
                               {"category", "C"},
                               {"revenue", "1.0000"},
                               {"price_sum", "2.0000"},
                               {"returned_revenue", "3.0000"},
                               {"orders", "4"},
                               {"units", "5"},
                               {"views", "6"},
                               {"carts", "7"},
                               {"returns", "8"},
                               {"returned_units", "9"}}));
}

TEST(EventRows, ReadBackWithNullsAtEveryBit) {
  // 300 rows, so that nulls stand at every bit of a validity byte and several bytes are full or empty.
  std::vector<std::string> lines;
  for (int i = 0; i < 300; ++i) {
    const std::string id = i % 3 == 0 || (i > 64 && i < 90) ? "" : format("\"e{}\"", i);
    lines.push_back(example_with({{"event_id", id}, {"quantity", std::to_string(i + 1)}}));
  }
  const auto rows = events_of(kSilverEvents, lines);
  ASSERT_EQ(rows.size(), lines.size());
  for (int i = 0; i < 300; ++i) {
    const bool absent = i % 3 == 0 || (i > 64 && i < 90);
    const auto row = static_cast<std::size_t>(i);
    EXPECT_EQ(rows[row].at("event_id"), absent ? Value() : Value(format("e{}", i)));
    EXPECT_EQ(rows[row].at("quantity"), std::to_string(i + 1));
    EXPECT_EQ(rows[row].at("log_offset"), std::to_string(100 + i));
  }
}

}  // namespace
}  // namespace millrace
