#include "base/config_value.h"

#include <gtest/gtest.h>

#include <limits>

namespace millrace {
namespace {

ConfigKey key_of(ConfigType type) { return {.name = "section.key", .type = type}; }

template <class T>
T value_of(const ConfigKey& key, std::string_view text) {
  const auto value = parse_config_value(key, text);
  EXPECT_TRUE(value) << text << ": " << value.error();
  return std::get<T>(value.value());
}

std::string expected_instead_of(const ConfigKey& key, std::string_view text) {
  const auto value = parse_config_value(key, text);
  EXPECT_FALSE(value) << text;
  return value ? "" : value.error();
}

TEST(ConfigValue, is_read_by_its_type) {
  EXPECT_EQ(value_of<std::string>(key_of(ConfigType::text), " as it is "), " as it is ");
  EXPECT_EQ(value_of<std::int64_t>(key_of(ConfigType::integer), "-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value_of<double>(key_of(ConfigType::real), "1e-3"), 0.001);
  EXPECT_EQ(value_of<bool>(key_of(ConfigType::boolean), "true"), true);
  EXPECT_EQ(value_of<bool>(key_of(ConfigType::boolean), "false"), false);
  EXPECT_EQ(value_of<Duration>(key_of(ConfigType::duration), "15m"), minutes(15));
  EXPECT_EQ(value_of<std::int64_t>(key_of(ConfigType::bytes), "1GiB"), 1'073'741'824);
  EXPECT_EQ(value_of<ConfigList>(key_of(ConfigType::list), "red, green"), (ConfigList{"red", "green"}));
  EXPECT_EQ(value_of<ConfigList>(key_of(ConfigType::list), ""), ConfigList{});
  EXPECT_EQ(value_of<ConfigMap>(key_of(ConfigType::map), "id=Stock Code, price=Unit=Price"),
            (ConfigMap{{"id", "Stock Code"}, {"price", "Unit=Price"}}));
  EXPECT_EQ(value_of<ConfigMap>(key_of(ConfigType::map), ""), ConfigMap{});
}

TEST(ConfigValue, of_another_type_is_refused_with_what_was_expected) {
  for (const std::string_view text :
       {"", "x", "1.0", "1e3", " 1", "1 ", "+1", "0x10", "9223372036854775808", "1_000"}) {
    EXPECT_EQ(expected_instead_of(key_of(ConfigType::integer), text), "a whole number") << text;
  }
  for (const std::string_view text : {"", "x", "nan", "inf", "1e999", "1,5", "1f"}) {
    EXPECT_EQ(expected_instead_of(key_of(ConfigType::real), text), "a number") << text;
  }
  for (const std::string_view text : {"", "yes", "1", "True", "on"}) {
    EXPECT_EQ(expected_instead_of(key_of(ConfigType::boolean), text), "true or false") << text;
  }
  EXPECT_EQ(expected_instead_of(key_of(ConfigType::duration), "60"), "a duration such as 250ms, 60s, 15m, 2h or 7d");
  EXPECT_EQ(expected_instead_of(key_of(ConfigType::bytes), "1 GB"), "a number of bytes such as 4096, 512M or 1GiB");
  for (const std::string_view text : {"a", "=b", "a=1,a=2", "a=1,,b=2"}) {
    EXPECT_EQ(expected_instead_of(key_of(ConfigType::map), text), "a map of texts, written name=text,name=text");
  }
}

TEST(ConfigValue, keeps_its_limits_which_belong_to_the_range) {
  ConfigKey key{.name = "k", .type = ConfigType::integer, .at_least = "-2", .at_most = "10"};
  EXPECT_EQ(value_of<std::int64_t>(key, "-2"), -2);
  EXPECT_EQ(value_of<std::int64_t>(key, "10"), 10);
  EXPECT_EQ(expected_instead_of(key, "-3"), "a whole number from -2 to 10");
  EXPECT_EQ(expected_instead_of(key, "11"), "a whole number from -2 to 10");
  key.at_most.reset();
  EXPECT_EQ(expected_instead_of(key, "-3"), "a whole number, at least -2");

  const ConfigKey duration{.name = "k", .type = ConfigType::duration, .at_most = "1h"};
  EXPECT_EQ(value_of<Duration>(duration, "60m"), hours(1));
  EXPECT_EQ(expected_instead_of(duration, "61m"), "a duration such as 250ms, 60s, 15m, 2h or 7d, at most 1h");

  const ConfigKey bytes{.name = "k", .type = ConfigType::bytes, .at_least = "1K"};
  EXPECT_EQ(value_of<std::int64_t>(bytes, "1024"), 1024);
  EXPECT_FALSE(parse_config_value(bytes, "1KB"));

  const ConfigKey real{.name = "k", .type = ConfigType::real, .at_least = "0", .at_most = "1"};
  EXPECT_EQ(value_of<double>(real, "1"), 1.0);
  EXPECT_FALSE(parse_config_value(real, "1.0000001"));
}

TEST(ConfigValue, is_one_of_its_choices) {
  const ConfigKey key{.name = "k", .type = ConfigType::text, .choices = {"red", "green", "blue"}};
  EXPECT_EQ(value_of<std::string>(key, "green"), "green");
  EXPECT_EQ(expected_instead_of(key, "Green"), "red, green or blue");
  const ConfigKey list{.name = "k", .type = ConfigType::list, .choices = {"red", "green"}};
  EXPECT_EQ(value_of<ConfigList>(list, "red,red").size(), 2U);
  EXPECT_EQ(expected_instead_of(list, "red,blue"), "red or green");
  const ConfigKey map{.name = "k", .type = ConfigType::map, .choices = {"id", "price"}};
  EXPECT_EQ(value_of<ConfigMap>(map, "id=anything").size(), 1U);
  EXPECT_EQ(expected_instead_of(map, "name=id"), "a map of texts named id or price");
}

TEST(ConfigValue, is_checked_text_by_text) {
  const auto not_empty = [](std::string_view text) { return text.empty() ? "something" : nullptr; };
  const ConfigKey text{.name = "k", .type = ConfigType::text, .check = not_empty};
  EXPECT_EQ(expected_instead_of(text, ""), "something");
  const ConfigKey list{.name = "k", .type = ConfigType::list, .check = not_empty};
  EXPECT_EQ(expected_instead_of(list, "a,,b"), "something");
  const ConfigKey map{.name = "k", .type = ConfigType::map, .check = not_empty};
  EXPECT_EQ(expected_instead_of(map, "a="), "something");
  EXPECT_EQ(broken_rule(map, ConfigMap{{"a", ""}}), "something");
  EXPECT_EQ(broken_rule(map, ConfigMap{{"a", "b"}}), std::nullopt);
}

TEST(ConfigValue, is_written_so_that_it_reads_back) {
  const struct {
    ConfigType type;
    std::string_view text;
  } values[] = {
      {ConfigType::text, "some text"}, {ConfigType::integer, "-3"},    {ConfigType::real, "0.1"},
      {ConfigType::boolean, "true"},   {ConfigType::boolean, "false"}, {ConfigType::duration, "90s"},
      {ConfigType::duration, "0"},     {ConfigType::bytes, "1GiB"},    {ConfigType::bytes, "0"},
      {ConfigType::bytes, "1500"},     {ConfigType::list, "a,b"},      {ConfigType::list, ""},
      {ConfigType::map, "a=b,c=d=e"},
  };
  for (const auto& [type, text] : values) {
    EXPECT_EQ(to_text(key_of(type), *parse_config_value(key_of(type), text)), text);
  }
}

TEST(DurationToText, takes_the_largest_unit_that_is_exact) {
  EXPECT_EQ(duration_to_text(hours(48)), "2d");
  EXPECT_EQ(duration_to_text(hours(25)), "25h");
  EXPECT_EQ(duration_to_text(seconds(60)), "1m");
  EXPECT_EQ(duration_to_text(seconds(61)), "61s");
  EXPECT_EQ(duration_to_text(milliseconds(1500)), "1500ms");
  EXPECT_EQ(duration_to_text(Duration{}), "0");
}

TEST(Bytes, are_read_with_units_of_1024_and_of_1000) {
  EXPECT_EQ(parse_bytes("0"), 0);
  EXPECT_EQ(parse_bytes("4096"), 4096);
  EXPECT_EQ(parse_bytes("512K"), 512 * 1024);
  EXPECT_EQ(parse_bytes("512KiB"), 512 * 1024);
  EXPECT_EQ(parse_bytes("512KB"), 512'000);
  EXPECT_EQ(parse_bytes("2M"), 2 * 1024 * 1024);
  EXPECT_EQ(parse_bytes("2TB"), 2'000'000'000'000);
  EXPECT_EQ(parse_bytes("1TiB"), 1'099'511'627'776);
  EXPECT_EQ(parse_bytes("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
}

TEST(Bytes, that_do_not_fit_or_make_no_sense_are_refused) {
  for (const std::string_view text : {"", "K", "-1", "+1", "1.5K", "1 K", "1k", "1Kb", "1B", "1KIB",
                                      "9223372036854775808", "8388608T", "99999999999999999999999"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
  EXPECT_EQ(parse_bytes("8388607T"), std::int64_t{8388607} << 40);
}

}  // namespace
}  // namespace millrace
