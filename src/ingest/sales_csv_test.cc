#include "ingest/sales_csv.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/temporary_folder.h"
#include "ingest/history_reader.h"

namespace millrace {
namespace {

class SalesCsvTest : public testing::Test {
 protected:
  /// The text of the file that the records give.
  std::string written(const std::vector<std::string>& records) {
    const std::string before = read_file(path_).value_or("nothing");
    auto csv = SalesCsv::create(path_);
    EXPECT_TRUE(csv) << csv.error().message;
    for (const std::string& record : records) {
      EXPECT_TRUE((*csv)->append("", record));
    }
    EXPECT_EQ(read_file(path_).value_or("nothing"), before) << "half a file has the name of a whole one";
    EXPECT_TRUE((*csv)->finish());
    rows_ = (*csv)->rows();
    return *read_file(path_);
  }

  static std::string event(std::string_view type, std::string_view more = "") {
    return R"({"event_time":"2024-01-15T10:30:00.5Z","user_id":"U1","product_id":"P001","category":"Books",)"
           R"("price":"12.50","quantity":"3","event_type":")" +
           std::string(type) + '"' + std::string(more) + "}";
  }

  TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "new" / "sales.csv";
  std::int64_t rows_ = 0;
};

TEST_F(SalesCsvTest, has_a_row_for_each_order_and_each_return) {
  EXPECT_EQ(written({event("order_created", R"(,"order_id":"O7")"), event("product_viewed"), event("add_to_cart"),
                     event("order_returned", R"(,"order_id":"O7")"), event("order_created"), "no event"}),
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
            "O7,P001,Books P001,3,2024-01-15 10:30:00,12.5000,U1,\n"
            "CO7,P001,Books P001,-3,2024-01-15 10:30:00,12.5000,U1,\n"
            "E3,P001,Books P001,3,2024-01-15 10:30:00,12.5000,U1,\n");
  EXPECT_EQ(rows_, 3);
}

TEST_F(SalesCsvTest, is_what_the_reader_of_history_reads) {
  written({R"({"event_time":"2024-01-15T10:30:00Z","user_id":"U \"1\"","product_id":"A,B","category":"Home, Garden",)"
           R"("price":"0.0001","quantity":"1","event_type":"order_created"})"});
  auto csv = HistoryReader::open(path_, online_retail_columns());
  ASSERT_TRUE(csv) << csv.error().message;
  const auto row = csv->next();
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->product_id, "A,B");
  EXPECT_EQ((*row)->description, "Home, Garden A,B");
  EXPECT_EQ((*row)->customer, "U \"1\"");
  EXPECT_EQ((*row)->price.ticks, 1);
  EXPECT_EQ(to_string((*row)->time), "2024-01-15T10:30:00.000000Z");
  const auto end = csv->next();
  EXPECT_TRUE(end && !*end);
}

TEST_F(SalesCsvTest, replaces_a_file_and_the_draft_of_a_run_that_was_cut_short) {
  ASSERT_TRUE(SalesCsv::create(path_));  // never finished
  written({event("order_created")});
  EXPECT_EQ(written({}), "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
}

TEST_F(SalesCsvTest, takes_more_records_than_a_batch_holds) {
  const std::vector<std::string> records(20'000, event("order_created"));
  const std::string text = written(records);
  EXPECT_EQ(rows_, 20'000);
  EXPECT_EQ(std::ranges::count(text, '\n'), 20'001);
}

}  // namespace
}  // namespace millrace
