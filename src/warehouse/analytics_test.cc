#include "warehouse/analytics.h"

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "lake/local_store.h"
#include "warehouse/gold_manifest.h"
#include "warehouse/sql_text.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

constexpr Day kDayOne{19'737};

TEST(AnalyticsQuery, IsReadFromItsFile) {
  const auto query = parse_analytics_query("sales",
                                           "-- What sells?\n-- parameters: as_of, days = 7, category\n-- columns:\n"
                                           "--   a: b\nselect 1");
  ASSERT_TRUE(query) << query.error().message;
  EXPECT_EQ(query->name, "sales");
  EXPECT_EQ(query->question, "What sells?");
  EXPECT_EQ(query->parameters, (std::map<std::string, std::optional<std::int64_t>>{
                                   {"as_of", std::nullopt}, {"days", 7}, {"category", std::nullopt}}));
}

TEST(AnalyticsQuery, NeedsAHeaderOfTheForm) {
  for (const char* const sql :
       {"", "select 1", "-- No question.\n-- parameters: as_of\n-- columns:\n", "-- What?\n-- columns:\n",
        "-- What?\n-- parameters: as_of\nselect 1", "-- What?\n-- parameters: week\n-- columns:\n",
        "-- What?\n-- parameters: days = many\n-- columns:\n", "-- What?\n-- parameters: days, days\n-- columns:\n"}) {
    EXPECT_FALSE(parse_analytics_query("x", sql)) << sql;
  }
}

TEST(AnalyticsQuery, TakesWhatWasChosenAndElseItsDefaults) {
  const auto query = *parse_analytics_query("x", "-- What?\n-- parameters: as_of, days = 7, category\n-- columns:\n");
  EXPECT_EQ(*parameters_for(query, {}, kDayOne),
            (SqlParameters{{"as_of", kDayOne}, {"days", std::int64_t{7}}, {"category", std::monostate{}}}));
  EXPECT_EQ(*parameters_for(query, {.as_of = Day{1}, .days = 3, .category = "Books"}, kDayOne),
            (SqlParameters{{"as_of", Day{1}}, {"days", std::int64_t{3}}, {"category", "Books"}}));
  const auto refused = parameters_for(query, {.limit = 5}, kDayOne);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_NE(refused.error().message.find("--limit"), std::string::npos);
}

TEST(AnalyticsQueries, RunOnAnEmptyLakeAndSayWhatTheirColumnsMean) {
  const TemporaryFolder folder;
  LocalStore store(folder.path());
  const auto engine = *open_duckdb({.threads = 1});
  ASSERT_TRUE(create_views(*engine, store));
  ASSERT_TRUE(load_dialect(*engine, "UTC"));
  ASSERT_GE(analytics_queries().size(), 4U);
  for (const AnalyticsQuery& query : analytics_queries()) {
    const auto rows = engine->query_text(std::string(query.sql), *parameters_for(query, {}, kDayOne));
    ASSERT_TRUE(rows) << query.name << ": " << rows.error().message;
    EXPECT_FALSE(*(*rows)->next()) << query.name;
    const std::string_view header = query.sql.substr(0, query.sql.find("\nselect"));
    for (const SqlColumn& column : (*rows)->columns()) {
      EXPECT_NE(header.find(column.name), std::string_view::npos)
          << query.name << " does not say what the column " << column.name << " is";
    }
  }
}

TEST(GoldAsOf, IsWhatTheNewestBatchFound) {
  const TemporaryFolder folder;
  LocalStore store(folder.path());
  EXPECT_EQ(*gold_as_of(store), std::nullopt);
  ASSERT_TRUE(write_gold_manifest(store, {.version = 1, .days = {{kDayOne, 1}}, .as_of = std::nullopt}));
  EXPECT_EQ(*gold_as_of(store), kDayOne);
  ASSERT_TRUE(write_gold_manifest(store, {.version = 1, .days = {{kDayOne, 1}}, .as_of = Day{kDayOne.number - 1}}));
  EXPECT_EQ(*gold_as_of(store), Day{kDayOne.number - 1});
}

}  // namespace
}  // namespace millrace
