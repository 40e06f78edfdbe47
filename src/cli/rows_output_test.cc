#include "cli/rows_output.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "cli/output.h"

namespace millrace {
namespace {

class RowsOutputTest : public testing::Test {
 protected:
  std::string printed(const std::string& sql, OutputFormat format) {
    testing::internal::CaptureStdout();
    const Result<void> done = print_query(*engine_, sql, {}, format);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    EXPECT_TRUE(flush_output());
    return testing::internal::GetCapturedStdout();
  }

  std::unique_ptr<Engine> engine_ = *open_duckdb({.threads = 1});
};

constexpr const char* kRows =
    "select * from (values ('Möbel', 1, 12.50::decimal(38,4), null), ('a\"b,c', 20, null, 'x\ny')) "
    "t(name, n, money, more)";

TEST_F(RowsOutputTest, a_table_is_aligned_with_numbers_to_the_right) {
  EXPECT_EQ(printed(kRows, OutputFormat::table),
            "name    n    money  more\n"
            "Möbel   1  12.5000  -\n"
            "a\"b,c  20        -  x\\x0ay\n");
}

TEST_F(RowsOutputTest, csv_quotes_what_needs_it) {
  EXPECT_EQ(printed(kRows, OutputFormat::csv),
            "name,n,money,more\r\n"
            "Möbel,1,12.5000,\r\n"
            "\"a\"\"b,c\",20,,\"x\ny\"\r\n");
}

TEST_F(RowsOutputTest, json_is_one_document_with_an_object_a_line) {
  const std::string text = printed(kRows, OutputFormat::json);
  EXPECT_EQ(text,
            "[\n{\"name\":\"Möbel\",\"n\":1,\"money\":12.5000,\"more\":null},\n"
            "{\"name\":\"a\\\"b,c\",\"n\":20,\"money\":null,\"more\":\"x\\ny\"}\n]\n");
  EXPECT_TRUE(parse_json(text, "the output"));
}

TEST_F(RowsOutputTest, no_rows_are_a_header_or_an_empty_list) {
  const std::string none = "select 1 as a, 'x' as b where false";
  EXPECT_EQ(printed(none, OutputFormat::table), "a  b\n");
  EXPECT_EQ(printed(none, OutputFormat::csv), "a,b\r\n");
  EXPECT_EQ(printed(none, OutputFormat::json), "[]\n");
}

TEST_F(RowsOutputTest, a_long_table_prints_every_row) {
  const std::string text = printed("select i from range(3000) r(i) order by i", OutputFormat::table);
  EXPECT_EQ(std::ranges::count(text, '\n'), 3'001);
  EXPECT_TRUE(text.ends_with("2999\n"));
}

TEST(OutputFormatFlag, RefusesAnotherWord) {
  EXPECT_EQ(OutputFormatFlag().chosen(false), OutputFormat::table);
  EXPECT_EQ(OutputFormatFlag().chosen(true), OutputFormat::json);
}

}  // namespace
}  // namespace millrace
