#include "lake/history_table.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "lake/faulty_store_testing.h"
#include "lake/lake_testing.h"
#include "lake/local_store.h"
#include "lake/tables.h"

namespace millrace {
namespace {

using lake_testing::Row;

constexpr SaleLine kSale{.line = 7,
                         .sold_at = {1'705'314'600'000'000},
                         .is_utc = false,
                         .is_return = false,
                         .quantity = 6,
                         .price = {25'500},
                         .product_id = "85123A",
                         .description = "WHITE HANGING HEART",
                         .invoice = "536365",
                         .user_id = "17850",
                         .country = "United Kingdom"};

class HistoryTableTest : public testing::Test {
 protected:
  /// Imports so many lines; false where the content was there already.
  Result<bool> import(ObjectStore& store, std::string_view file_name, std::uint64_t content, int lines = 1) {
    ASSIGN_OR_RETURN(auto history, HistoryImport::start(store, file_name, content));
    if (!history) {
      return false;
    }
    for (int i = 0; i < lines; ++i) {
      TRY(history->add(kSale));
    }
    TRY(history->finish());
    return true;
  }
  std::vector<std::string> files() { return lake_testing::glob(folder_.path(), kSaleLines.name); }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

TEST_F(HistoryTableTest, KeepsEveryFieldOfALine) {
  auto history = *HistoryImport::start(store_, "retail 2010.csv", 0xabc);
  ASSERT_TRUE(history);
  ASSERT_TRUE(history->add(kSale));
  SaleLine bare = kSale;
  bare.is_return = bare.is_utc = true;
  bare.description = bare.invoice = bare.user_id = bare.country = "";
  ASSERT_TRUE(history->add(bare));
  EXPECT_TRUE(files().empty()) << "it appears whole";
  ASSERT_TRUE(history->finish());
  ASSERT_EQ(files(), std::vector<std::string>{"history/sale_lines/retail%202010.csv.0000000000000abc.parquet"});
  const lake_testing::ParquetContent content = lake_testing::read_parquet(folder_.path() / files()[0]);
  EXPECT_EQ(content.rows,
            (std::vector<Row>{{"7", "19737", "1705314600000000", "order_created", "85123A", "WHITE HANGING HEART", "6",
                               "2.5500", "536365", "17850", "United Kingdom", std::nullopt},
                              {"7", "19737", "1705314600000000", "order_returned", "85123A", std::nullopt, "6",
                               "2.5500", std::nullopt, std::nullopt, std::nullopt, "UTC"}}));
  EXPECT_EQ(lake_testing::files_below(folder_.path() / "_staging"), std::vector<std::string>());
}

TEST_F(HistoryTableTest, AnEmptyFileIsImportedAndReadable) {
  EXPECT_TRUE(import(store_, "empty.csv", 1, 0).value());
  EXPECT_TRUE(lake_testing::read_parquet(folder_.path() / files().at(0)).rows.empty());
}

TEST_F(HistoryTableTest, ManyLinesAreCutIntoRowGroups) {
  constexpr int kLines = 128 * 1024 + 1;
  EXPECT_TRUE(import(store_, "large.csv", 1, kLines).value());
  EXPECT_EQ(lake_testing::read_parquet(folder_.path() / files().at(0)).row_group_rows,
            (std::vector<std::int64_t>{kLines - 1, 1}));
}

TEST_F(HistoryTableTest, TheSameContentIsImportedOnceWhateverTheFileIsCalled) {
  EXPECT_TRUE(import(store_, "a.csv", 17).value());
  const std::vector<std::string> standing = files();
  EXPECT_FALSE(import(store_, "a.csv", 17).value());
  EXPECT_FALSE(import(store_, "renamed.csv", 17).value());
  EXPECT_EQ(files(), standing);
}

TEST_F(HistoryTableTest, OtherContentOfTheSameNameTakesItsPlaceAndOnlyThat) {
  EXPECT_TRUE(import(store_, "a.csv", 1).value());
  EXPECT_TRUE(import(store_, "a.csv.b", 2).value());
  EXPECT_TRUE(import(store_, "b.csv", 3).value());
  EXPECT_TRUE(import(store_, "a.csv", 4).value());
  EXPECT_EQ(files(), (std::vector<std::string>{"history/sale_lines/a.csv.0000000000000004.parquet",
                                               "history/sale_lines/a.csv.b.0000000000000002.parquet",
                                               "history/sale_lines/b.csv.0000000000000003.parquet"}));
}

TEST_F(HistoryTableTest, FilesOfEveryNameAreData) {
  std::uint64_t content = 0;
  for (const std::string& name :
       {std::string("_sales.csv"), std::string(".sales.csv"), std::string("sales/../x.csv"), std::string(255, 's'),
        std::string(127, '\xe4') + "1", std::string(127, '\xe4') + "2"}) {
    const auto imported = import(store_, name, ++content);
    ASSERT_TRUE(imported) << name << ": " << words(imported);
    EXPECT_EQ(files().size(), content) << name;
  }
}

TEST_F(HistoryTableTest, AnImportThatWasCutShortCanBeMadeAgain) {
  std::int64_t calls = 0;
  {
    lake_testing::FaultyStore counting(store_);
    ASSERT_TRUE(import(counting, "a.csv", 1));
    calls = counting.calls();
  }
  for (std::int64_t call = 0; call < calls; ++call) {
    const TemporaryFolder folder(lake_testing::fast_folder());
    LocalStore store(folder.path());
    lake_testing::FaultyStore dying(store, {.at_call = call, .kind = lake_testing::FaultKind::crash_before});
    EXPECT_FALSE(import(dying, "a.csv", 1)) << dying.chosen();
    const auto again = import(store, "a.csv", 1);
    ASSERT_TRUE(again) << words(again);
    EXPECT_EQ(lake_testing::files_below(folder.path()),
              std::vector<std::string>{"history/sale_lines/a.csv.0000000000000001.parquet"})
        << dying.chosen();
  }
}

}  // namespace
}  // namespace millrace
