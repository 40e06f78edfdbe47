#include "lake/columns.h"

#include <gtest/gtest.h>

#include <array>
#include <bitset>
#include <cstring>

namespace millrace {
namespace {

constexpr std::array kColumns = {
    ColumnSpec{"number", ColumnType::int32, Encoding::plain, true, false},
    ColumnSpec{"count", ColumnType::int64, Encoding::plain, true, false},
    ColumnSpec{"time", ColumnType::timestamp, Encoding::plain, true, false},
    ColumnSpec{"words", ColumnType::text, Encoding::plain, true, false},
    ColumnSpec{"bytes", ColumnType::binary, Encoding::plain, true, false},
    ColumnSpec{"price", ColumnType::decimal_18_4, Encoding::plain, true, false},
    ColumnSpec{"sum", ColumnType::decimal_38_4, Encoding::plain, true, false},
    ColumnSpec{"required", ColumnType::text, Encoding::plain, false, false},
};
constexpr TableSpec kTable{"test/table", kColumns};

template <class T>
T value_at(const Column& column, std::size_t row) {
  T value;
  EXPECT_LE((row + 1) * sizeof(T), column.values().size());
  std::memcpy(&value, column.values().data() + row * sizeof(T), sizeof(T));
  return value;
}

std::string_view text_at(const Column& column, std::size_t row) {
  const auto begin = static_cast<std::size_t>(column.offsets()[row]);
  const auto end = static_cast<std::size_t>(column.offsets()[row + 1]);
  return {column.values().data() + begin, end - begin};
}

bool valid_at(const Column& column, std::size_t row) { return (column.validity()[row / 8] >> (row % 8) & 1) != 0; }

TEST(Columns, HoldFixedValuesOneBehindTheOther) {
  Table table(kTable);
  table[0].put(std::int32_t{-7});
  table[0].put(std::int32_t{2'147'483'647});
  EXPECT_EQ(value_at<std::int32_t>(table[0], 0), -7);
  EXPECT_EQ(value_at<std::int32_t>(table[0], 1), 2'147'483'647);
  table[1].put(std::int64_t{-9'000'000'000'000'000'000});
  EXPECT_EQ(value_at<std::int64_t>(table[1], 0), -9'000'000'000'000'000'000);
  table[2].put(Instant{-1});
  EXPECT_EQ(value_at<std::int64_t>(table[2], 0), -1);
}

TEST(Columns, HoldMoneyAs128BitsAlsoWhereItIsNegative) {
  Table table(kTable);
  table[5].put(Money{-1});
  table[5].put(Money{999'999'999'999'999'999});
  EXPECT_EQ(table[5].values().size(), 32U);
  EXPECT_TRUE(value_at<int128>(table[5], 0) == -1);
  EXPECT_TRUE(value_at<int128>(table[5], 1) == int128{999'999'999'999'999'999});
  const MoneySum large{(int128{1} << 120) + 3};
  table[6].put(large);
  EXPECT_TRUE(value_at<int128>(table[6], 0) == large.ticks);
}

TEST(Columns, HoldTextsBehindOneAnotherWithOneOffsetMoreThanRows) {
  Table table(kTable);
  Column& words = table[3];
  words.put(std::string_view("first"));
  words.put(std::string_view(""));
  words.put_null();
  words.put(std::string_view("a\0b", 3));
  ASSERT_EQ(words.offsets().size(), 5U);
  EXPECT_EQ(text_at(words, 0), "first");
  EXPECT_EQ(text_at(words, 1), "");
  EXPECT_EQ(text_at(words, 2), "");
  EXPECT_EQ(text_at(words, 3), std::string_view("a\0b", 3));
  EXPECT_TRUE(valid_at(words, 1));   // empty …
  EXPECT_FALSE(valid_at(words, 2));  // … is not null
  EXPECT_EQ(words.nulls(), 1);
}

TEST(Columns, KeepOneValidityBitForEachRowAcrossByteEdges) {
  for (const std::size_t rows : {2U, 7U, 8U, 9U, 15U, 16U, 17U}) {
    for (std::size_t null_row = 0; null_row < rows; ++null_row) {
      Table table(kTable);
      for (std::size_t row = 0; row < rows; ++row) {
        if (row == null_row) {
          table[1].put_null();
        } else {
          table[1].put(static_cast<std::int64_t>(row));
        }
      }
      ASSERT_EQ(table[1].validity().size(), (rows + 7) / 8) << rows;
      ASSERT_EQ(table[1].values().size(), rows * 8);
      EXPECT_EQ(table[1].rows(), static_cast<std::int64_t>(rows));
      EXPECT_EQ(table[1].nulls(), 1);
      for (std::size_t row = 0; row < rows; ++row) {
        EXPECT_EQ(valid_at(table[1], row), row != null_row) << rows << " rows, null at " << null_row;
        EXPECT_EQ(value_at<std::int64_t>(table[1], row), row == null_row ? 0 : static_cast<std::int64_t>(row));
      }
      // Bits behind the last row are zero, as Arrow recommends.
      EXPECT_EQ(std::bitset<8>(table[1].validity().back()).count(),
                (rows - 1) % 8 + 1 - (null_row / 8 == (rows - 1) / 8));
    }
  }
}

TEST(Columns, OfNothingButNullsTakeNoRoom) {
  Table table(kTable);
  for (std::size_t column = 0; column < 7; ++column) {
    table[column].put_null();
    table[column].put_null();
    EXPECT_EQ(table[column].bytes(), 0U) << kColumns[column].name;
    EXPECT_EQ(table[column].nulls(), 2);
    EXPECT_EQ(table[column].rows(), 2);
  }
}

TEST(Columns, TakeTheRoomOfAValueForANullOfEachType) {
  Table table(kTable);
  for (int row = 0; row < 3; ++row) {
    const auto put = [&](std::size_t column, auto value) {
      row == 1 ? table[column].put(value) : table[column].put_null();
    };
    put(0, std::int32_t{1});
    put(1, std::int64_t{1});
    put(2, Instant{1});
    put(3, std::string_view("x"));
    put(4, std::string_view("x"));
    put(5, Money{1});
    put(6, MoneySum{1});
  }
  const std::array<std::size_t, 7> bytes = {12, 24, 24, 1, 1, 48, 48};
  for (std::size_t column = 0; column < bytes.size(); ++column) {
    EXPECT_EQ(table[column].values().size(), bytes[column]) << kColumns[column].name;
    EXPECT_EQ(table[column].nulls(), 2);
    EXPECT_EQ(table[column].validity()[0], 0b010);
  }
  EXPECT_EQ(text_at(table[3], 0), "");
  EXPECT_EQ(text_at(table[3], 1), "x");
  EXPECT_EQ(text_at(table[3], 2), "");
}

TEST(Columns, HaveNoValidityWithoutANull) {
  Table table(kTable);
  for (int row = 0; row < 20; ++row) {
    table[1].put(std::int64_t{row});
  }
  EXPECT_TRUE(table[1].validity().empty());
}

TEST(ColumnsDeathTest, ANullInARequiredColumnIsABug) {
  Table table(kTable);
  EXPECT_DEATH(table[7].put_null(), "nullable");
}

TEST(Columns, AreEmptyAndUsableAgainAfterClear) {
  Table table(kTable);
  for (int round = 0; round < 3; ++round) {
    for (int row = 0; row < 9; ++row) {
      for (std::size_t column = 0; column < 7; ++column) {
        table[column].put_null();
      }
      table[7].put(std::string_view("text"));
      table.finish_row();
    }
    EXPECT_EQ(table.rows(), 9);
    EXPECT_EQ(table[7].values().size(), 36U);
    table.clear();
    EXPECT_EQ(table.rows(), 0);
    for (const Column& column : table.columns()) {
      EXPECT_EQ(column.rows(), 0);
      EXPECT_EQ(column.nulls(), 0);
      EXPECT_TRUE(column.values().empty());
      EXPECT_TRUE(column.validity().empty());
    }
    EXPECT_TRUE(table[7].offsets().empty());
  }
}

TEST(Columns, CountTheBytesOfValuesAndOffsets) {
  Table table(kTable);
  EXPECT_EQ(table.bytes(), 0U);
  table[0].put(std::int32_t{1});
  table[3].put(std::string_view("12345"));
  table[6].put(MoneySum{1});
  EXPECT_EQ(table.bytes(), 4U + (5 + 2 * 4) + 16);
}

}  // namespace
}  // namespace millrace
