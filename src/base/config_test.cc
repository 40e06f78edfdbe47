#include "base/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "base/format.h"
#include "base/temporary_folder.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ConfigSchema schema() {
  return {
      .environment_prefix = "MILL_",
      .keys =
          {
              {.name = "folder", .default_text = "data"},
              {.name = "stream.threads",
               .type = ConfigType::integer,
               .default_text = "0",
               .at_least = "0",
               .at_most = "64"},
              {.name = "stream.idle_flush", .type = ConfigType::duration, .default_text = "15m"},
              {.name = "stream.exact", .type = ConfigType::boolean, .default_text = "true"},
              {.name = "stream.types", .type = ConfigType::list, .default_text = "a"},
              {.name = "stream.share", .type = ConfigType::real, .default_text = "0.5"},
              {.name = "log.bytes", .type = ConfigType::bytes, .default_text = "1K"},
              {.name = "log.columns", .type = ConfigType::map},
              {.name = "serve.token",
               .check = [](std::string_view t) { return t == "bad" ? "a good token" : nullptr; }},
          },
      .future_sections = {"cloud"},
      .other_variables = {"MILL_CONFIG"},
  };
}

ConfigSchema schema_with_secret() {
  ConfigSchema secret = schema();
  for (ConfigKey& key : secret.keys) {
    key.secret = key.name == "serve.token" || key.name == "stream.threads";
  }
  return secret;
}

Result<Config> load(std::string_view yaml, const ConfigSources& sources = {}) {
  return Config::load_text(schema(), "c.yaml", yaml, sources);
}

std::string problems(std::string_view yaml, const ConfigSources& sources = {}) {
  const auto config = load(yaml, sources);
  EXPECT_FALSE(config) << yaml;
  if (config) {
    return "";
  }
  EXPECT_EQ(config.error().fault, Fault::invalid);
  return config.error().message;
}

template <class T>
T get(const Result<Config>& config, std::string_view key) {
  EXPECT_TRUE(config) << config.error().message;
  return std::get<T>(config->value(key));
}

TEST(Config, holds_the_defaults_where_nothing_is_given) {
  for (const std::string_view yaml : {"", "---\n", "# only a comment\n", "stream:\nlog: {}\n", "~"}) {
    const auto config = load(yaml);
    EXPECT_EQ(get<std::string>(config, "folder"), "data");
    EXPECT_EQ(get<std::int64_t>(config, "stream.threads"), 0);
    EXPECT_EQ(get<Duration>(config, "stream.idle_flush"), minutes(15));
    EXPECT_EQ(get<ConfigList>(config, "stream.types"), ConfigList{"a"});
    EXPECT_EQ(get<ConfigMap>(config, "log.columns"), ConfigMap{});
  }
}

TEST(Config, takes_every_type_from_a_file) {
  const auto config = load(R"(
folder: /var/data
stream:
  threads: 4
  idle_flush: 250ms
  exact: false
  types: [b, "c d"]
  share: 0.75
log: {bytes: 1GiB, columns: {id: Stock Code}}
serve:
  token: "007"
)");
  EXPECT_EQ(get<std::string>(config, "folder"), "/var/data");
  EXPECT_EQ(get<std::int64_t>(config, "stream.threads"), 4);
  EXPECT_EQ(get<Duration>(config, "stream.idle_flush"), milliseconds(250));
  EXPECT_EQ(get<bool>(config, "stream.exact"), false);
  EXPECT_EQ(get<ConfigList>(config, "stream.types"), (ConfigList{"b", "c d"}));
  EXPECT_EQ(get<double>(config, "stream.share"), 0.75);
  EXPECT_EQ(get<std::int64_t>(config, "log.bytes"), 1 << 30);
  EXPECT_EQ(get<ConfigMap>(config, "log.columns"), (ConfigMap{{"id", "Stock Code"}}));
  EXPECT_EQ(get<std::string>(config, "serve.token"), "007");
}

TEST(Config, an_empty_list_or_map_replaces_the_default) {
  EXPECT_EQ(get<ConfigList>(load("stream: {types: []}"), "stream.types"), ConfigList{});
  EXPECT_EQ(get<ConfigList>(load("stream:\n  types:\n"), "stream.types"), ConfigList{});
  EXPECT_EQ(get<ConfigMap>(load("log:\n  columns:\n"), "log.columns"), ConfigMap{});
}

TEST(Config, a_flag_beats_the_environment_which_beats_the_file) {
  const std::string yaml = "stream: {threads: 1, share: 0.1}\nfolder: file\n";
  ConfigSources sources;
  EXPECT_EQ(get<std::int64_t>(load(yaml, sources), "stream.threads"), 1);
  sources.environment = {{"MILL_STREAM_THREADS", "2"}, {"MILL_FOLDER", "environment"}};
  EXPECT_EQ(get<std::int64_t>(load(yaml, sources), "stream.threads"), 2);
  sources.overrides = {{"stream.threads", "--threads", "3"}, {"stream.threads", "--threads", "4"}};
  const auto config = load(yaml, sources);
  EXPECT_EQ(get<std::int64_t>(config, "stream.threads"), 4);
  EXPECT_EQ(get<std::string>(config, "folder"), "environment");
  EXPECT_EQ(get<double>(config, "stream.share"), 0.1);
}

TEST(Config, lists_and_maps_come_from_variables_too) {
  const ConfigSources sources{
      .file = {}, .environment = {{"MILL_STREAM_TYPES", "x,y"}, {"MILL_LOG_COLUMNS", "id=Code"}}, .overrides = {}};
  EXPECT_EQ(get<ConfigList>(load("", sources), "stream.types"), (ConfigList{"x", "y"}));
  EXPECT_EQ(get<ConfigMap>(load("", sources), "log.columns"), (ConfigMap{{"id", "Code"}}));
}

TEST(Config, an_unknown_key_is_named_with_its_line_and_the_nearest_right_one) {
  EXPECT_EQ(problems("stream:\n  threads: 1\n  idle_flsh: 1s\n"),
            R"(c.yaml:3: unknown key: "stream.idle_flsh" (did you mean idle_flush?))");
  EXPECT_EQ(problems("straem:\n  threads: 1\n"), R"(c.yaml:1: unknown key: "straem" (did you mean stream?))");
  EXPECT_EQ(problems("foldr: x\n"), R"(c.yaml:1: unknown key: "foldr" (did you mean folder?))");
  EXPECT_EQ(problems("log:\n  threads: 1\n"),
            R"(c.yaml:2: unknown key: "log.threads" (did you mean threads in section stream?))");
  EXPECT_EQ(problems("stream.threads: 1\n"),
            R"(c.yaml:1: unknown key: "stream.threads" (did you mean threads in section stream?))");
  EXPECT_EQ(problems("stream: {folder: x}\n"),
            R"(c.yaml:1: unknown key: "stream.folder" (did you mean folder at the top?))");
  EXPECT_EQ(problems("zzzzzzzzzz: 1\n"), R"(c.yaml:1: unknown key: "zzzzzzzzzz")");
}

TEST(Config, a_duplicate_key_is_named_with_both_lines) {
  EXPECT_EQ(problems("stream:\n  threads: 1\n  exact: true\n  threads: 2\n"),
            R"(c.yaml:4: duplicate key, it stands in line 2 already: "stream.threads")");
  EXPECT_EQ(problems("log:\nstream:\nlog:\n"), R"(c.yaml:3: duplicate key, it stands in line 1 already: "log")");
  EXPECT_EQ(problems("log:\n  columns: {id: a, id: b}\n"),
            R"(c.yaml:2: bad value for log.columns: expected each name once, found twice: "id")");
}

TEST(Config, a_bad_value_is_named_with_its_line_and_what_was_expected) {
  EXPECT_EQ(problems("stream:\n\n  threads: many\n"),
            R"(c.yaml:3: bad value for stream.threads: expected a whole number from 0 to 64, found "many")");
  EXPECT_EQ(problems("stream: {threads: 65}"),
            R"(c.yaml:1: bad value for stream.threads: expected a whole number from 0 to 64, found "65")");
  EXPECT_EQ(problems("stream: {threads: [1]}"),
            R"(c.yaml:1: bad value for stream.threads: expected a whole number from 0 to 64, found a list or map)");
  EXPECT_EQ(problems("folder:\n"), "c.yaml:1: bad value for folder: expected a text, found nothing");
  EXPECT_EQ(problems("stream: {types: a}"),
            "c.yaml:1: bad value for stream.types: expected a list of texts, found a text");
  EXPECT_EQ(problems("stream: {types: [[a]]}"),
            "c.yaml:1: bad value for stream.types: expected a list of texts, found something else in it");
  EXPECT_EQ(problems("log: {columns: {a: [b]}}"),
            "c.yaml:1: bad value for log.columns: expected a map of texts, found something else in it");
  EXPECT_EQ(problems("serve: {token: bad}"),
            R"(c.yaml:1: bad value for serve.token: expected a good token, found "bad")");
}

TEST(Config, a_variable_or_a_flag_is_named_where_it_is_wrong) {
  EXPECT_EQ(problems("", {.file = {}, .environment = {{"MILL_STREAM_THREADS", ""}}, .overrides = {}}),
            R"(MILL_STREAM_THREADS: bad value for stream.threads: expected a whole number from 0 to 64, found "")");
  EXPECT_EQ(problems("", {.file = {}, .environment = {}, .overrides = {{"stream.threads", "--threads", "x"}}}),
            R"(--threads: bad value for stream.threads: expected a whole number from 0 to 64, found "x")");
  EXPECT_EQ(problems("", {.file = {}, .environment = {{"MILL_STREAM_TREADS", "1"}}, .overrides = {}}),
            "environment: unknown variable: MILL_STREAM_TREADS (did you mean MILL_STREAM_THREADS?)");
  EXPECT_TRUE(load("", {.file = {}, .environment = {{"MILL_CONFIG", "x"}}, .overrides = {}}));
}

TEST(Config, a_value_that_a_stronger_source_replaces_must_be_right_all_the_same) {
  EXPECT_THAT(problems("stream: {threads: x}",
                       {.file = {}, .environment = {}, .overrides = {{"stream.threads", "--threads", "1"}}}),
              HasSubstr("c.yaml:1"));
}

TEST(Config, all_problems_are_told_at_once) {
  EXPECT_EQ(problems("stream:\n  threads: x\n  nonsense: 1\nlog: 7\n",
                     {.file = {}, .environment = {{"MILL_X", "1"}}, .overrides = {{"log.bytes", "--bytes", "-1"}}}),
            "c.yaml:2: bad value for stream.threads: expected a whole number from 0 to 64, found \"x\"\n"
            "c.yaml:3: unknown key: \"stream.nonsense\"\n"
            "c.yaml:4: expected a map of keys in section log\n"
            "environment: unknown variable: MILL_X\n"
            "--bytes: bad value for log.bytes: expected a number of bytes such as 4096, 512M or 1GiB, found \"-1\"");
}

TEST(Config, sections_of_later_builds_may_stand_there_empty) {
  EXPECT_TRUE(load("cloud:\nstream:\n"));
  EXPECT_TRUE(load("cloud: {}\n"));
  EXPECT_EQ(problems("cloud:\n  project: p\n"),
            "c.yaml:2: section cloud must be empty, because this build has no such key yet: \"cloud.project\"");
}

TEST(Config, a_file_that_is_no_yaml_map_is_refused) {
  EXPECT_THAT(problems("stream:\n  threads: [1\n"), HasSubstr("could not read YAML: "));
  EXPECT_THAT(problems("a: b: c\n"), HasSubstr("c.yaml:1: could not read YAML: "));
  EXPECT_EQ(problems("- a\n- b\n"), "c.yaml:1: expected a map of sections");
  EXPECT_EQ(problems("text"), "c.yaml:1: expected a map of sections");
  EXPECT_EQ(problems("log:\n---\nlog:\n"), "c.yaml: expected one YAML document, found 2");
  EXPECT_EQ(problems("[a, b]: 1\n"), "c.yaml:1: expected the name of a key");
  EXPECT_THAT(problems(std::string(5'000, '[')), HasSubstr("could not read YAML"));
}

TEST(Config, what_comes_from_outside_is_escaped_and_cut_in_messages) {
  EXPECT_EQ(problems("\"a\\nmillrace: forged\\e\": 1\n"), R"(c.yaml:1: unknown key: "a\nmillrace: forged\x1b")");
  const std::string message = problems("stream: {threads: " + std::string(5'000, '9') + "}");
  EXPECT_THAT(message, HasSubstr("999\"..."));
  EXPECT_LT(message.size(), 300U);
}

TEST(Config, a_secret_is_never_told) {
  const auto secret = [](std::string_view yaml, const ConfigSources& sources) {
    return Config::load_text(schema_with_secret(), "c.yaml", yaml, sources);
  };
  const auto bad = secret("stream: {threads: hunter2}\nserve: {token: bad}",
                          {.file = {},
                           .environment = {{"MILL_STREAM_THREADS", "hunter3"}},
                           .overrides = {{"stream.threads", "--threads", "hunter4"}}});
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, Not(HasSubstr("hunter")));
  EXPECT_THAT(bad.error().message, HasSubstr("expected a whole number from 0 to 64, found a secret that is not shown"));
  const auto good = secret("serve: {token: hunter2}", {});
  ASSERT_TRUE(good);
  EXPECT_THAT(good->describe_changes(), ElementsAre("serve.token=*** (c.yaml:1)"));
}

TEST(Config, describes_what_is_not_at_its_default_and_where_it_comes_from) {
  const auto config = load("stream:\n  types: [x, y]\n", {.file = {},
                                                          .environment = {{"MILL_LOG_BYTES", "2048"}},
                                                          .overrides = {{"stream.idle_flush", "--idle-flush", "60s"}}});
  ASSERT_TRUE(config);
  EXPECT_THAT(config->describe_changes(),
              ElementsAre("log.bytes=2KiB (MILL_LOG_BYTES)", "stream.idle_flush=1m (--idle-flush)",
                          "stream.types=x,y (c.yaml:2)"));
}

TEST(Config, reads_a_file_and_says_where_there_is_none) {
  const std::string path = ::testing::TempDir() + format("millrace.config.{}.yaml", ::getpid());
  std::ofstream(path) << "stream:\n  threads: 9\n";
  EXPECT_EQ(
      get<std::int64_t>(Config::load(schema(), {.file = path, .environment = {}, .overrides = {}}), "stream.threads"),
      9);
  ::unlink(path.c_str());
  const auto missing = Config::load(schema(), {.file = path, .environment = {}, .overrides = {}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr(path));
  EXPECT_TRUE(Config::load(schema(), {}));
}

TEST(Environment, gives_the_variables_with_the_prefix) {
  ::setenv("MILLTEST_A", "1=2", 1);
  ::setenv("MILLTEST_B", "", 1);
  ::setenv("OTHER_MILLTEST_C", "x", 1);
  EXPECT_EQ(environment_with_prefix("MILLTEST_"),
            (std::map<std::string, std::string>{{"MILLTEST_A", "1=2"}, {"MILLTEST_B", ""}}));
  ::unsetenv("MILLTEST_A");
  ::unsetenv("MILLTEST_B");
  ::unsetenv("OTHER_MILLTEST_C");
}

TEST(ConfigSchema, names_the_variable_of_a_key) {
  const ConfigSchema all = schema();
  EXPECT_EQ(all.variable_of(*all.find("stream.idle_flush")), "MILL_STREAM_IDLE_FLUSH");
  EXPECT_EQ(all.variable_of(*all.find("folder")), "MILL_FOLDER");
  EXPECT_EQ(all.find("stream.nothing"), nullptr);
}

class YamlFileTest : public testing::Test {
 protected:
  fs::path write(const std::string& name, std::string_view yaml) {
    const fs::path path = folder_.path() / name;
    EXPECT_TRUE(remove_file(path));
    EXPECT_TRUE(create_durably(path, yaml));
    return path;
  }
  TemporaryFolder folder_;
};

class NamedListsTest : public YamlFileTest {
 protected:
  Result<NamedLists> load(std::string_view yaml) { return load_named_lists(write("lists.yaml", yaml)); }
};

TEST_F(NamedListsTest, keep_the_order_of_the_file) {
  const auto lists = load("Toys: [doll, 'toy car']\n# the rest\nBags:\n  - bag\n  - 7\nNone: []\n");
  ASSERT_TRUE(lists) << lists.error().message;
  EXPECT_EQ(*lists, (NamedLists{{"Toys", {"doll", "toy car"}}, {"Bags", {"bag", "7"}}, {"None", {}}}));
}

TEST_F(NamedListsTest, name_the_line_of_a_mistake) {
  for (const auto& [yaml, line] :
       std::map<std::string, std::string>{{"- a\n", "lists.yaml:1: expected a map"},
                                          {"a: [b]\nc: d\n", "lists.yaml:2: expected a name"},
                                          {"a: [b]\nc: [[d]]\n", "lists.yaml:2: expected a text"},
                                          {"a: [b]\n\na: [c]\n", "lists.yaml:3: a name stands twice"},
                                          {"a: [b\n", "could not read YAML"}}) {
    const auto lists = load(yaml);
    ASSERT_FALSE(lists) << yaml;
    EXPECT_EQ(lists.error().fault, Fault::invalid);
    EXPECT_NE(lists.error().message.find(line), std::string::npos) << lists.error().message;
  }
  EXPECT_EQ(load_named_lists(folder_.path() / "none").error().fault, Fault::not_found);
}

class NamedMapsTest : public YamlFileTest {
 protected:
  Result<NamedMaps> load(std::string_view yaml) { return load_named_maps(write("maps.yaml", yaml)); }
};

TEST_F(NamedMapsTest, keep_the_order_of_the_file_and_join_lists) {
  const auto maps = load("b rule: {check: range, columns: [x, y]}\na rule:\n  at_least: 99%\nnone: {}\n");
  ASSERT_TRUE(maps) << maps.error().message;
  EXPECT_EQ(*maps, (NamedMaps{{"b rule", {{"check", "range"}, {"columns", "x,y"}}},
                              {"a rule", {{"at_least", "99%"}}},
                              {"none", {}}}));
}

TEST_F(NamedMapsTest, name_the_line_of_a_mistake) {
  for (const auto& [yaml, line] :
       std::map<std::string, std::string>{{"- a\n", "maps.yaml:1: expected a map"},
                                          {"a: {b: c}\nc: d\n", "maps.yaml:2: expected a name and a map"},
                                          {"a: {b: {c: d}}\n", "maps.yaml:1: expected a text or a list"},
                                          {"a: {b: c}\n\na: {}\n", "maps.yaml:3: a name stands twice"},
                                          {"a:\n  b: c\n  b: d\n", "maps.yaml:3: a key stands twice: b"},
                                          {"a: {b\n", "could not read YAML"}}) {
    const auto maps = load(yaml);
    ASSERT_FALSE(maps) << yaml;
    EXPECT_EQ(maps.error().fault, Fault::invalid);
    EXPECT_NE(maps.error().message.find(line), std::string::npos) << maps.error().message;
  }
}

}  // namespace
}  // namespace millrace
