#include "cli/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/files.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

const fs::path kShippedFile = fs::path(MILLRACE_SOURCE_DIR) / "configs/config.yaml";

Result<Settings> from_yaml(std::string_view yaml) {
  const auto config = Config::load_text(settings_schema(), "c.yaml", yaml, {});
  if (!config) {
    return std::unexpected(config.error());
  }
  return settings_from(*config);
}

std::string problems(std::string_view yaml) {
  const auto settings = from_yaml(yaml);
  EXPECT_FALSE(settings) << yaml;
  return settings ? "" : settings.error().message;
}

TEST(ShippedConfiguration, shows_every_key_with_its_default) {
  const auto shipped = Config::load(settings_schema(), {.file = kShippedFile, .environment = {}, .overrides = {}});
  ASSERT_TRUE(shipped) << shipped.error().message;
  const auto defaults = Config::load(settings_schema(), {});
  ASSERT_TRUE(defaults);
  // describe_changes() has a line for each key that stands in the file.
  std::set<std::string> shown;
  for (const std::string& change : shipped->describe_changes()) {
    shown.insert(change.substr(0, change.find('=')));
  }
  for (const ConfigKey& key : settings_schema().keys) {
    EXPECT_TRUE(shown.contains(key.name)) << key.name << " is missing in " << kShippedFile;
    EXPECT_EQ(to_text(key, shipped->value(key.name)), to_text(key, defaults->value(key.name))) << key.name;
  }
}

TEST(ShippedConfiguration, has_the_sections_of_later_builds) {
  const auto yaml = read_file(kShippedFile);
  ASSERT_TRUE(yaml);
  for (const std::string& section : settings_schema().future_sections) {
    EXPECT_THAT(*yaml, HasSubstr("\n" + section + ":\n"));
  }
}

TEST(SettingsSchema, has_a_help_for_every_key_and_a_variable_of_its_own) {
  std::set<std::string> variables(settings_schema().other_variables.begin(), settings_schema().other_variables.end());
  for (const ConfigKey& key : settings_schema().keys) {
    EXPECT_FALSE(key.help.empty()) << key.name;
    EXPECT_TRUE(variables.insert(settings_schema().variable_of(key)).second) << key.name;
  }
}

TEST(Settings, without_any_source_are_the_initializers_of_the_struct) {
  const auto settings = load_settings({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->data_dir, "data");
  EXPECT_EQ(settings->kafka.topic, "ecommerce_events");
  EXPECT_EQ(settings->kafka.partitions, 3);
  EXPECT_EQ(settings->log.segment_bytes, 1'073'741'824);
  EXPECT_EQ(settings->stream.allowed_lateness, hours(2));
  EXPECT_EQ(settings->stream.future_tolerance, minutes(15));
  EXPECT_EQ(settings->stream.max_categories, 1'000);
  EXPECT_EQ(settings->stream.commit_records, 2'000'000);
  EXPECT_EQ(settings->logging.level, LogLevel::info);
  EXPECT_EQ(settings->logging.format, LogFormat::text);
}

/// Every key, a value for it, and where it must arrive. A key without a row here fails the test.
TEST(Settings, take_every_key_to_its_member) {
  using Check = std::function<bool(const Settings&)>;
  const std::map<std::string, std::pair<std::string, Check>> rows = {
      {"data_dir", {"/srv/shop", [](const Settings& s) { return s.data_dir == "/srv/shop"; }}},
      {"shop.currency", {"EUR", [](const Settings& s) { return s.shop.currency == "EUR"; }}},
      {"shop.time_zone", {"Europe/London", [](const Settings& s) { return s.shop.time_zone == "Europe/London"; }}},
      {"history.categories", {"mine.yaml", [](const Settings& s) { return s.history.categories == "mine.yaml"; }}},
      {"kafka.topic", {"orders", [](const Settings& s) { return s.kafka.topic == "orders"; }}},
      {"kafka.partitions", {"7", [](const Settings& s) { return s.kafka.partitions == 7; }}},
      {"log.segment_bytes", {"2M", [](const Settings& s) { return s.log.segment_bytes == 2 << 20; }}},
      {"log.retention_bytes",
       {"3GiB", [](const Settings& s) { return s.log.retention_bytes == std::int64_t{3} << 30; }}},
      {"log.retention_age", {"7d", [](const Settings& s) { return s.log.retention_age == kDay * 7; }}},
      {"history.columns",
       {"product_id=SKU,customer=",
        [](const Settings& s) {
          return s.history.columns == std::map<std::string, std::string>{{"product_id", "SKU"}, {"customer", ""}};
        }}},
      {"logging.level", {"warning", [](const Settings& s) { return s.logging.level == LogLevel::warning; }}},
      {"logging.format", {"json", [](const Settings& s) { return s.logging.format == LogFormat::json; }}},
      {"kafka.bootstrap_servers", {"a:9092", [](const Settings& s) { return s.kafka.bootstrap_servers == "a:9092"; }}},
      {"kafka.group", {"shop", [](const Settings& s) { return s.kafka.group == "shop"; }}},
      {"kafka.properties",
       {"sasl.username=me,acks=1", [](const Settings& s) { return s.kafka.properties.contains("sasl.username"); }}},
      {"stream.source", {"kafka", [](const Settings& s) { return s.stream.source == "kafka"; }}},
      {"stream.allowed_lateness", {"30m", [](const Settings& s) { return s.stream.allowed_lateness == minutes(30); }}},
      {"stream.future_tolerance", {"1s", [](const Settings& s) { return s.stream.future_tolerance == seconds(1); }}},
      {"stream.max_categories", {"2", [](const Settings& s) { return s.stream.max_categories == 2; }}},
      {"stream.event_types",
       {"wishlist,review",
        [](const Settings& s) { return s.stream.event_types == std::vector<std::string>{"wishlist", "review"}; }}},
      {"stream.window_5m_delay", {"1m", [](const Settings& s) { return s.stream.window_5m_delay == minutes(1); }}},
      {"stream.window_1h_delay", {"3h", [](const Settings& s) { return s.stream.window_1h_delay == hours(3); }}},
      {"stream.idle_flush", {"250ms", [](const Settings& s) { return s.stream.idle_flush == milliseconds(250); }}},
      {"stream.checkpoint_interval",
       {"5s", [](const Settings& s) { return s.stream.checkpoint_interval == seconds(5); }}},
      {"stream.commit_records", {"9", [](const Settings& s) { return s.stream.commit_records == 9; }}},
      {"history.catalog", {"p.csv", [](const Settings& s) { return s.history.catalog == "p.csv"; }}},
      {"quality.rules", {"q.yaml", [](const Settings& s) { return s.quality.rules == "q.yaml"; }}},
      {"alerts.webhook", {"http://a/b", [](const Settings& s) { return s.alerts.webhook == "http://a/b"; }}},
      {"alerts.width", {"6", [](const Settings& s) { return s.alerts.width == 6; }}},
      {"lineage.to", {"run.ndjson", [](const Settings& s) { return s.lineage.to == "run.ndjson"; }}},
      {"lineage.namespace", {"shop", [](const Settings& s) { return s.lineage.job_namespace == "shop"; }}},
      {"stream.dedup_memory", {"2MiB", [](const Settings& s) { return s.stream.dedup_bytes == 2 << 20; }}},
      {"stream.files_max", {"7", [](const Settings& s) { return s.stream.files_max == 7; }}},
      {"stream.batch_records", {"1", [](const Settings& s) { return s.stream.batch_records == 1; }}},
      {"ml.seed", {"7", [](const Settings& s) { return s.ml.seed == 7; }}},
      {"ml.rounds", {"9", [](const Settings& s) { return s.ml.rounds == 9; }}},
      {"ml.features",
       {"mean_7,weekday",
        [](const Settings& s) { return s.ml.features == std::vector<std::string>{"mean_7", "weekday"}; }}},
      {"ml.learning_rate", {"0.3", [](const Settings& s) { return s.ml.learning_rate == 0.3; }}},
      {"ml.max_depth", {"4", [](const Settings& s) { return s.ml.max_depth == 4; }}},
      {"ml.min_child_weight", {"2.5", [](const Settings& s) { return s.ml.min_child_weight == 2.5; }}},
      {"ml.subsample", {"0.5", [](const Settings& s) { return s.ml.subsample == 0.5; }}},
      {"ml.colsample", {"0.25", [](const Settings& s) { return s.ml.colsample == 0.25; }}},
      {"ml.tweedie_variance_power", {"1.6", [](const Settings& s) { return s.ml.tweedie_variance_power == 1.6; }}},
      {"ml.age_days_max", {"14", [](const Settings& s) { return s.ml.age_days_max == 14; }}},
      {"ml.promotions", {"plan.csv", [](const Settings& s) { return s.ml.promotions == "plan.csv"; }}},
      {"reorder.lead_time_days", {"30", [](const Settings& s) { return s.reorder.lead_time_days == 30; }}},
      {"reorder.service_level", {"0.99", [](const Settings& s) { return s.reorder.service_level == 0.99; }}},
      {"reorder.order_days", {"28", [](const Settings& s) { return s.reorder.order_days == 28; }}},
      {"ml.rows_max", {"5000", [](const Settings& s) { return s.ml.rows_max == 5'000; }}},
      {"warehouse.memory",
       {"1GiB", [](const Settings& s) { return s.warehouse.memory_bytes == std::int64_t{1} << 30; }}},
      {"warehouse.threads", {"4", [](const Settings& s) { return s.warehouse.threads == 4; }}},
      {"stream.threads", {"4", [](const Settings& s) { return s.stream.threads == 4; }}},
  };
  for (const ConfigKey& key : settings_schema().keys) {
    const auto row = rows.find(key.name);
    ASSERT_NE(row, rows.end()) << key.name;
    const auto& [text, arrived] = row->second;
    EXPECT_FALSE(arrived(Settings{})) << key.name << ": choose another value than the default";
    const auto settings =
        load_settings({.file = {}, .environment = {{settings_schema().variable_of(key), text}}, .overrides = {}});
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_TRUE(arrived(*settings)) << key.name;
  }
}

TEST(Settings, have_limits) {
  for (const std::string_view yaml : {
           "data_dir: ''",
           "shop: {currency: euro}",
           "kafka: {partitions: 0}",
           "kafka: {topic: ''}",
           "kafka: {topic: ..}",
           "kafka: {topic: a/b}",
           "log: {segment_bytes: 0}",
           "log: {retention_age: -1s}",
           "stream: {threads: -1}",
           "stream: {batch_records: 0}",
           "stream: {commit_records: 0}",
           "stream: {checkpoint_interval: 0}",
           "stream: {allowed_lateness: 31d}",
           "stream: {max_categories: 0}",
           "stream: {event_types: [a, '']}",
           "alerts: {webhook: hooks.example.com}",
           "alerts: {width: 0}",
           "logging: {level: loud}",
           "ml: {features: [mean_8]}",
           "ml: {learning_rate: 0}",
           "ml: {max_depth: 17}",
           "ml: {subsample: 1.5}",
           "ml: {tweedie_variance_power: 2}",
           "reorder: {service_level: 1}",
           "reorder: {order_days: 0}",
           "logging: {format: xml}",
           "history: {columns: {sku: SKU}}",
       }) {
    EXPECT_THAT(problems(yaml), ::testing::StartsWith("c.yaml:1: bad value for ")) << yaml;
  }
  EXPECT_TRUE(from_yaml("kafka: {topic: " + std::string(249, 't') + "}"));
  EXPECT_FALSE(from_yaml("kafka: {topic: " + std::string(250, 't') + "}"));
}

TEST(Settings, of_features_to_come_are_refused_in_words) {
  for (const std::string& section : settings_schema().future_sections) {
    EXPECT_TRUE(from_yaml(section + ":\n")) << section;
    EXPECT_THAT(problems(section + ":\n  key: 1\n"), HasSubstr("this build has no such key yet"));
  }
}

}  // namespace
}  // namespace millrace
