#include "forecast/level.h"

#include <gtest/gtest.h>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

TEST(Level, is_the_mean_of_four_and_of_eight_weeks) {
  std::vector<OwnedRow> rows = daily_rows("A", 0, 28, 2);
  for (const OwnedRow& row : daily_rows("A", 28, 56, 6)) {
    rows.push_back(row);
  }
  const Series series = series_of(rows);
  const LevelReader reader(series, 56);
  EXPECT_DOUBLE_EQ(reader.level(0), (6 + 4) / 2.0);
  EXPECT_DOUBLE_EQ(reader.mean_of_eight_weeks(0), 4);
}

TEST(Level, a_young_product_is_drawn_to_the_young_ones_of_its_category) {
  std::vector<OwnedRow> rows;
  for (int product = 0; product < 6; ++product) {  // on day 41 these have lived 40 days, with 2 a day
    for (const OwnedRow& row : daily_rows(format("old{}", product), 1, 41, 2)) {
      rows.push_back(row);
    }
  }
  for (const OwnedRow& row : daily_rows("new", 40, 41, 100)) {
    rows.push_back(row);
  }
  const Series series = series_of(rows);
  const LevelReader levels(series, 40);
  EXPECT_FALSE(is_alive(series, *series.find("new"), 39));
  // One day of 100 and seven of 2 count.
  EXPECT_NEAR(levels.level(*series.find("new")), (100 + 7 * 2) / 8.0, 1e-9);
  EXPECT_DOUBLE_EQ(levels.level(*series.find("old0")), 2);
}

TEST(Level, is_positive_for_a_product_that_sells_no_more) {
  const Series series = series_of(daily_rows("A", 0, 3, 5), Day{kMonday.number + 200});
  EXPECT_GT(LevelReader(series, 201).level(0), 0);
}

}  // namespace
}  // namespace millrace
