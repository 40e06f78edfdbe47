#include "forecast/feature_set.h"

#include <gmock/gmock.h>

#include <set>

namespace millrace {
namespace {

TEST(FeatureSet, every_feature_has_a_name_of_its_own) {
  const std::vector<std::string> names = names_of(all_features());
  EXPECT_EQ(names.size(), kFeatures);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), kFeatures);
  const auto again = feature_set_from(names);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, all_features());
}

TEST(FeatureSet, names_and_their_order_match_the_enum) {
  EXPECT_EQ(to_string(Feature::mean_7), "mean_7");
  EXPECT_EQ(to_string(Feature::level), "level");
  EXPECT_EQ(to_string(Feature::age_days), "age_days");
  EXPECT_EQ(to_string(Feature::expected), "expected");
  EXPECT_EQ(to_string(Feature::returned_28), "returned_28");
  EXPECT_EQ(to_string(Feature::horizon), "horizon");
  EXPECT_EQ(to_string(Feature::last_year_shop_ratio), "last_year_shop_ratio");
}

TEST(FeatureSet, is_in_the_order_of_the_enum_whatever_the_list_says) {
  const auto set = feature_set_from(std::vector<std::string>{"weekday", "mean_7"});
  ASSERT_TRUE(set);
  EXPECT_EQ(*set, (FeatureSet{Feature::mean_7, Feature::weekday}));
}

TEST(FeatureSet, unknown_repeated_and_missing_names_are_refused) {
  const auto misspelt = feature_set_from(std::vector<std::string>{"mean7"});
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().fault, Fault::invalid);
  EXPECT_THAT(misspelt.error().message, ::testing::HasSubstr("did you mean mean_7"));
  EXPECT_FALSE(feature_set_from(std::vector<std::string>{"zzzzzzzzzzzzzzzz"}));
  EXPECT_FALSE(feature_set_from(std::vector<std::string>{"price", "price"}));
  EXPECT_FALSE(feature_set_from(std::vector<std::string>{}));
}

}  // namespace
}  // namespace millrace
