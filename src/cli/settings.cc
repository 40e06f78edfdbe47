#include "cli/settings.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/http.h"
#include "forecast/feature_set.h"
#include "ingest/history_reader.h"

namespace millrace {
namespace {

/// A key, and the way from its value into the struct.
struct Setting {
  ConfigKey key;
  std::function<void(const ConfigValue&, Settings&)> assign;
};

template <class T>
ConfigValue to_value(const T& member) {
  if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return member.string();
  } else if constexpr (std::is_same_v<T, LogLevel> || std::is_same_v<T, LogFormat>) {
    return std::string(to_string(member));
  } else if constexpr (std::is_integral_v<T>) {
    return std::int64_t{member};
  } else {
    return member;
  }
}

template <class T>
void from_value(const ConfigValue& value, T& member) {
  if constexpr (std::is_same_v<T, std::filesystem::path>) {
    member = std::get<std::string>(value);
  } else if constexpr (std::is_same_v<T, LogLevel>) {
    member = *log_level_from(std::get<std::string>(value));  // one of the choices
  } else if constexpr (std::is_same_v<T, LogFormat>) {
    member = *log_format_from(std::get<std::string>(value));
  } else if constexpr (std::is_integral_v<T>) {
    const auto number = std::get<std::int64_t>(value);
    CHECK(std::in_range<T>(number));  // the key's limits say so
    member = static_cast<T>(number);
  } else {
    member = std::get<T>(value);
  }
}

/// `member` gives its place in a Settings; the default is what stands there in a fresh one.
template <class Member>
Setting bind(ConfigKey key, Member member) {
  Settings defaults;
  key.default_text = to_text(key, to_value(member(defaults)));
  return {std::move(key),
          [member](const ConfigValue& value, Settings& settings) { from_value(value, member(settings)); }};
}

const char* check_topic(std::string_view text) {
  const bool legal =
      !text.empty() && text.size() <= 249 && text != "." && text != ".." && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
      });
  return legal ? nullptr : "1 to 249 of the characters A-Z a-z 0-9 . _ - (and neither . nor ..)";
}

const char* check_currency(std::string_view text) {
  const bool legal =
      text.empty() || (text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; }));
  return legal ? nullptr : "three capital letters such as EUR, or nothing";
}

const char* check_not_empty(std::string_view text) { return text.empty() ? "a text that is not empty" : nullptr; }

const char* check_http_url(std::string_view text) {
  return text.empty() || is_http_url(text) ? nullptr : "an address that begins with http:// or https://, or nothing";
}

std::vector<std::string> history_column_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kHistoryColumnCount; ++i) {
    names.emplace_back(to_string(static_cast<HistoryColumn>(i)));
  }
  return names;
}

using enum ConfigType;

std::vector<Setting> storage_settings() {
  return {
      bind({.name = "data_dir", .help = "the folder that holds log/, lake/ and models/", .check = check_not_empty},
           [](Settings& s) -> auto& { return s.data_dir; }),
      bind({.name = "shop.currency",
            .help = "the only currency that an event may name (ISO 4217); empty: currencies are not checked",
            .check = check_currency},
           [](Settings& s) -> auto& { return s.shop.currency; }),
      bind({.name = "shop.time_zone",
            .help = "the shop's time zone, an IANA name: gold's days, and history's times",
            .check = check_not_empty},
           [](Settings& s) -> auto& { return s.shop.time_zone; }),
      bind({.name = "kafka.topic", .help = "the topic of the events, also a folder of the log", .check = check_topic},
           [](Settings& s) -> auto& { return s.kafka.topic; }),
      bind({.name = "kafka.partitions",
            .type = integer,
            .help = "partitions of a topic when it is created; later it stays as it is",
            .at_least = "1",
            .at_most = "1024"},
           [](Settings& s) -> auto& { return s.kafka.partitions; }),
      bind({.name = "kafka.bootstrap_servers", .help = "Kafka's address, HOST:PORT; several with commas"},
           [](Settings& s) -> auto& { return s.kafka.bootstrap_servers; }),
      bind({.name = "kafka.group",
            .help = "the consumer group under which Kafka's tools show the stream's lag",
            .check = check_not_empty},
           [](Settings& s) -> auto& { return s.kafka.group; }),
      bind({.name = "kafka.properties",
            .type = map,
            .help = "properties of librdkafka, as security.protocol; file:PATH is a file's content"},
           [](Settings& s) -> auto& { return s.kafka.properties; }),
      bind({.name = "stream.source", .help = "log (the embedded one) or kafka", .choices = {"log", "kafka"}},
           [](Settings& s) -> auto& { return s.stream.source; }),
      bind({.name = "log.segment_bytes",
            .type = bytes,
            .help = "size at which the embedded log begins a new segment file",
            .at_least = "1KiB",
            .at_most = "1TiB"},
           [](Settings& s) -> auto& { return s.log.segment_bytes; }),
      bind({.name = "log.retention_bytes",
            .type = bytes,
            .help = "size of a partition above which its oldest segments are removed; 0: never",
            .at_least = "0"},
           [](Settings& s) -> auto& { return s.log.retention_bytes; }),
      bind({.name = "log.retention_age",
            .type = duration,
            .help = "age above which a segment is removed; 0: never",
            .at_least = "0"},
           [](Settings& s) -> auto& { return s.log.retention_age; }),
  };
}

std::vector<Setting> batch_settings() {
  return {
      bind({.name = "logging.level",
            .help = "the least severe messages that are logged",
            .choices = {"debug", "info", "warning", "error"}},
           [](Settings& s) -> auto& { return s.logging.level; }),
      bind({.name = "logging.format", .help = "how they are written to stderr", .choices = {"text", "json"}},
           [](Settings& s) -> auto& { return s.logging.format; }),
      bind({.name = "history.columns",
            .type = map,
            .help = "what a history CSV calls its columns, where it differs from Online Retail",
            .choices = history_column_names()},
           [](Settings& s) -> auto& { return s.history.columns; }),
      bind({.name = "history.catalog",
            .help = "the file of the shop's products: product_id, and name, category, cost, lead_time_days, stock"},
           [](Settings& s) -> auto& { return s.history.catalog; }),
      bind({.name = "history.categories", .help = "the file of rules for the categories of history's products"},
           [](Settings& s) -> auto& { return s.history.categories; }),
      bind({.name = "quality.rules", .help = "the file of rules that batch holds the data against"},
           [](Settings& s) -> auto& { return s.quality.rules; }),
      bind({.name = "alerts.webhook",
            .help = "the http(s) address to which alerts are posted, beside the log",
            .check = check_http_url},
           [](Settings& s) -> auto& { return s.alerts.webhook; }),
      bind({.name = "alerts.width",
            .type = integer,
            .help = "how many spreads an hour's figures may be away from those of the weeks before",
            .at_least = "1",
            .at_most = "100"},
           [](Settings& s) -> auto& { return s.alerts.width; }),
      bind({.name = "lineage.to",
            .help = "where OpenLineage run events of batch, train and predict go: a file, or an http(s) address"},
           [](Settings& s) -> auto& { return s.lineage.to; }),
      bind({.name = "lineage.namespace", .help = "the namespace of our jobs in these events", .check = check_not_empty},
           [](Settings& s) -> auto& { return s.lineage.job_namespace; }),
      bind({.name = "warehouse.memory",
            .type = bytes,
            .help = "memory that an SQL query may take before it spills to disk",
            .at_least = "64MiB",
            .at_most = "1TiB"},
           [](Settings& s) -> auto& { return s.warehouse.memory_bytes; }),
      bind({.name = "warehouse.threads",
            .type = integer,
            .help = "threads of an SQL query; 0: one for each core",
            .at_least = "0",
            .at_most = "1024"},
           [](Settings& s) -> auto& { return s.warehouse.threads; }),
  };
}

std::vector<Setting> forecast_settings() {
  return {
      bind({.name = "ml.seed", .type = integer, .help = "the same seed and data give the same model", .at_least = "0"},
           [](Settings& s) -> auto& { return s.ml.seed; }),
      bind({.name = "ml.rounds",
            .type = integer,
            .help = "rounds of boosting, each one tree",
            .at_least = "1",
            .at_most = "10000"},
           [](Settings& s) -> auto& { return s.ml.rounds; }),
      bind({.name = "ml.features",
            .type = list,
            .help = "the features that a model sees; none: all",
            .choices = names_of(all_features())},
           [](Settings& s) -> auto& { return s.ml.features; }),
      bind({.name = "ml.learning_rate",
            .type = real,
            .help = "how much of its correction each tree makes",
            .at_least = "0.001",
            .at_most = "1"},
           [](Settings& s) -> auto& { return s.ml.learning_rate; }),
      bind({.name = "ml.max_depth", .type = integer, .help = "levels of a tree", .at_least = "1", .at_most = "16"},
           [](Settings& s) -> auto& { return s.ml.max_depth; }),
      bind({.name = "ml.min_child_weight",
            .type = real,
            .help = "examples that a leaf of a tree needs at least, by their weight",
            .at_least = "0",
            .at_most = "100000"},
           [](Settings& s) -> auto& { return s.ml.min_child_weight; }),
      bind({.name = "ml.subsample",
            .type = real,
            .help = "the share of the examples that each tree sees",
            .at_least = "0.05",
            .at_most = "1"},
           [](Settings& s) -> auto& { return s.ml.subsample; }),
      bind({.name = "ml.colsample",
            .type = real,
            .help = "the share of the features that each tree sees",
            .at_least = "0.05",
            .at_most = "1"},
           [](Settings& s) -> auto& { return s.ml.colsample; }),
      bind({.name = "ml.tweedie_variance_power",
            .type = real,
            .help = "by which power demand scatters more where its mean is higher: 1 as counts do, 2 as amounts do",
            .at_least = "1.01",
            .at_most = "1.99"},
           [](Settings& s) -> auto& { return s.ml.tweedie_variance_power; }),
      bind({.name = "ml.rows_max",
            .type = integer,
            .help = "examples that a model learns from, more are sampled: it bounds time and memory",
            .at_least = "1000",
            .at_most = "100000000"},
           [](Settings& s) -> auto& { return s.ml.rows_max; }),
      bind({.name = "ml.age_days_max",
            .type = integer,
            .help = "days that a model may not have learnt before `models check` calls it stale",
            .at_least = "1",
            .at_most = "3650"},
           [](Settings& s) -> auto& { return s.ml.age_days_max; }),
      bind({.name = "ml.promotions", .help = "the shop's planned promotions, CSV or Parquet; empty: none are known"},
           [](Settings& s) -> auto& { return s.ml.promotions; }),
      bind({.name = "reorder.lead_time_days",
            .type = integer,
            .help = "days from an order to its arrival, of products whose catalog says nothing else",
            .at_least = "0",
            .at_most = "365"},
           [](Settings& s) -> auto& { return s.reorder.lead_time_days; }),
      bind({.name = "reorder.service_level",
            .type = real,
            .help = "the share of orders until whose arrival the stock shall last",
            .at_least = "0.5",
            .at_most = "0.9999"},
           [](Settings& s) -> auto& { return s.reorder.service_level; }),
      bind({.name = "reorder.order_days",
            .type = integer,
            .help = "days that an order shall last",
            .at_least = "1",
            .at_most = "365"},
           [](Settings& s) -> auto& { return s.reorder.order_days; }),
  };
}

std::vector<Setting> stream_settings() {
  return {
      bind({.name = "stream.allowed_lateness",
            .type = duration,
            .help = "how far behind its partition's newest event an event may be without being late",
            .at_least = "0",
            .at_most = "30d"},
           [](Settings& s) -> auto& { return s.stream.allowed_lateness; }),
      bind({.name = "stream.future_tolerance",
            .type = duration,
            .help = "how far ahead of the clock an event may be without being rejected",
            .at_least = "0",
            .at_most = "999999d"},
           [](Settings& s) -> auto& { return s.stream.future_tolerance; }),
      bind({.name = "stream.max_categories",
            .type = integer,
            .help = "different categories that a partition accepts",
            .at_least = "1",
            .at_most = "1000000"},
           [](Settings& s) -> auto& { return s.stream.max_categories; }),
      bind({.name = "stream.event_types",
            .type = list,
            .help = "event types accepted beside order_created, product_viewed, add_to_cart and order_returned",
            .check = check_not_empty},
           [](Settings& s) -> auto& { return s.stream.event_types; }),
      bind({.name = "stream.window_5m_delay",
            .type = duration,
            .help = "how long after its end a window of five minutes is emitted, in event time",
            .at_least = "0",
            .at_most = "30d"},
           [](Settings& s) -> auto& { return s.stream.window_5m_delay; }),
      bind({.name = "stream.window_1h_delay",
            .type = duration,
            .help = "the same for a window of an hour",
            .at_least = "0",
            .at_most = "30d"},
           [](Settings& s) -> auto& { return s.stream.window_1h_delay; }),
      bind({.name = "stream.idle_flush",
            .type = duration,
            .help = "time without a new record after which open windows are emitted",
            .at_least = "1ms",
            .at_most = "30d"},
           [](Settings& s) -> auto& { return s.stream.idle_flush; }),
      bind({.name = "stream.checkpoint_interval",
            .type = duration,
            .help = "time between two commits while records arrive",
            .at_least = "1ms",
            .at_most = "1d"},
           [](Settings& s) -> auto& { return s.stream.checkpoint_interval; }),
      bind({.name = "stream.commit_records",
            .type = integer,
            .help = "records after which a partition commits at the latest",
            .at_least = "1",
            .at_most = "100000000"},
           [](Settings& s) -> auto& { return s.stream.commit_records; }),
      bind({.name = "stream.batch_records",
            .type = integer,
            .help = "records that are decoded at once",
            .at_least = "1",
            .at_most = "1000000"},
           [](Settings& s) -> auto& { return s.stream.batch_records; }),
      bind({.name = "stream.dedup_memory",
            .type = bytes,
            .help = "memory for the keys by which duplicates are found; more of them go to disk",
            .at_least = "64KiB",
            .at_most = "1TiB"},
           [](Settings& s) -> auto& { return s.stream.dedup_bytes; }),
      bind({.name = "stream.files_max",
            .type = integer,
            .help = "files of a table in one folder; where there are more, small ones are merged; 0: never",
            .at_least = "0",
            .at_most = "100000"},
           [](Settings& s) -> auto& { return s.stream.files_max; }),
      bind({.name = "stream.threads",
            .type = integer,
            .help = "threads that work on partitions; 0: one for each core",
            .at_least = "0",
            .at_most = "1024"},
           [](Settings& s) -> auto& { return s.stream.threads; }),
  };
}

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> settings = storage_settings();
    std::ranges::move(batch_settings(), std::back_inserter(settings));
    std::ranges::move(forecast_settings(), std::back_inserter(settings));
    std::ranges::move(stream_settings(), std::back_inserter(settings));
    return settings;
  }();
  return all;
}

}  // namespace

const ConfigSchema& settings_schema() {
  static const ConfigSchema schema = [] {
    ConfigSchema built;
    built.environment_prefix = "MILLRACE_";
    for (const Setting& setting : all_settings()) {
      built.keys.push_back(setting.key);
    }
    built.future_sections = {"gcp", "bigquery", "spark", "airflow", "serve"};
    // The file itself (program.cc), and what tools/ and tests/ read (tests/README.md).
    built.other_variables = {"MILLRACE_CONFIG",    "MILLRACE_BIN",       "MILLRACE_SHARED",
                             "MILLRACE_TEST_SEED", "MILLRACE_TEST_FULL", "MILLRACE_FUZZ_SECONDS"};
    return built;
  }();
  return schema;
}

Settings settings_from(const Config& config) {
  Settings settings;
  for (const Setting& setting : all_settings()) {
    setting.assign(config.value(setting.key.name), settings);
  }
  return settings;
}

Result<Settings> load_settings(const ConfigSources& sources) {
  ASSIGN_OR_RETURN(const Config config, Config::load(settings_schema(), sources));
  return settings_from(config);
}

}  // namespace millrace
