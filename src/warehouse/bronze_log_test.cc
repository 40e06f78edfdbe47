#include "warehouse/bronze_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "event/decode.h"
#include "event/event_testing.h"
#include "lake/local_store.h"
#include "lake/staging.h"
#include "lake/tables.h"

namespace millrace {
namespace {

using event_testing::example_with;
using event_testing::kReceived;

/// Records as the contract allows and refuses them, told apart by their offset.
std::vector<std::string> records_of_all_kinds() {
  return {
      example_with({}),
      example_with({{"price", "10.50"}, {"quantity", "3"}}),
      example_with({{"price", R"("0010.50")"}, {"quantity", R"("2.0")"}}),
      example_with({{"price", "1e2"}, {"user_id", "12345"}, {"product_id", "-7"}}),
      example_with({{"category", ""}, {"event_id", R"("E1")"}, {"order_id", "77"}, {"session_id", "null"}}),
      example_with({{"category", "null"}, {"currency", R"("EUR")"}, {"note", R"({"a": [1, "x\"y", null]})"}}),
      example_with({{"user_id", R"("say \"hi\" \\ \/ \u00e9 \u0001 \ud83d\ude00")"}, {"ab\\\"c", "1.50"}}),
      example_with({{"category", R"("Haus & Garten ÄÖÜ")"}, {"event_time", R"("2024-01-16 23:59:59.1234567+0200")"}}),
      example_with({{"price", "-1"}}),
      example_with({{"user_id", "true"}}),
      example_with({{"event_time", R"("tomorrow")"}}),
      example_with({{"event_time", R"("2999-01-01T00:00:00Z")"}}),
      example_with({{"event_type", R"("wish")"}, {"category", "[1]"}}),
      "no json",
      "",
      "\xff\xfe",
      std::string("with \0 inside", 13),
      std::string(kRecordBytesMax + 1000, 'x'),
      example_with({{"note", format("\"{}\"", std::string(20'000, 'y'))}}),
      "  " + example_with({}) + " \r",
  };
}

class BronzeLogTest : public testing::Test {
 protected:
  BronzeLogTest() : store_(folder_.path()), engine_(*open_duckdb({.threads = 2})) {}

  DecodedBatch decode(Offset first, const std::vector<std::string>& lines, Instant received) {
    const auto bytes = std::make_shared<std::string>();
    for (const std::string& line : lines) {
      *bytes += line;
    }
    bytes->append(kRecordPaddingBytes, '\n');
    std::vector<Record> records;
    std::size_t begin = 0;
    for (const std::string& line : lines) {
      records.push_back({.bytes = std::string_view(*bytes).substr(begin, line.size()),
                         .full_bytes = static_cast<std::int64_t>(line.size()),
                         .offset = first++,
                         .log_time = first % 2 == 0 ? std::optional(kReceived) : std::nullopt});
      begin += line.size();
    }
    DecodedBatch batch;
    decoder_.decode(records, bytes, received, batch);
    return batch;
  }

  /// A commit's files of these records.
  void write(const DecodedBatch& batch) {
    Staging staging(store_, format("_staging/{}", ++commits_), "part", {});
    ASSERT_TRUE(staging.add(0, batch));
    const auto files = staging.finish();
    ASSERT_TRUE(files);
    for (const DataFile& file : *files) {
      const std::string path = store_.locate(staged_name(staging.folder(), file.path));
      if (file.table == kBronzeEvents.name) {
        source_.bronze.push_back(path);
      } else if (file.table == kQuarantineEvents.name) {
        source_.quarantine.push_back(path);
      }
    }
  }

  std::unique_ptr<PartitionReader> reader(std::int64_t interval = 500) {
    log_ = std::make_unique<BronzeLog>(*engine_, source_, interval);
    return *log_->open(0, std::nullopt, ReadTo::present_end);
  }

  /// Why reading to the end fails; empty where it does not.
  std::string failure() {
    const auto reader = this->reader();
    RecordBatch batch;
    do {
      if (const auto read = reader->read(batch, {}); !read) {
        EXPECT_EQ(read.error().fault, Fault::corrupt);
        return read.error().message;
      }
    } while (!batch.records.empty());
    return "";
  }

  const TemporaryFolder folder_;
  LocalStore store_;
  std::unique_ptr<Engine> engine_;
  Decoder decoder_{Rules()};
  int commits_ = 0;
  BronzeSource source_;
  std::unique_ptr<BronzeLog> log_;
};

void expect_equal(const DecodedRecord& read, const DecodedRecord& written) {
  const Offset offset = written.record.offset;
  EXPECT_EQ(read.record.offset, offset);
  EXPECT_EQ(read.record.full_bytes, written.record.full_bytes) << offset;
  EXPECT_EQ(read.record.log_time, written.record.log_time) << offset;
  EXPECT_EQ(to_string(read.outcome), to_string(written.outcome)) << offset;
  EXPECT_EQ(read.field, written.field) << offset;
  EXPECT_EQ(read.event_time, written.event_time) << offset;
  EXPECT_EQ(read.event.fingerprint, written.event.fingerprint) << offset;
  EXPECT_EQ(read.event.revenue, written.event.revenue) << offset;
  EXPECT_EQ(read.event.quantity, written.event.quantity) << offset;
  EXPECT_EQ(read.event.order_id, written.event.order_id) << offset;
  EXPECT_EQ(read.fields.extra, written.fields.extra) << offset;
  for (std::size_t field = 0; field < kBronzeFieldCount; ++field) {
    EXPECT_EQ(read.fields.known[field].text, written.fields.known[field].text) << offset << " field " << field;
  }
}

TEST_F(BronzeLogTest, GivesRecordsThatDecodeAsTheyDidInBatchesOfOneTime) {
  const std::vector<std::string> lines = records_of_all_kinds();
  const auto count = static_cast<Offset>(lines.size());
  const DecodedBatch first = decode(5, lines, kReceived);
  const DecodedBatch second = decode(5 + count, lines, kReceived + seconds(1));
  write(first);
  write(second);
  source_.first = 5;
  source_.end = {.offset = 5 + 2 * count, .details = "the log's own"};
  for (const std::int64_t interval : {1, 7, 500}) {
    for (const std::size_t limit : {1UL, 6UL, 1000UL}) {
      const auto reader = this->reader(interval);
      Offset offset = 5;
      RecordBatch batch;
      for (;;) {
        ASSERT_TRUE(reader->read(batch, {.records = limit, .bytes = 1 << 22}));
        if (batch.records.empty()) {
          break;
        }
        ASSERT_LE(batch.records.size(), limit);
        ASSERT_TRUE(batch.received);
        DecodedBatch read;
        decoder_.decode(batch.records, batch.bytes, *batch.received, read);
        for (const DecodedRecord& record : read.records) {
          const bool is_first = offset < 5 + count;
          const DecodedBatch& written = is_first ? first : second;
          EXPECT_EQ(read.received, written.received);
          expect_equal(record, written.records[static_cast<std::size_t>(offset - 5) % lines.size()]);
          ++offset;
        }
        EXPECT_EQ(reader->position().offset, offset);
      }
      EXPECT_EQ(offset, source_.end.offset);
      EXPECT_EQ(reader->position().details, "the log's own");
    }
  }
}

TEST_F(BronzeLogTest, StopsABatchAtItsBytes) {
  write(decode(0, std::vector<std::string>(10, example_with({})), kReceived));
  source_.end.offset = 10;
  const auto reader = this->reader();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {.records = 1000, .bytes = 400}));
  EXPECT_GE(batch.records.size(), 2U);
  EXPECT_LE(batch.records.size(), 4U);
}

TEST_F(BronzeLogTest, GivesTheRecordsOfOneOutcomeAlone) {
  DecodedBatch batch = decode(0, std::vector<std::string>(6, example_with({})), kReceived);
  batch.records[1].outcome = batch.records[4].outcome = Outcome::late;
  batch.records[2].outcome = Outcome::duplicate;
  write(batch);
  source_.end.offset = 100;  // of a partition that has more than these files
  source_.only = Outcome::late;
  const auto reader = this->reader();
  RecordBatch read;
  ASSERT_TRUE(reader->read(read, {}));
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_EQ(read.records[0].offset, 1);
  EXPECT_EQ(read.records[1].offset, 4);
  ASSERT_TRUE(reader->read(read, {}));
  EXPECT_TRUE(read.records.empty());
  source_.bronze.clear();
  ASSERT_TRUE(this->reader()->read(read, {}));
  EXPECT_TRUE(read.records.empty());
}

TEST_F(BronzeLogTest, NamesARecordThatIsMissingOrStandsTwice) {
  const std::vector<std::string> lines = {example_with({}), "no json", example_with({})};
  write(decode(0, lines, kReceived));
  source_.end.offset = 3;
  EXPECT_EQ(failure(), "");
  source_.end.offset = 4;
  EXPECT_THAT(failure(), testing::HasSubstr("does not hold record 3 of partition 0"));
  source_.end.offset = 3;
  const BronzeSource whole = source_;
  source_.quarantine.clear();
  EXPECT_THAT(failure(), testing::HasSubstr("quarantine does not hold record 1"));
  source_ = whole;
  write(decode(1, {"no json"}, kReceived));
  EXPECT_THAT(failure(), testing::HasSubstr("record 1 of partition 0 stands twice"));
  source_ = BronzeSource();
  source_.end.offset = 3;
  write(decode(0, {lines[0]}, kReceived));
  write(decode(2, {lines[2]}, kReceived));
  EXPECT_THAT(failure(), testing::HasSubstr("bronze does not hold record 1"));
}

TEST_F(BronzeLogTest, FailsWithTheEnginesErrorWhereAFileIsGone) {
  write(decode(0, {example_with({})}, kReceived));
  source_.end.offset = 1;
  source_.bronze.push_back(store_.locate("gone.parquet"));
  RecordBatch batch;
  const auto read = reader()->read(batch, {});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::HasSubstr("gone.parquet"));
}

}  // namespace
}  // namespace millrace
