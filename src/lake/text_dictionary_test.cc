#include "lake/text_dictionary.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "event/event_testing.h"

namespace millrace {
namespace {

std::string_view text_at(const TextDictionary& dictionary, std::size_t index) {
  const auto begin = static_cast<std::size_t>(dictionary.offsets()[index]);
  const auto end = static_cast<std::size_t>(dictionary.offsets()[index + 1]);
  return {dictionary.values().data() + begin, end - begin};
}

TEST(TextDictionary, NumbersTextsInTheOrderTheyCameFirst) {
  TextDictionary dictionary;
  EXPECT_EQ(dictionary.size(), 0U);
  EXPECT_EQ(dictionary.index_of("b"), 0);
  EXPECT_EQ(dictionary.index_of("a"), 1);
  EXPECT_EQ(dictionary.index_of("b"), 0);
  EXPECT_EQ(dictionary.index_of(""), 2);
  EXPECT_EQ(dictionary.index_of(std::string_view("\0", 1)), 3);
  EXPECT_EQ(dictionary.index_of(""), 2);
  EXPECT_EQ(dictionary.size(), 4U);
  EXPECT_EQ(text_at(dictionary, 1), "a");
  EXPECT_EQ(text_at(dictionary, 3), std::string_view("\0", 1));
}

TEST(TextDictionary, AgreesWithAMapAndIsUsableAgainAfterClear) {
  const std::uint64_t seed = event_testing::seed_of_test(31);
  std::mt19937_64 random(seed);
  TextDictionary dictionary;
  for (const std::uint64_t distinct : {3, 500, 20'000}) {
    std::map<std::string, std::int32_t> oracle;
    for (int i = 0; i < 30'000; ++i) {
      const std::uint64_t n = random() % distinct;
      const std::string text = std::string(n % 23, 'x') + std::to_string(n);
      const auto expected = oracle.emplace(text, static_cast<std::int32_t>(oracle.size())).first->second;
      ASSERT_EQ(dictionary.index_of(text), expected) << "seed " << seed << " text " << text;
    }
    ASSERT_EQ(dictionary.size(), oracle.size());
    for (const auto& [text, index] : oracle) {
      ASSERT_EQ(text_at(dictionary, static_cast<std::size_t>(index)), text);
    }
    dictionary.clear();
    EXPECT_EQ(dictionary.size(), 0U);
    EXPECT_EQ(dictionary.bytes(), 0U);
  }
  EXPECT_GT(dictionary.held_bytes(), 0U);
  dictionary.shrink();
  EXPECT_EQ(dictionary.held_bytes(), 0U);
  EXPECT_EQ(dictionary.index_of("again"), 0);
}

}  // namespace
}  // namespace millrace
