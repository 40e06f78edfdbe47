#include "lake/parquet.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/format.h"
#include "lake/lake_testing.h"
#include "lake/tables.h"

namespace millrace {
namespace {

using lake_testing::MemoryFile;
using lake_testing::ParquetColumn;
using lake_testing::ParquetContent;
using lake_testing::Row;
using lake_testing::Value;

constexpr bool kNullable = true;

/// A column of each type, all nullable, as little else as possible.
constexpr std::array kEveryType = {
    ColumnSpec{"int32", ColumnType::int32, Encoding::dictionary, kNullable, false},
    ColumnSpec{"int64", ColumnType::int64, Encoding::delta, kNullable, true},
    ColumnSpec{"timestamp", ColumnType::timestamp, Encoding::delta, kNullable, true},
    ColumnSpec{"text", ColumnType::text, Encoding::plain, kNullable, false},
    ColumnSpec{"binary", ColumnType::binary, Encoding::dictionary, kNullable, false},
    ColumnSpec{"decimal_18_4", ColumnType::decimal_18_4, Encoding::dictionary, kNullable, false},
    ColumnSpec{"decimal_38_4", ColumnType::decimal_38_4, Encoding::plain, kNullable, false},
    ColumnSpec{"local_time", ColumnType::local_time, Encoding::plain, kNullable, false},
    ColumnSpec{"date", ColumnType::date, Encoding::dictionary, kNullable, false},
    ColumnSpec{"real", ColumnType::real, Encoding::plain, kNullable, false},
    ColumnSpec{"boolean", ColumnType::boolean, Encoding::plain, kNullable, false},
};
constexpr TableSpec kEveryTypeTable{"test/every_type", kEveryType};

void put_nulls(Table& table) {
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    table[i].put_null();
  }
  table.finish_row();
}

void put_row(Table& table, std::int32_t number, std::string_view text) {
  table[0].put(number);
  table[1].put(std::int64_t{number} * 1'000'000'000);
  table[2].put(Instant{number});
  table[3].put(text);
  table[4].put(text);
  table[5].put(Money{number});
  table[6].put(MoneySum{number});
  table[7].put(Instant{number});
  table[8].put(Day{number % 1000});
  table[9].put(static_cast<double>(number) / 4);
  table[10].put(number % 2 == 1);
  table.finish_row();
}

/// A writer into memory.
struct Tape {
  std::shared_ptr<MemoryFile::Content> content = std::make_shared<MemoryFile::Content>();

  std::unique_ptr<ParquetWriter> writer(const TableSpec& spec) const {
    auto created = ParquetWriter::create(std::make_unique<MemoryFile>(content), spec);
    EXPECT_TRUE(created) << words(created);
    return *std::move(created);
  }
};

/// Writes the tables as one row group each and reads the file back.
ParquetContent written(const std::vector<const Table*>& tables) {
  const Tape tape;
  const auto writer = tape.writer(tables.front()->spec());
  std::int64_t rows = 0;
  for (const Table* table : tables) {
    const Result<void> wrote = writer->write(*table);
    EXPECT_TRUE(wrote) << words(wrote);
    rows += table->rows();
  }
  EXPECT_EQ(writer->rows(), rows);
  EXPECT_FALSE(tape.content->finished);
  const Result<std::int64_t> bytes = writer->finish();
  EXPECT_TRUE(bytes) << words(bytes);
  EXPECT_TRUE(tape.content->finished);
  EXPECT_EQ(static_cast<std::size_t>(bytes.value_or(-1)), tape.content->bytes.size());
  return lake_testing::parse_parquet(tape.content->bytes);
}

ParquetContent written(const Table& table) { return written(std::vector<const Table*>{&table}); }

/// What CONTRACT.md calls a type, in Arrow's words.
std::string arrow_words(ColumnType type) {
  switch (type) {
    case ColumnType::int32:
      return "int32";
    case ColumnType::int64:
      return "int64";
    case ColumnType::timestamp:
      return "timestamp[us, tz=UTC]";
    case ColumnType::local_time:
      return "timestamp[us]";
    case ColumnType::date:
      return "date32[day]";
    case ColumnType::text:
      return "string";
    case ColumnType::binary:
      return "binary";
    case ColumnType::decimal_18_4:
      return "decimal128(18, 4)";
    case ColumnType::decimal_38_4:
      return "decimal128(38, 4)";
    case ColumnType::real:
      return "double";
    case ColumnType::boolean:
      return "bool";
  }
  return "";
}

TEST(Parquet, EveryTableHasItsColumnsInTheFile) {
  std::vector<const TableSpec*> tables(stream_tables().begin(), stream_tables().end());
  tables.push_back(&kSaleLines);
  tables.push_back(&kDemandPredictions);
  for (const TableSpec* spec : tables) {
    std::vector<ParquetColumn> expected;
    for (const ColumnSpec& column : spec->columns) {
      expected.push_back({std::string(column.name), arrow_words(column.type), column.nullable});
    }
    EXPECT_EQ(written(Table(*spec)).columns, expected) << spec->name;
  }
}

TEST(Parquet, TheFooterHasTheFormatVersionAndTheTable) {
  for (const TableSpec* spec : stream_tables()) {
    const ParquetContent content = written(Table(*spec));
    ASSERT_TRUE(content.metadata.contains("format_version")) << spec->name;
    EXPECT_EQ(content.metadata.at("format_version"), std::to_string(kFormatVersion));
    EXPECT_EQ(content.metadata.at("table"), spec->name);
  }
}

TEST(Parquet, EveryTypeReadsBackAsItWasWritten) {
  Table table(kEveryTypeTable);
  put_row(table, 42, "text");
  put_row(table, -1, "");
  put_nulls(table);
  put_row(table, 2'147'483'647, "Möbel \U0001F6D2");
  put_row(table, -2'147'483'647 - 1, std::string_view("a\0b", 3));
  const ParquetContent content = written(table);
  ASSERT_EQ(content.rows.size(), 5U);
  EXPECT_EQ(content.rows[0],
            (Row{"42", "42000000000", "42", "text", "text", "0.0042", "0.0042", "42", "42", "10.5", "false"}));
  EXPECT_EQ(content.rows[1],
            (Row{"-1", "-1000000000", "-1", "", "", "-0.0001", "-0.0001", "-1", "-1", "-0.25", "false"}));
  EXPECT_EQ(content.rows[2], Row(11));
  EXPECT_EQ(content.rows[3],
            (Row{"2147483647", "2147483647000000000", "2147483647", "Möbel \U0001F6D2", "Möbel \U0001F6D2",
                 "214748.3647", "214748.3647", "2147483647", "647", "536870911.75", "true"}));
  EXPECT_EQ(content.rows[4],
            (Row{"-2147483648", "-2147483648000000000", "-2147483648", std::string("a\0b", 3), std::string("a\0b", 3),
                 "-214748.3648", "-214748.3648", "-2147483648", "-648", "-536870912", "false"}));
}

TEST(Parquet, NullsStandWhereTheyWerePutAtEveryBitEdge) {
  for (const int rows : {1, 7, 8, 9, 16, 17, 63, 64, 65}) {
    for (int nulls_from = 0; nulls_from <= rows; nulls_from += rows < 10 ? 1 : 7) {
      Table table(kEveryTypeTable);
      std::vector<Value> expected;
      for (int row = 0; row < rows; ++row) {
        if (row >= nulls_from && row < nulls_from + 2) {
          put_nulls(table);
          expected.emplace_back();
        } else {
          put_row(table, row, format("text {}", row));
          expected.emplace_back(format("text {}", row));
        }
      }
      const ParquetContent content = written(table);
      EXPECT_EQ(content.values("text"), expected) << rows << " rows, nulls from " << nulls_from;
      EXPECT_EQ(content.values("binary"), expected) << rows << " rows, nulls from " << nulls_from;
      for (const std::string_view name :
           {"int32", "int64", "timestamp", "decimal_18_4", "decimal_38_4", "local_time", "date", "real", "boolean"}) {
        const std::vector<Value> values = content.values(name);
        for (std::size_t row = 0; row < expected.size(); ++row) {
          EXPECT_EQ(values[row].has_value(), expected[row].has_value()) << name << " row " << row;
        }
      }
    }
  }
}

TEST(Parquet, AColumnOfNothingButNullsReadsBack) {
  Table table(kEveryTypeTable);
  for (int row = 0; row < 9; ++row) {
    put_nulls(table);
  }
  EXPECT_EQ(written(table).rows, std::vector<Row>(9, Row(11)));
}

TEST(Parquet, AnEmptyTextIsNotNull) {
  Table table(kEveryTypeTable);
  put_row(table, 1, "");
  put_nulls(table);
  const ParquetContent content = written(table);
  EXPECT_EQ(content.values("text"), (std::vector<Value>{"", std::nullopt}));
  EXPECT_EQ(content.values("binary"), (std::vector<Value>{"", std::nullopt}));
}

TEST(Parquet, DecimalsUseAllTheirDigits) {
  int128 largest = 1;
  for (int digit = 0; digit < 38; ++digit) {
    largest *= 10;
  }
  --largest;
  Table table(kEveryTypeTable);
  for (const int128 sum : {largest, -largest, int128{1}, int128{0}}) {
    for (std::size_t i = 0; i < 5; ++i) {
      table[i].put_null();
    }
    const auto sign = static_cast<std::int64_t>((sum > 0) - (sum < 0));
    table[5].put(Money{sign * 999'999'999'999'999'999});
    table[6].put(MoneySum{sum});
    table[7].put_null();
    table[8].put_null();
    table[9].put_null();
    table[10].put_null();
    table.finish_row();
  }
  const ParquetContent content = written(table);
  EXPECT_EQ(content.values("decimal_18_4"),
            (std::vector<Value>{"99999999999999.9999", "-99999999999999.9999", "99999999999999.9999", "0.0000"}));
  EXPECT_EQ(
      content.values("decimal_38_4"),
      (std::vector<Value>{std::string(34, '9') + ".9999", "-" + std::string(34, '9') + ".9999", "0.0001", "0.0000"}));
}

TEST(Parquet, LargeTextsAndManyDifferentOnesReadBack) {
  Table table(kEveryTypeTable);
  std::vector<Value> expected;
  std::mt19937 random(20240115);  // a constant seed: the texts only have to be hard to compress
  for (int row = 0; row < 12; ++row) {
    std::string text(static_cast<std::size_t>(row) * 200'000, ' ');
    for (char& c : text) {
      c = static_cast<char>('a' + random() % 26);
    }
    put_row(table, row, text);  // the dictionary of `binary` outgrows its page and falls back
    expected.emplace_back(std::move(text));
  }
  const ParquetContent content = written(table);
  EXPECT_EQ(content.values("text"), expected);
  EXPECT_EQ(content.values("binary"), expected);
}

TEST(Parquet, EachWriteIsARowGroupAndKeepsNoneOfTheRows) {
  Table table(kEveryTypeTable);
  const Tape tape;
  const auto writer = tape.writer(kEveryTypeTable);
  std::vector<Value> expected;
  for (int group = 0; group < 3; ++group) {
    for (int row = 0; row <= group; ++row) {
      put_row(table, group * 10 + row, format("group {} row {}", group, row));
      expected.emplace_back(format("group {} row {}", group, row));
    }
    ASSERT_TRUE(writer->write(table));
    table.clear();  // the same buffers again: what was written must not look at them any more
  }
  ASSERT_TRUE(writer->finish());
  const ParquetContent content = lake_testing::parse_parquet(tape.content->bytes);
  EXPECT_EQ(content.row_group_rows, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(content.values("text"), expected);
  EXPECT_EQ(writer->rows(), 6);
}

TEST(Parquet, AFullRowGroupIsNotCut) {
  Table table(kEveryTypeTable);
  constexpr std::int64_t kRows = 128 * 1024;  // StagingLimits::row_group_rows
  for (std::int32_t row = 0; row < kRows; ++row) {
    put_row(table, row, "");
  }
  const ParquetContent content = written(table);
  EXPECT_EQ(content.row_group_rows, (std::vector<std::int64_t>{kRows}));
  EXPECT_EQ(content.values("int32").back(), std::to_string(kRows - 1));
}

TEST(Parquet, IsCompressedAndEncodedAsTheSchemaSays) {
  Table table(kEveryTypeTable);
  for (int row = 0; row < 100; ++row) {
    put_row(table, row, format("text {}", row % 3));
  }
  const ParquetContent content = written(table);
  EXPECT_EQ(content.compressions, std::set<std::string>{"zstd"});
  EXPECT_EQ(content.columns_with_statistics, (std::set<std::string>{"int64", "timestamp"}));
  EXPECT_TRUE(content.encodings.at("int64").contains("DELTA_BINARY_PACKED"));
  EXPECT_TRUE(content.encodings.at("timestamp").contains("DELTA_BINARY_PACKED"));
  EXPECT_TRUE(content.encodings.at("binary").contains("RLE_DICTIONARY"));
  EXPECT_TRUE(content.encodings.at("decimal_18_4").contains("RLE_DICTIONARY"));
  EXPECT_FALSE(content.encodings.at("text").contains("RLE_DICTIONARY"));
}

TEST(Parquet, WhatAWriteFailsWithComesOutInItsOwnWords) {
  Table table(kEveryTypeTable);
  put_row(table, 1, std::string(10'000, 'x'));
  const Tape good;
  const auto complete = good.writer(kEveryTypeTable);
  ASSERT_TRUE(complete->write(table));
  ASSERT_TRUE(complete->finish());
  for (std::size_t bytes_max = 0; bytes_max < good.content->bytes.size(); ++bytes_max) {
    const Tape tape;
    tape.content->bytes_max = bytes_max;
    Error error{Fault::corrupt, ""};
    auto writer = ParquetWriter::create(std::make_unique<MemoryFile>(tape.content), kEveryTypeTable);
    if (!writer) {
      error = writer.error();
    } else if (const Result<void> wrote = (*writer)->write(table); !wrote) {
      error = wrote.error();
    } else if (const auto finished = (*writer)->finish(); !finished) {
      error = finished.error();
    }
    EXPECT_EQ(error.fault, Fault::unavailable) << bytes_max;
    EXPECT_EQ(error.message, "could not write: the tape is at its end (put in another)") << bytes_max;
    EXPECT_FALSE(tape.content->finished);
  }
}

TEST(Parquet, WhatFinishFailsWithComesOutInItsOwnWords) {
  const Tape tape;
  tape.content->finish_fails = true;
  const auto writer = tape.writer(kEveryTypeTable);
  const Result<std::int64_t> finished = writer->finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().fault, Fault::outcome_unknown);
  EXPECT_EQ(finished.error().message, "could not sync: the tape is torn (look at it)");
}

TEST(Parquet, AFailedWriterFailsOnAndNeverFinishesTheFile) {
  const Tape tape;
  auto writer = tape.writer(kEveryTypeTable);
  tape.content->bytes_max = 10;
  Table table(kEveryTypeTable);
  put_row(table, 1, std::string(10'000, 'x'));
  const Result<void> first = writer->write(table);
  const Result<void> second = writer->write(table);
  EXPECT_FALSE(first && second && writer->finish());
  writer.reset();
  EXPECT_FALSE(tape.content->finished);
}

TEST(Parquet, AWriterThatIsGivenUpDoesNotFinishItsFile) {
  const Tape tape;
  {
    const auto writer = tape.writer(kEveryTypeTable);
    Table table(kEveryTypeTable);
    put_row(table, 1, "text");
    ASSERT_TRUE(writer->write(table));
  }
  EXPECT_FALSE(tape.content->finished);
}

TEST(ParquetDeathTest, RowsOfAnotherTableAreABug) {
  const Tape tape;
  const auto writer = tape.writer(kEveryTypeTable);
  const Table other(kSilverEvents);
  EXPECT_DEATH((void)writer->write(other), "spec");
}

}  // namespace
}  // namespace millrace
