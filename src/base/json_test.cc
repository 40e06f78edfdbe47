#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ParseJson, keeps_the_order_of_keys) {
  const auto json = parse_json(R"({"z":1,"a":[true,null,"é"],"m":{}})", "test");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->dump(), R"({"z":1,"a":[true,null,"é"],"m":{}})");
}

TEST(ParseJson, keeps_64_bit_integers) {
  const auto json = parse_json("[9223372036854775807,-9223372036854775808,18446744073709551615]", "test");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->dump(), "[9223372036854775807,-9223372036854775808,18446744073709551615]");
}

TEST(ParseJson, names_the_document_and_the_place_of_the_fault) {
  const auto json = parse_json("{\"a\":1,}", "lake/_commits/7.json");
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().fault, Fault::corrupt);
  EXPECT_THAT(json.error().message, ::testing::StartsWith("could not read JSON: lake/_commits/7.json: "));
  EXPECT_THAT(json.error().message, ::testing::HasSubstr("column 8"));
}

TEST(ParseJson, refuses_what_is_not_one_document) {
  for (const std::string_view text : {"", " ", "{", "{}{}", "{} x", "nul", "'a'", "\"\xFF\"", "[1,]", "\xEF\xBB\xBF"}) {
    EXPECT_FALSE(parse_json(text, "test")) << text;
  }
}

TEST(ParseJson, stands_deep_nesting) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_TRUE(parse_json(deep, "test"));
  EXPECT_FALSE(parse_json(deep.substr(0, 200'000), "test"));
}

}  // namespace
}  // namespace millrace
