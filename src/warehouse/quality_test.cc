#include "warehouse/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

using Keys = std::map<std::string, std::string>;

constexpr Day kDay{19'737};

/// Why a rule is refused; empty where it is not.
std::string refusal(const Keys& keys) {
  const auto rules = quality_rules_from({{"a rule", keys}}, "rules.yaml");
  return rules ? "" : rules.error().message;
}

TEST(QualityRules, HaveTheBoundsOfTheirKindUnlessTheySayOtherwise) {
  const auto rules = quality_rules_from(
      {{"a", {{"check", "completeness"}, {"table", "t"}, {"column", "c"}}},
       {"b", {{"check", "volume"}, {"table", "t"}, {"at_most", "120%"}, {"severity", "fail"}, {"days", "3"}}},
       {"c", {{"check", "uniqueness"}, {"table", "t"}, {"columns", "x, y"}}},
       {"d", {{"check", "referential"}, {"table", "t"}, {"column", "c"}, {"references", "u.d"}}}},
      "rules.yaml");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ(expected_of((*rules)[0]), "at least 100");
  EXPECT_EQ(expected_of((*rules)[1]), "at most 120");
  EXPECT_TRUE((*rules)[1].fails);
  EXPECT_EQ((*rules)[1].days, 3);
  EXPECT_EQ((*rules)[2].columns, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ((*rules)[3].references_table, "u");
  EXPECT_EQ((*rules)[3].references_column, "d");
}

TEST(QualityRules, SayWhatTheyExpected) {
  const std::vector<std::pair<Keys, std::string>> wrong = {
      {{{"check", "beauty"}, {"table", "t"}}, "completeness, range"},
      {{{"check", "volume"}, {"tabel", "t"}}, "did you mean table?"},
      {{{"check", "volume"}, {"table", "t"}, {"column", "c"}}, "no column"},
      {{{"check", "range"}, {"table", "t"}, {"column", "c"}}, "min, max or both"},
      {{{"check", "volume"}, {"table", "t"}, {"min", "1"}}, "neither min nor max"},
      {{{"check", "range"}, {"table", "t"}, {"column", "c"}, {"min", "little"}}, "min: a number; found: little"},
      {{{"check", "referential"}, {"table", "t"}, {"column", "c"}}, "references: TABLE.COLUMN"},
      {{{"check", "referential"}, {"table", "t"}, {"column", "c"}, {"references", "u"}}, "references: TABLE.COLUMN"},
      {{{"check", "volume"}, {"table", "t"}, {"days", "0"}}, "days:"},
      {{{"check", "volume"}, {"table", "t"}, {"severity", "bad"}}, "severity: warn or fail"},
      {{{"check", "uniqueness"}, {"table", "t"}}, "columns"},
  };
  for (const auto& [keys, words] : wrong) {
    const std::string message = refusal(keys);
    EXPECT_THAT(message, testing::HasSubstr(words));
    EXPECT_THAT(message, testing::HasSubstr("rules.yaml: the rule \"a rule\""));
  }
}

class QualityTest : public testing::Test {
 protected:
  QualityTest() : store_(folder_.path()), engine_(*open_duckdb({.threads = 1})) {
    EXPECT_TRUE(create_views(*engine_, store_));
  }

  /// What a rule measures, over this content of daily_sales.
  std::optional<QualityResult> check(const Keys& keys) {
    rules_ = quality_rules_from({{"a rule", keys}}, "rules.yaml").value();
    const auto results = check_quality(*engine_, store_, rules_, kDay, start_of(kDay));
    EXPECT_TRUE(results) << (results ? "" : results.error().message);
    return results ? std::optional(results->front()) : std::nullopt;
  }
  std::optional<double> value(const Keys& keys) { return check(keys)->value; }

  /// Rows of daily_sales: (days before the last, product, revenue or null).
  void sales(const std::string& rows) {
    ASSERT_TRUE(
        engine_->run("create or replace view daily_sales as select (date '2024-01-15' - day)::date as "
                     "event_date, product_id, revenue as daily_revenue from (values " +
                     rows + ") t(day, product_id, revenue)"));
  }

  const TemporaryFolder folder_;
  LocalStore store_;
  std::unique_ptr<Engine> engine_;
  std::vector<QualityRule> rules_;
};

TEST_F(QualityTest, MeasuresEachKindOverItsDays) {
  sales("(0, 'A', 1.5), (0, 'A', null), (0, 'B', -2), (0, 'C', 900), (1, 'A', null), (40, 'A', null)");
  const Keys table = {{"table", "daily_sales"}};
  const auto with = [&table](Keys keys) {
    keys.insert(table.begin(), table.end());
    return keys;
  };
  EXPECT_EQ(value(with({{"check", "completeness"}, {"column", "daily_revenue"}})), 75.0);
  EXPECT_EQ(value(with({{"check", "completeness"}, {"column", "daily_revenue"}, {"days", "2"}})), 60.0);
  EXPECT_EQ(value(with({{"check", "range"}, {"column", "daily_revenue"}, {"min", "0"}})), 1.0);
  EXPECT_EQ(value(with({{"check", "range"}, {"column", "daily_revenue"}, {"min", "0"}, {"max", "100"}})), 2.0);
  EXPECT_EQ(value(with({{"check", "uniqueness"}, {"columns", "event_date,product_id"}})), 1.0);
  EXPECT_EQ(value(with({{"check", "freshness"}})), 0.0);
  EXPECT_EQ(value(with({{"check", "referential"}, {"column", "product_id"}, {"references", "product_catalog.name"}})),
            4.0);
}

TEST_F(QualityTest, ComparesVolumeWithTheSameWeekdayAndIsSilentWithoutOne) {
  const Keys volume = {{"check", "volume"}, {"table", "daily_sales"}};
  sales("(0, 'A', 1), (1, 'A', 1), (35, 'A', 1)");
  EXPECT_EQ(value(volume), std::nullopt);
  EXPECT_TRUE(check(volume)->passed);
  sales("(0, 'A', 1), (0, 'B', 1), (0, 'C', 1), (7, 'A', 1), (7, 'B', 1), (14, 'A', 1), (3, 'A', 1)");
  EXPECT_EQ(value(volume), 200.0);
  EXPECT_TRUE(check(volume)->passed);
  sales("(7, 'A', 1)");
  EXPECT_EQ(value(volume), 0.0);
  EXPECT_FALSE(check(volume)->passed);
}

TEST_F(QualityTest, OldAndNoDataAreNotFresh) {
  const Keys freshness = {{"check", "freshness"}, {"table", "daily_sales"}, {"at_most", "1"}};
  sales("(2, 'A', 1)");
  EXPECT_FALSE(check(freshness)->passed);
  sales("(1, 'A', 1), (-1, 'A', 1)");
  EXPECT_TRUE(check(freshness)->passed);
  EXPECT_EQ(value({{"check", "freshness"}, {"table", "customer_daily"}}), std::nullopt);
  EXPECT_FALSE(check({{"check", "freshness"}, {"table", "customer_daily"}})->passed);
}

TEST_F(QualityTest, RefusesNamesThatTheLakeDoesNotHave) {
  const std::vector<std::pair<Keys, std::string>> wrong = {
      {{{"check", "freshness"}, {"table", "daily_sale"}}, "did you mean daily_sales?"},
      {{{"check", "completeness"}, {"table", "daily_sales"}, {"column", "daily_revenu"}},
       "did you mean daily_revenue?"},
      {{{"check", "completeness"}, {"table", "daily_sales"}, {"column", "a\" from x; --"}}, "does not have"},
      {{{"check", "freshness"}, {"table", "product_catalog"}}, "has no days"},
  };
  for (const auto& [keys, words] : wrong) {
    rules_ = quality_rules_from({{"a rule", keys}}, "rules.yaml").value();
    const auto results = check_quality(*engine_, store_, rules_, kDay, start_of(kDay));
    ASSERT_FALSE(results) << words;
    EXPECT_EQ(results.error().fault, Fault::invalid);
    EXPECT_THAT(results.error().message, testing::HasSubstr(words));
    EXPECT_THAT(results.error().message, testing::HasSubstr("a rule"));
  }
}

TEST_F(QualityTest, StoresTheResultsOfADayOnce) {
  sales("(0, 'A', null)");
  const Keys keys = {{"check", "completeness"}, {"table", "daily_sales"}, {"column", "daily_revenue"}};
  EXPECT_FALSE(check(keys)->passed);
  EXPECT_FALSE(check(keys)->passed);
  ASSERT_TRUE(create_views(*engine_, store_));
  const auto rows = engine_->query_text(
      "select rule, \"check\", table_name, severity, value, expected, passed, as_of_date from quality_results", {});
  ASSERT_TRUE(rows && *(*rows)->next());
  std::vector<std::string> found;
  for (std::size_t i = 0; i < (*rows)->columns().size(); ++i) {
    found.emplace_back((*rows)->text(i));
  }
  EXPECT_EQ(found, (std::vector<std::string>{"a rule", "completeness", "daily_sales", "warn", "0.0", "at least 100",
                                             "false", "2024-01-15"}));
  EXPECT_FALSE(*(*rows)->next());
}

}  // namespace
}  // namespace millrace
