#include "forecast/weekday_profile.h"

#include <gtest/gtest.h>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

TEST(WeekdayProfile, has_mean_one_and_is_zero_on_closed_weekdays) {
  std::vector<OwnedRow> rows;
  for (int day = 0; day < 56; ++day) {
    const double quantity = day % 7 == 6 ? 0 : day % 7 == 4 ? 20 : 10;
    rows.push_back({.product_id = "A", .category = "x", .day = {kMonday.number + day}, .quantity = quantity});
  }
  const WeekdayFactors profile = weekday_profile(series_of(rows), 56);
  EXPECT_DOUBLE_EQ(profile[0], 1);
  EXPECT_DOUBLE_EQ(profile[4], 2);
  EXPECT_DOUBLE_EQ(profile[6], 0);
}

TEST(WeekdayProfile, a_weekday_that_was_not_seen_yet_is_an_ordinary_one) {
  const WeekdayFactors profile = weekday_profile(series_of(daily_rows("A", 0, 3, 5)), 3);
  EXPECT_DOUBLE_EQ(profile[2], 1);
  EXPECT_DOUBLE_EQ(profile[5], 1);
}

TEST(WeekdayProfile, a_shop_that_stopped_selling_has_a_flat_profile) {
  const Series series = series_of(daily_rows("A", 0, 3, 5), Day{kMonday.number + 99});
  for (const double factor : weekday_profile(series, 100)) {
    EXPECT_DOUBLE_EQ(factor, 1);
  }
}

/// Two categories of twenty products each: `toys` sells `toys_saturday` times as much on a Saturday.
std::vector<OwnedRow> two_categories(double toys_saturday, int days) {
  std::vector<OwnedRow> rows = shop_rows(40, days, 11);
  for (OwnedRow& row : rows) {
    row.category = row.product_id < "P020" ? "office" : "toys";
    if (row.category == "toys" && weekday_of(row.day) == 5) {
      row.quantity *= toys_saturday;
      row.orders *= toys_saturday;
    }
  }
  return rows;
}

TEST(WeekdayProfiles, a_category_differs_as_far_as_its_weeks_say) {
  const Series series = series_of(two_categories(4, 70));
  const WeekdayProfiles profiles(series, series.days(), true);
  const double shop = profiles.of_shop()[5];
  EXPECT_LT(profiles.of_category(0)[5], 0.75 * shop);
  EXPECT_GT(profiles.of_category(1)[5], 1.2 * shop);
  for (int category = 0; category < 2; ++category) {
    double sum = 0;
    for (const double factor : profiles.of_category(category)) {
      sum += factor;
    }
    EXPECT_NEAR(sum, 7, 1e-9);
    EXPECT_DOUBLE_EQ(profiles.of_category(category)[6], 0) << "the shop is closed";
  }
}

TEST(WeekdayProfiles, chance_alone_is_hardly_believed) {
  const Series series = series_of(two_categories(1, 70));
  const WeekdayProfiles profiles(series, series.days(), true);
  for (std::size_t weekday = 0; weekday < 7; ++weekday) {
    EXPECT_NEAR(profiles.of_category(0)[weekday], profiles.of_shop()[weekday], 0.08) << weekday;
  }
}

TEST(WeekdayProfiles, a_young_shop_has_one_profile) {
  const WeekdayProfiles profiles(series_of(two_categories(4, 20)), 20, true);
  EXPECT_EQ(profiles.of_category(0), profiles.of_shop());
  EXPECT_EQ(profiles.of_category(1), profiles.of_shop());
}

TEST(WeekdayProfiles, read_no_day_from_the_end_on) {
  std::vector<OwnedRow> rows = two_categories(4, 90);
  const Series longer = series_of(rows);
  std::erase_if(rows, [](const OwnedRow& row) { return row.day.number >= kMonday.number + 62; });
  const Series shorter = series_of(rows);
  EXPECT_EQ(WeekdayProfiles(longer, 60, true).of_category(1), WeekdayProfiles(shorter, 60, true).of_category(1));
}

TEST(WeekdayProfiles, count_where_they_helped_the_shop) {
  EXPECT_TRUE(have_categories_weekdays(series_of(two_categories(4, 160)), 160));
  EXPECT_FALSE(have_categories_weekdays(series_of(two_categories(1, 160)), 160));
  const Series series = series_of(two_categories(4, 70));
  EXPECT_EQ(WeekdayProfiles(series, 69, false).of_category(1), WeekdayProfiles(series, 69, false).of_shop());
}

}  // namespace
}  // namespace millrace
