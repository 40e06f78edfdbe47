#include "warehouse/categories.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/temporary_folder.h"
#include "warehouse/engine.h"

namespace millrace {
namespace {

/// Whether a rule with this word would take a description, as the engine that runs the rules sees it.
bool takes(const std::string& word, const std::string& description) {
  const auto rules = category_rules_from({{"Any", {word}}}, "rules");
  EXPECT_TRUE(rules);
  const auto engine = *open_duckdb({.threads = 1});
  const auto rows = engine->query("select regexp_matches(lower($text), $pattern)",
                                  {{"text", description}, {"pattern", rules->front().pattern}});
  EXPECT_TRUE(rows) << rows.error().message;
  return rows && *(*rows)->next() && (*rows)->integer(0) == 1;
}

TEST(CategoryRules, take_whole_words_in_any_case) {
  EXPECT_TRUE(takes("bag", "JUMBO BAG RED"));
  EXPECT_TRUE(takes("BAG", "a bag"));
  EXPECT_TRUE(takes("bag", "bag"));
  EXPECT_TRUE(takes("bag", "red,bag/blue"));
  EXPECT_FALSE(takes("bag", "BAGS"));
  EXPECT_FALSE(takes("bag", "handbag"));
  EXPECT_FALSE(takes("bag", "b a g"));
  EXPECT_TRUE(takes("tea towel", "SET OF TEA TOWELS, TEA TOWEL RED"));
  EXPECT_FALSE(takes("tea towel", "TEA TOWELS"));
}

TEST(CategoryRules, take_signs_as_they_are_and_letters_of_every_script_as_letters) {
  EXPECT_TRUE(takes("t-light", "4 T-LIGHTS T-LIGHT"));
  EXPECT_FALSE(takes("t.light", "t-light"));
  EXPECT_TRUE(takes("a+b", "x a+b y"));
  EXPECT_TRUE(takes("home & garden", "Home & Garden P001"));
  EXPECT_TRUE(takes("möbel", "alte möbel"));
  EXPECT_FALSE(takes("el", "möbel"));
  EXPECT_FALSE(takes("m", "mö"));
}

TEST(CategoryRules, refuse_what_no_category_can_be) {
  for (const NamedLists& lists : {NamedLists{{"", {"a"}}}, NamedLists{{"A", {}}}, NamedLists{{"A", {"a", ""}}},
                                  NamedLists{{std::string(81, 'x'), {"a"}}}}) {
    const auto rules = category_rules_from(lists, "mine.yaml");
    ASSERT_FALSE(rules);
    EXPECT_EQ(rules.error().fault, Fault::invalid);
    EXPECT_TRUE(rules.error().message.starts_with("mine.yaml: ")) << rules.error().message;
  }
}

TEST(CategoryRules, come_from_the_file_that_is_shipped) {
  const auto rules = load_category_rules(std::string(MILLRACE_SOURCE_DIR) + "/configs/categories.yaml");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_GE(rules->size(), 20U);
  EXPECT_EQ(load_category_rules("/nowhere/rules.yaml").error().fault, Fault::not_found);
}

}  // namespace
}  // namespace millrace
