#include "lake/predictions_table.h"

#include <gtest/gtest.h>

#include <array>

#include "lake/lake_testing.h"
#include "lake/local_store.h"
#include "lake/tables.h"

namespace millrace {
namespace {

using lake_testing::Row;

constexpr PredictionRun kRun{.as_of = {19'737},
                             .horizon = "next_day",
                             .model_name = "xgboost",
                             .model_version = 3,
                             .created_at = {1'705'314'600'000'000}};
constexpr PredictionRow kRow{
    .date = {19'738}, .product_id = "P1", .category = "Books", .mean = 2.5, .p10 = 0, .p50 = 2, .p90 = 5.25};

class PredictionsTableTest : public testing::Test {
 protected:
  std::string write(const PredictionRun& run, const std::vector<PredictionRow>& rows) {
    const auto path = write_predictions(store_, run, rows);
    EXPECT_TRUE(path) << (path ? "" : path.error().message);
    return path.value_or("");
  }
  std::vector<Row> rows(const std::string& path) { return lake_testing::read_parquet(folder_.path() / path).rows; }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

TEST_F(PredictionsTableTest, keeps_every_value) {
  const std::string path = write(kRun, {kRow});
  EXPECT_EQ(path, "gold/demand_predictions/as_of_date=2024-01-15/next_day.xgboost.3.parquet");
  EXPECT_EQ(rows(path), (std::vector<Row>{{"19738", "P1", "Books", "2.5", "0", "2", "5.25", "next_day", "xgboost", "3",
                                           "1705314600000000"}}));
  EXPECT_EQ(lake_testing::files_below(folder_.path() / "_staging"), std::vector<std::string>());
}

TEST_F(PredictionsTableTest, a_run_replaces_its_own_rows_alone) {
  const std::string first = write(kRun, {kRow, kRow});
  PredictionRun other = kRun;
  other.horizon = "next_week";
  const std::string second = write(other, {kRow});
  EXPECT_EQ(write(kRun, {kRow}), first);
  EXPECT_EQ(rows(first).size(), 1U);
  EXPECT_EQ(rows(second).size(), 1U);
}

TEST_F(PredictionsTableTest, may_have_no_rows) { EXPECT_TRUE(rows(write(kRun, {})).empty()); }

}  // namespace
}  // namespace millrace
