// What the program is told by configuration: a plain struct, filled from flags, environment, file and defaults.
//
// The initializers below are the defaults; settings.cc gives each member its key, its help and its limits, and
// configs/config.yaml shows them all. Precedence: flag > environment MILLRACE_SECTION_KEY > file > default.
// Durations are lengths of time, names ending in `_bytes` are bytes. Every key has an effect that a test sees.
// Errors: invalid, one line for each problem, naming the file and line, the variable or the flag.
// Thread rule: plain values; filled once, then only read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"

namespace millrace {

struct ShopSettings {
  std::string time_zone = "UTC";  // IANA: whose days gold counts, and whose clock history's times are
  std::string currency;           // the only currency that events may name; empty: not checked
};

struct KafkaSettings {
  std::string topic = "ecommerce_events";         // also the folder of the embedded log
  std::int32_t partitions = 3;                    // of a topic that is created
  std::string group = "millrace";                 // under which the progress of the stream is shown at the broker
  std::string bootstrap_servers;                  // HOST:PORT, several with commas; empty: there is no Kafka
  std::map<std::string, std::string> properties;  // of librdkafka
};

/// The embedded log.
struct LogSettings {
  std::int64_t segment_bytes = std::int64_t{1} << 30;
  std::int64_t retention_bytes = 0;  // of a partition; 0: unlimited
  Duration retention_age;            // 0: unlimited
};

struct StreamSettings {
  std::string source = "log";  // or kafka
  Duration allowed_lateness = hours(2);
  Duration future_tolerance = minutes(15);
  std::int64_t max_categories = 1'000;   // a partition
  std::vector<std::string> event_types;  // enabled beside the four known ones
  Duration window_5m_delay = minutes(10);
  Duration window_1h_delay = hours(2);
  Duration idle_flush = minutes(15);  // open windows are emitted after this time without a record
  Duration checkpoint_interval = seconds(60);
  std::int64_t commit_records = 2'000'000;            // at most, in one commit
  std::int64_t batch_records = 1'024;                 // decoded at once
  std::int64_t dedup_bytes = std::int64_t{96} << 20;  // for keys of all partitions; more go to disk
  std::int64_t files_max = 24;                        // of a table in one folder; more are merged; 0: never
  std::int32_t threads = 0;                           // 0: one for each core
};

/// The shop's files of past sales.
struct HistorySettings {
  std::map<std::string, std::string> columns;  // a HistoryColumn's name -> its name in the file
  std::filesystem::path catalog;               // the shop's products; empty: none
  std::filesystem::path categories;            // rules for the products' categories; empty: kUsualCategories
};
constexpr std::string_view kUsualCategories = "configs/categories.yaml";  // where it exists

/// Rules about the data.
struct QualitySettings {
  std::filesystem::path rules;  // empty: kUsualQuality
};
constexpr std::string_view kUsualQuality = "configs/quality.yaml";  // where it exists

/// Who is told when the shop's figures are not what they should be.
struct AlertSettings {
  std::string webhook;     // an address of HTTP; empty: the log alone
  std::int32_t width = 4;  // of the expected band, in spreads to each side
};

/// Who is told what runs read and wrote.
struct LineageSettings {
  std::string to;  // a file, or an address of HTTP; empty: nobody
  std::string job_namespace = "millrace";
};

/// The embedded SQL engine.
struct WarehouseSettings {
  std::int64_t memory_bytes = std::int64_t{2} << 30;  // beyond it, queries spill to disk
  std::int32_t threads = 0;                           // 0: one for each core
};

/// Demand models.
struct MlSettings {
  std::int64_t seed = 1;
  std::vector<std::string> features;  // that a model sees; none: all
  std::int32_t rounds = 200;          // of boosting, as all down to tweedie_variance_power
  double learning_rate = 0.07;
  std::int32_t max_depth = 7;
  double min_child_weight = 20;
  double subsample = 0.8;
  double colsample = 0.6;
  double tweedie_variance_power = 1.3;
  std::int64_t rows_max = 300'000;   // that a model learns from; more are sampled
  std::int32_t age_days_max = 35;    // since a model has learnt, until it is stale
  std::filesystem::path promotions;  // the shop's planned ones; empty: none are known
};

/// What to buy.
struct ReorderSettings {
  std::int32_t lead_time_days = 7;  // of products whose catalog says nothing else
  double service_level = 0.95;
  std::int32_t order_days = 14;  // that an order shall last
};

struct LoggingSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

struct Settings {
  std::filesystem::path data_dir = "data";  // holds log/, lake/, models/
  ShopSettings shop;
  KafkaSettings kafka;
  LogSettings log;
  StreamSettings stream;
  QualitySettings quality;
  LineageSettings lineage;
  AlertSettings alerts;
  WarehouseSettings warehouse;
  MlSettings ml;
  ReorderSettings reorder;
  LoggingSettings logging;
  HistorySettings history;
};

/// Every key of this build, its default taken from `Settings{}`.
const ConfigSchema& settings_schema();

/// The settings that a loaded configuration of settings_schema() holds.
Settings settings_from(const Config& config);

/// Reads the sources and fills the struct; for whoever does not need the Config itself.
Result<Settings> load_settings(const ConfigSources& sources);

}  // namespace millrace
