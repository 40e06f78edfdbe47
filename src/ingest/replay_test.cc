#include "ingest/replay.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/temporary_folder.h"
#include "event/decode.h"
#include "ingest/event_log.h"
#include "ingest/gzip_testing.h"

namespace millrace {
namespace {

struct Given {
  std::string key;
  std::string line;
  std::optional<Instant> time;
  bool operator==(const Given&) const = default;
};

class ReplayTest : public testing::Test {
 protected:
  fs::path write(std::string_view name, std::string_view bytes) {
    const fs::path path = folder_.path() / name;
    EXPECT_TRUE(remove_file(path));
    EXPECT_TRUE(File::create(path)->write(bytes));
    return path;
  }

  std::vector<Given> replay(const fs::path& path) {
    auto replay = open_replay(path, online_retail_columns());
    EXPECT_TRUE(replay) << replay.error().message;
    std::vector<Given> all;
    for (;;) {
      const auto record = (*replay)->next();
      if (!record) {
        error_ = record.error();
        return all;
      }
      if (!*record) {
        has_counts_ = (*replay)->history_counts() != nullptr;
        return all;
      }
      all.push_back({std::string((*record)->key), std::string((*record)->line), (*record)->time});
    }
  }

  TemporaryFolder folder_;
  std::optional<Error> error_;
  bool has_counts_ = false;
};

constexpr std::string_view kGood =
    R"({"event_time":"2024-01-15T10:30:00Z","user_id":"U1","product_id":"P1","price":1,"quantity":1,"event_type":"x"})";

TEST_F(ReplayTest, ndjson_lines_stay_byte_for_byte) {
  const std::string odd = "  " + std::string(kGood) + " \r";
  const std::string text = std::string(kGood) + "\n" + odd +
                           "\n\nnot json\n{\"product_id\":7}\n{\"product_id\":null}\n" +
                           "{\"product_id\":\"a\\u0041\"}\n\xFF\xFE\nlast";
  const Instant time = *parse_event_time("2024-01-15T10:30:00Z");
  const std::vector<Given> expected = {
      {"P1", std::string(kGood), time},
      {"P1", odd, time},
      {"", "", std::nullopt},
      {"not json", "not json", std::nullopt},
      {"7", "{\"product_id\":7}", std::nullopt},
      {"{\"product_id\":null}", "{\"product_id\":null}", std::nullopt},
      {"aA", "{\"product_id\":\"a\\u0041\"}", std::nullopt},
      {"\xFF\xFE", "\xFF\xFE", std::nullopt},
      {"last", "last", std::nullopt},
  };
  EXPECT_EQ(replay(write("events.ndjson", text)), expected);
  EXPECT_EQ(replay(write("events.jsonl.gz", gzip_member(text))), expected);
  EXPECT_FALSE(error_);
  EXPECT_FALSE(has_counts_);
}

TEST_F(ReplayTest, ndjson_of_many_chunks_is_whole) {
  std::string text;
  std::vector<std::string> lines;
  for (int i = 0; i < 20'000; ++i) {
    lines.push_back("{\"product_id\":\"P" + std::to_string(i) + "\",\"note\":\"" +
                    std::string(static_cast<std::size_t>(i % 300), 'x') + "\"}");
    text += lines.back() + "\n";
  }
  lines.push_back("{\"product_id\":\"long\",\"note\":\"" + std::string(5'000'000, 'y') + "\"}");
  text += lines.back() + "\n";
  const auto given = replay(write("events", text));
  ASSERT_EQ(given.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(given[i].line, lines[i]);
  }
  EXPECT_EQ(given[0].key, "P0");
  EXPECT_EQ(given.back().key, lines.back()) << "a record that is too large to be read goes by its whole line";
}

TEST_F(ReplayTest, an_endless_line_is_an_error_with_its_number) {
  const auto given = replay(write("x.ndjson", "{}\n" + std::string(2 * kReplayLineBytesMax + 10, 'x')));
  EXPECT_EQ(given.size(), 1U);
  ASSERT_TRUE(error_);
  EXPECT_EQ(error_->fault, Fault::corrupt);
  EXPECT_NE(error_->message.find("x.ndjson:2"), std::string::npos) << error_->message;
}

TEST_F(ReplayTest, a_csv_becomes_order_events) {
  const auto given = replay(write("sales.csv",
                                  "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                                  "536365,85123A,\"5\"\" HEART\",6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
                                  "536365,85123A,,0,12/1/2010 8:26,2.55,17850,United Kingdom\n"
                                  "C536379,D,,-1,12/1/2010 9:41,27.50,,\n"));
  const std::vector<Given> expected = {
      {"85123A",
       R"({"event_time":"2010-12-01T08:26:00.000000Z","user_id":"17850","product_id":"85123A","price":"2.55",)"
       R"("quantity":"6","event_type":"order_created","event_id":"536365-1","order_id":"536365",)"
       R"("description":"5\" HEART","country":"United Kingdom"})",
       parse_event_time("2010-12-01T08:26:00Z")},
      {"D",
       R"({"event_time":"2010-12-01T09:41:00.000000Z","user_id":"guest-C536379","product_id":"D","price":"27.50",)"
       R"("quantity":"1","event_type":"order_returned","event_id":"C536379-3","order_id":"C536379"})",
       parse_event_time("2010-12-01T09:41:00Z")},
  };
  EXPECT_EQ(given, expected);
  EXPECT_TRUE(has_counts_);
}

TEST_F(ReplayTest, rows_without_an_invoice_have_ids_of_their_own) {
  const auto columns = history_columns_from({{"invoice", ""}, {"customer", ""}});
  auto replay = open_replay(write("a.csv", "StockCode,Quantity,InvoiceDate,UnitPrice\nA,1,2024-01-15,1\n"), *columns);
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ((*(*replay)->next())->line,
            R"({"event_time":"2024-01-15T00:00:00.000000Z","user_id":"guest-row-1","product_id":"A","price":"1",)"
            R"("quantity":"1","event_type":"order_created","event_id":"row-1"})");
}

TEST_F(ReplayTest, every_line_of_a_csv_is_a_valid_event_in_utf8) {
  const auto given = replay(write(
      "sales.csv.gz", gzip_member("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                                  "1,caf\xE9\tX,\"tab\tand\nline \\ \x01\",6,12/1/2010 8:26,2.55,\xFC,\n")));
  ASSERT_EQ(given.size(), 1U);
  std::string padded = given[0].line + std::string(kRecordPaddingBytes, '\0');
  const Record record{.bytes = std::string_view(padded).substr(0, given[0].line.size()),
                      .full_bytes = static_cast<std::int64_t>(given[0].line.size()),
                      .offset = 0,
                      .log_time = std::nullopt};
  DecodedBatch batch;
  Decoder decoder({});
  decoder.decode({&record, 1}, nullptr, *parse_event_time("2024-01-15T10:30:00Z"), batch);
  EXPECT_EQ(to_string(batch.records[0].outcome), "silver");
  EXPECT_EQ(batch.records[0].event.product_id, "caf\xC3\xA9\tX");
  EXPECT_EQ(Json::parse(given[0].line)["description"], "tab\tand\nline \\ \x01");
}

TEST_F(ReplayTest, the_kind_of_a_file_without_a_telling_name_is_seen_from_its_first_byte) {
  EXPECT_EQ(replay(write("dump", std::string(kGood) + "\n")).size(), 1U);
  EXPECT_EQ(replay(write("dump.gz", gzip_member(kGood))).size(), 1U);
  EXPECT_EQ(replay(write("dump.txt",
                         "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
                         "1,A,1,2024-01-15,1,\n"))
                .size(),
            1U);
  EXPECT_TRUE(replay(write("empty.ndjson", "")).empty());
}

TEST_F(ReplayTest, what_cannot_be_opened_says_so) {
  EXPECT_EQ(open_replay(folder_.path() / "no.ndjson", {}).error().fault, Fault::not_found);
  EXPECT_EQ(open_replay(folder_.path() / "no.csv", {}).error().fault, Fault::not_found);
  EXPECT_EQ(open_replay(folder_.path() / "no", {}).error().fault, Fault::not_found);
  EXPECT_EQ(open_replay(write("wrong.csv", "a,b\n"), online_retail_columns()).error().fault, Fault::invalid);
  EXPECT_EQ(open_replay(write("broken.gz", gzip_member("x").substr(0, 9)), {}).error().fault, Fault::corrupt);
}

}  // namespace
}  // namespace millrace
