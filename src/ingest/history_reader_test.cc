#include "ingest/history_reader.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "base/temporary_folder.h"
#include "ingest/gzip_testing.h"

namespace millrace {
namespace {

constexpr std::string_view kHeader =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

class HistoryReaderTest : public testing::Test {
 protected:
  fs::path write(std::string_view bytes) {
    const fs::path path = folder_.path() / "sales.csv";
    EXPECT_TRUE(remove_file(path));
    EXPECT_TRUE(File::create(path)->write(bytes));
    return path;
  }

  /// Every row as one text, and the counts behind them.
  std::vector<std::string> read(std::string_view bytes, const HistoryColumns& columns = online_retail_columns()) {
    auto history = HistoryReader::open(write(bytes), columns);
    EXPECT_TRUE(history) << history.error().message;
    std::vector<std::string> all;
    for (auto row = history->next(); row && *row; row = history->next()) {
      const HistoryRow& r = **row;
      all.push_back(format("{} {} {} {} {}x{}={} [{}|{}|{}|{}]{}", r.number, r.is_return ? "return" : "sale",
                           r.product_id, to_string(r.time), r.quantity, r.price_text, to_string(r.price), r.invoice,
                           r.description, r.customer, r.country, r.time_has_zone ? " zoned" : ""));
    }
    counts_ = history->counts();
    return all;
  }

  /// The row with the header of Online Retail; empty where it is rejected.
  std::string read_one(std::string_view row) {
    const auto all = read(std::string(kHeader) + std::string(row) + "\n");
    return all.empty() ? "" : all[0];
  }

  void expect_defect(HistoryDefect defect, std::string_view row) {
    EXPECT_EQ(read_one(row), "") << row;
    EXPECT_EQ(counts_.rows, 1);
    EXPECT_EQ(counts_.rejected(), 1);
    EXPECT_EQ(counts_.defects[static_cast<std::size_t>(defect)], 1) << row << " not " << to_string(defect);
    EXPECT_EQ(counts_.first_line[static_cast<std::size_t>(defect)], 2);
  }

  std::string open_error(std::string_view bytes, const HistoryColumns& columns = online_retail_columns()) {
    const auto history = HistoryReader::open(write(bytes), columns);
    EXPECT_FALSE(history);
    EXPECT_EQ(history.error().fault, Fault::invalid);
    return history.error().message;
  }

  TemporaryFolder folder_;
  HistoryCounts counts_;
};

using Rows = std::vector<std::string>;

TEST_F(HistoryReaderTest, sales_and_returns_of_online_retail) {
  EXPECT_EQ(read(std::string(kHeader) + "536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
                                        "C536379,D,Discount,-1,12/1/2010 9:41,27.50,14527,United Kingdom\n"
                                        "536589,21777,,-10,12/1/2010 16:50,0,,United Kingdom\n"
                                        "C1,22,positive cancel,3,12/1/2010 16:50,1,,EIRE\n"),
            (Rows{"1 sale 85123A 2010-12-01T08:26:00.000000Z 6x2.55=2.5500 [536365|WHITE HANGING HEART|17850|United "
                  "Kingdom]",
                  "2 return D 2010-12-01T09:41:00.000000Z 1x27.50=27.5000 [C536379|Discount|14527|United Kingdom]",
                  "3 return 21777 2010-12-01T16:50:00.000000Z 10x0=0.0000 [536589|||United Kingdom]",
                  "4 return 22 2010-12-01T16:50:00.000000Z 3x1=1.0000 [C1|positive cancel||EIRE]"}));
  EXPECT_EQ(counts_.rows, 4);
  EXPECT_EQ(counts_.rejected(), 0);
}

TEST_F(HistoryReaderTest, every_defect_is_counted_by_its_reason) {
  expect_defect(HistoryDefect::no_product_id, "1,,d,1,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::no_product_id, "1,  ,d,1,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::bad_quantity, "1,a,d,0,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::bad_quantity, "1,a,d,,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::bad_quantity, "1,a,d,two,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::bad_quantity, "1,a,d,1.5,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::bad_quantity, "1,a,d,99999999999999999999,12/1/2010 8:26,1,,");
  expect_defect(HistoryDefect::bad_price, "1,a,d,1,12/1/2010 8:26,-0.01,,");
  expect_defect(HistoryDefect::bad_price, "1,a,d,1,12/1/2010 8:26,,,");
  expect_defect(HistoryDefect::bad_price, "1,a,d,1,12/1/2010 8:26,free,,");
  expect_defect(HistoryDefect::bad_price, "1,a,d,1,12/1/2010 8:26,10000000000,,");
  expect_defect(HistoryDefect::malformed_row, "1,a,d,1,12/1/2010 8:26,1,,,one too many");
  expect_defect(HistoryDefect::malformed_row, "1,a,\"d\"d,1,12/1/2010 8:26,1,,");
  for (const std::string_view time :
       {"", "12/1/2010", "13/1/2010 8:26", "2/30/2010 8:26", "12/1/10 8:26", "12/1/2010 24:00", "12/1/2010 8:60",
        "12/1/2010 8:6", "-2/1/2010 8:26", "12/1/2010 8:26 PM", "12/1/1969 8:26", "12-1-2010 8:26", "2010-13-01 08:26",
        "2010-12-01 8:26", "tomorrow", "12/1/2010 8:26:60", "12/1/2010 8:26:"}) {
    expect_defect(HistoryDefect::bad_time, format("1,a,d,1,{},1,,", time));
  }
}

TEST_F(HistoryReaderTest, the_first_line_of_a_defect_is_that_of_the_file) {
  read(std::string(kHeader) +
       "1,a,\"two\nlines\",1,12/1/2010 8:26,1,,\n2,a,d,0,12/1/2010 8:26,1,,\n"
       "3,a,d,0,12/1/2010 8:26,1,,\n");
  EXPECT_EQ(counts_.rows, 3);
  EXPECT_EQ(counts_.defects[static_cast<std::size_t>(HistoryDefect::bad_quantity)], 2);
  EXPECT_EQ(counts_.first_line[static_cast<std::size_t>(HistoryDefect::bad_quantity)], 4);
}

TEST_F(HistoryReaderTest, times_of_both_kinds) {
  const auto time_of = [this](std::string_view time) {
    const std::string row = read_one(format("1,a,d,1,{},1,,", time));
    return row.empty() ? row : row.substr(9, 27) + (row.ends_with("zoned") ? " zoned" : "");
  };
  EXPECT_EQ(time_of("12/1/2010 8:26"), "2010-12-01T08:26:00.000000Z");
  EXPECT_EQ(time_of("1/31/2011 18:05:09"), "2011-01-31T18:05:09.000000Z");
  EXPECT_EQ(time_of("02/03/2011 08:05"), "2011-02-03T08:05:00.000000Z");
  EXPECT_EQ(time_of("2010-12-01"), "2010-12-01T00:00:00.000000Z");
  EXPECT_EQ(time_of("2010-12-01 08:26"), "2010-12-01T08:26:00.000000Z");
  EXPECT_EQ(time_of("2010-12-01T08:26"), "2010-12-01T08:26:00.000000Z");
  EXPECT_EQ(time_of("2010-12-01 08:26:01.5"), "2010-12-01T08:26:01.500000Z");
  EXPECT_EQ(time_of("2010-12-01T08:26:00Z"), "2010-12-01T08:26:00.000000Z zoned");
  EXPECT_EQ(time_of("2010-12-01T08:26:00+02:00"), "2010-12-01T06:26:00.000000Z zoned");
}

TEST_F(HistoryReaderTest, what_is_odd_but_right_is_kept) {
  EXPECT_EQ(read_one("1, 85123a ,d, 2 ,12/1/2010 8:26, 2.5500 ,,"),
            "1 sale 85123a 2010-12-01T08:26:00.000000Z 2x2.5500=2.5500 [1|d||]")
      << "trimmed, its case kept";
  EXPECT_EQ(read_one("1,a,d,2.0,12/1/2010 8:26,1e2,,"), "1 sale a 2010-12-01T08:26:00.000000Z 2x1e2=100.0000 [1|d||]");
  EXPECT_EQ(read_one("c1,a,d,2,12/1/2010 8:26,-0,,"), "1 sale a 2010-12-01T08:26:00.000000Z 2x-0=0.0000 [c1|d||]");
  EXPECT_EQ(read_one("1,a,d,2,12/1/2010 8:26,1"), "1 sale a 2010-12-01T08:26:00.000000Z 2x1=1.0000 [1|d||]")
      << "fields left out at the end are empty";
  EXPECT_EQ(read_one("1,a,d,2,12/1/2010 8:26,1,,,,"), "1 sale a 2010-12-01T08:26:00.000000Z 2x1=1.0000 [1|d||]")
      << "so are empty ones behind the end";
}

TEST_F(HistoryReaderTest, latin_1_becomes_utf8_and_utf8_stays) {
  EXPECT_EQ(read_one("1,caf\xE9,\xA3 tin,1,12/1/2010 8:26,1,\xFC,\xC9ire"),
            "1 sale caf\xC3\xA9 2010-12-01T08:26:00.000000Z 1x1=1.0000 [1|\xC2\xA3 tin|\xC3\xBC|\xC3\x89ire]");
  EXPECT_EQ(read_one("1,caf\xC3\xA9,d,1,12/1/2010 8:26,1,,"),
            "1 sale caf\xC3\xA9 2010-12-01T08:26:00.000000Z 1x1=1.0000 [1|d||]");
}

TEST_F(HistoryReaderTest, gzip_crlf_and_byte_order_mark_together) {
  std::string text = "\xEF\xBB\xBF" + std::string(kHeader) + "1,a,d,1,12/1/2010 8:26,1,,\n";
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.insert(at, "\r");
  }
  EXPECT_EQ(read(gzip_member(text)), (Rows{"1 sale a 2010-12-01T08:26:00.000000Z 1x1=1.0000 [1|d||]"}));
}

TEST_F(HistoryReaderTest, any_csv_by_a_mapping) {
  const auto columns = history_columns_from({{"product_id", "sku"},
                                             {"quantity", " units "},
                                             {"time", "sold at"},
                                             {"price", "price"},
                                             {"invoice", ""},
                                             {"customer", ""}});
  ASSERT_TRUE(columns) << columns.error().message;
  EXPECT_EQ(read("price,sold at,units,sku,colour\n9.99,2024-01-15,-2,A-1,red\n", *columns),
            (Rows{"1 return A-1 2024-01-15T00:00:00.000000Z 2x9.99=9.9900 [|||]"}));
}

TEST_F(HistoryReaderTest, a_missing_column_is_named_with_the_nearest) {
  const std::string message =
      open_error("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n");
  EXPECT_EQ(message,
            "no column of this name in the history, set history.columns.invoice to the right one (did you mean "
            "\"Invoice\"?): \"InvoiceNo\" in " +
                (folder_.path() / "sales.csv").string() + ":1");
  EXPECT_NE(open_error("a,b,c\n").find("history.columns.invoice"), std::string::npos);
}

TEST_F(HistoryReaderTest, a_description_that_was_asked_for_must_be_there) {
  const std::string header = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n";
  EXPECT_EQ(read(header).size(), 0U) << "without a mapping it may be left out";
  const auto columns = history_columns_from({{"description", "Name"}});
  EXPECT_NE(open_error(header, *columns).find("history.columns.description"), std::string::npos);
}

TEST_F(HistoryReaderTest, two_columns_of_one_name_are_refused) {
  EXPECT_NE(open_error("InvoiceNo,StockCode,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n")
                .find("more than one column of this name"),
            std::string::npos);
}

TEST_F(HistoryReaderTest, an_empty_file_is_refused) {
  EXPECT_NE(open_error("").find("this file is empty"), std::string::npos);
  EXPECT_EQ(read(kHeader).size(), 0U) << "a header alone is a history without rows";
}

TEST_F(HistoryReaderTest, a_broken_file_ends_with_its_error) {
  auto history =
      HistoryReader::open(write(std::string(kHeader) + "1,a,d,1,12/1/2010 8:26,1,,\n2,\"a\n"), online_retail_columns());
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->next());
  const auto row = history->next();
  ASSERT_FALSE(row);
  EXPECT_NE(row.error().message.find("sales.csv:3"), std::string::npos) << row.error().message;
}

TEST(HistoryColumns, an_unknown_key_or_an_empty_required_name_is_refused) {
  const auto unknown = history_columns_from({{"prise", "UnitPrice"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "unknown key in history.columns, did you mean price: prise");
  const auto far = history_columns_from({{"colour of the box", "x"}});
  EXPECT_EQ(far.error().message, "unknown key in history.columns: colour of the box");
  const auto empty = history_columns_from({{"price", " "}});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().fault, Fault::invalid);
  EXPECT_NE(empty.error().message.find("history.columns.price"), std::string::npos);
  EXPECT_EQ(*history_columns_from({}), online_retail_columns());
  EXPECT_EQ(to_string(HistoryColumn::country), "country");
}

TEST(OnlineRetail, all_rows_are_accounted_for_and_the_sums_are_known) {
  const char* const named = std::getenv("MILLRACE_ONLINE_RETAIL");
  const fs::path path =
      named != nullptr ? fs::path(named) : fs::path(MILLRACE_SOURCE_DIR) / "../shared/data/online_retail.csv.gz";
  if (!fs::exists(path)) {
    GTEST_SKIP() << "not there (UCI Online Retail, doi 10.24432/C5BW33): " << path;
  }
  auto history = HistoryReader::open(path, online_retail_columns());
  ASSERT_TRUE(history) << history.error().message;
  std::int64_t sold_units = 0;
  std::int64_t returned_units = 0;
  MoneySum sold;
  MoneySum returned;
  Instant before{0};
  for (auto row = history->next(); row && *row; row = history->next()) {
    ((*row)->is_return ? returned_units : sold_units) += (*row)->quantity;
    ((*row)->is_return ? returned : sold) += Money{(*row)->price.ticks * (*row)->quantity};
    EXPECT_LE(before, (*row)->time) << "the file is in the order of time, so that a replay has no late events";
    before = (*row)->time;
  }
  EXPECT_EQ(history->counts().rows, 541'909);
  EXPECT_EQ(history->counts().rejected(), 2);
  EXPECT_EQ(history->counts().defects[static_cast<std::size_t>(HistoryDefect::bad_price)], 2);
  EXPECT_EQ(sold_units, 5'660'979);
  EXPECT_EQ(returned_units, 484'531);
  EXPECT_EQ(to_string(sold), "10666684.5440");
  EXPECT_EQ(to_string(returned), "896812.4900");
}

}  // namespace
}  // namespace millrace
