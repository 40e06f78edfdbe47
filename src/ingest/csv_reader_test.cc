#include "ingest/csv_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "ingest/gzip_testing.h"
#include "ingest/simulator_random.h"

namespace millrace {
namespace {

class CsvReaderTest : public testing::Test {
 protected:
  CsvReader open(std::string_view bytes) {
    const fs::path path = folder_.path() / "file.csv";
    EXPECT_TRUE(remove_file(path));
    EXPECT_TRUE(File::create(path)->write(bytes));
    auto reader = CsvReader::open(path);
    EXPECT_TRUE(reader);
    return *std::move(reader);
  }

  /// All rows as `line:field|field`, a `!` in front where one is not well formed; or the error.
  std::vector<std::string> rows(std::string_view bytes) {
    CsvReader reader = open(bytes);
    std::vector<std::string> all;
    for (;;) {
      const auto row = reader.next();
      if (!row) {
        all.push_back("error: " + row.error().message);
        return all;
      }
      if (!*row) {
        return all;
      }
      std::string text = format("{}{}:", (*row)->well_formed ? "" : "!", (*row)->line);
      for (const std::string_view field : (*row)->fields) {
        text.append(field).append("|");
      }
      text.pop_back();
      all.push_back(text);
    }
  }

  using Rows = std::vector<std::string>;
  TemporaryFolder folder_;
};

TEST_F(CsvReaderTest, plain_fields) {
  EXPECT_EQ(rows("a,b,c\n1,2,3\n"), (Rows{"1:a|b|c", "2:1|2|3"}));
  EXPECT_EQ(rows("a,b,c\n1,2,3"), (Rows{"1:a|b|c", "2:1|2|3"})) << "no line end behind the last row";
  EXPECT_EQ(rows("a"), (Rows{"1:a"}));
  EXPECT_EQ(rows(",\n,,\n"), (Rows{"1:|", "2:||"}));
  EXPECT_EQ(rows(" a , b\n"), (Rows{"1: a | b"})) << "spaces are part of a field";
}

TEST_F(CsvReaderTest, line_ends_of_both_kinds) {
  EXPECT_EQ(rows("a,b\r\n1,2\r\n"), (Rows{"1:a|b", "2:1|2"}));
  EXPECT_EQ(rows("a,b\r\n1,2\r"), (Rows{"1:a|b", "2:1|2"}));
  EXPECT_EQ(rows("a,\r\n\"x\"\r\n\"y\"\r"), (Rows{"1:a|", "2:x", "3:y"}));
  EXPECT_EQ(rows("a\rb,c\n"), (Rows{"1:a\rb|c"})) << "alone, a carriage return is a character";
}

TEST_F(CsvReaderTest, empty_lines_are_no_rows_but_count) {
  EXPECT_EQ(rows(""), Rows{});
  EXPECT_EQ(rows("\n\n"), Rows{});
  EXPECT_EQ(rows("\n\r\na\n\nb\n"), (Rows{"3:a", "5:b"}));
  EXPECT_EQ(rows("\"\"\n"), (Rows{"1:"})) << "an empty quoted field is a field";
}

TEST_F(CsvReaderTest, quotes_hold_commas_quotes_and_line_ends) {
  EXPECT_EQ(rows("\"a,b\",c\n"), (Rows{"1:a,b|c"}));
  EXPECT_EQ(rows("\"say \"\"hi\"\"\",\"\"\"\"\n"), (Rows{"1:say \"hi\"|\""}));
  EXPECT_EQ(rows("\"two\nlines\",x\nnext,y\n"), (Rows{"1:two\nlines|x", "3:next|y"}));
  EXPECT_EQ(rows("\"two\r\nlines\"\r\n\"\n\n\"\r\nz"), (Rows{"1:two\r\nlines", "3:\n\n", "6:z"}));
  EXPECT_EQ(rows("\"\",\"\"\n"), (Rows{"1:|"}));
  EXPECT_EQ(rows("\"x\""), (Rows{"1:x"}));
}

TEST_F(CsvReaderTest, a_quote_inside_a_field_is_a_character) {
  EXPECT_EQ(rows("5\" nail,x \"y\"\n"), (Rows{"1:5\" nail|x \"y\""}));
}

TEST_F(CsvReaderTest, text_behind_a_closing_quote_is_not_well_formed) {
  EXPECT_EQ(rows("\"a\"b,c\nd,e\n"), (Rows{"!1:a|c", "2:d|e"}));
  EXPECT_EQ(rows("\"a\" ,c\n"), (Rows{"!1:a|c"}));
  EXPECT_EQ(rows("\"a\"\rb\n"), (Rows{"!1:a"}));
}

TEST_F(CsvReaderTest, a_quote_that_is_never_closed_is_an_error_with_file_and_line) {
  const Rows all = rows("a,b\n1,2\n3,\"4\n5,6\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2], "error: quote in a CSV file is never closed, in the row at: " +
                        (folder_.path() / "file.csv").string() + ":3");
  EXPECT_NE(rows("\"").front().find("never closed"), std::string::npos);
}

TEST_F(CsvReaderTest, a_row_that_is_too_long_is_an_error_and_one_below_the_limit_is_read) {
  const std::string long_field(kCsvRowBytesMax - 100, 'x');
  const Rows fits = rows("a,\"" + long_field + "\"\nb\n");
  ASSERT_EQ(fits.size(), 2U);
  EXPECT_EQ(fits[0], "1:a|" + long_field);
  const Rows too_long = rows("a\n\"" + std::string(2 * kCsvRowBytesMax + 10, 'x') + "\"\n");
  ASSERT_EQ(too_long.size(), 2U);
  EXPECT_NE(too_long[1].find("longer than 4 MiB"), std::string::npos) << too_long[1];
  EXPECT_NE(too_long[1].find(":2"), std::string::npos);
}

TEST_F(CsvReaderTest, a_row_with_too_many_fields_is_not_well_formed) {
  CsvReader reader = open(std::string(kCsvFieldsMax, ',') + "\nb\n");
  const auto row = reader.next();
  ASSERT_TRUE(row && *row);
  EXPECT_FALSE((*row)->well_formed);
  EXPECT_EQ((*row)->fields.size(), kCsvFieldsMax);
  EXPECT_TRUE((*reader.next())->well_formed);
}

TEST_F(CsvReaderTest, byte_order_marks) {
  EXPECT_EQ(rows("\xEF\xBB\xBF"
                 "a,b\n"),
            (Rows{"1:a|b"}));
  EXPECT_EQ(rows("\xEF\xBB\xBF\"a\",b\n"), (Rows{"1:a|b"}));
  EXPECT_EQ(rows("\xEF\xBB\xBF"), Rows{});
  EXPECT_NE(rows(std::string_view("\xFF\xFE"
                                  "a\0,\0",
                                  6))
                .front()
                .find("UTF-16"),
            std::string::npos);
}

TEST_F(CsvReaderTest, gzip_is_unpacked_and_broken_gzip_is_an_error) {
  EXPECT_EQ(rows(gzip_member("a,b\n1,2\n")), (Rows{"1:a|b", "2:1|2"}));
  EXPECT_NE(rows(gzip_member("a,b\n").substr(0, 20)).back().find("cut off"), std::string::npos);
}

TEST_F(CsvReaderTest, random_tables_come_back_whatever_the_chunks_cut) {
  constexpr std::uint64_t kSeed = 20'240'115;
  SCOPED_TRACE(format("seed {}", kSeed));
  Random random(kSeed);
  constexpr std::string_view kAlphabet = "ab,\"\n\r\xC3\xA9 x";
  std::string file;
  Rows expected;
  std::int64_t line = 1;
  while (file.size() < 2'500'000) {  // several chunks
    std::string row = format("{}:", line);
    const std::uint64_t fields = 1 + random.below(6);
    for (std::uint64_t i = 0; i < fields; ++i) {
      std::string field;
      for (std::uint64_t n = random.chance(0.0003) ? 300'000 : random.below(20); n > 0; --n) {
        field += kAlphabet[random.below(kAlphabet.size())];
      }
      file += i > 0 ? "," : "";
      row += i > 0 ? "|" : "";
      row += field;
      file += '"';
      for (const char c : field) {
        file.append(c == '"' ? "\"\"" : std::string(1, c));
        line += c == '\n' ? 1 : 0;
      }
      file += '"';
    }
    file += random.chance(0.5) ? "\n" : "\r\n";
    ++line;
    expected.push_back(row);
  }
  EXPECT_EQ(rows(file), expected);
}

}  // namespace
}  // namespace millrace
