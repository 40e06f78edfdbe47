#include "lake/tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace millrace {
namespace {

using enum ColumnType;

struct Promise {
  ColumnType type;
  bool nullable;
  bool operator==(const Promise&) const = default;
};
using Promises = std::map<std::string, Promise, std::less<>>;

Promises columns_of(const TableSpec& spec) {
  Promises columns;
  for (const ColumnSpec& column : spec.columns) {
    EXPECT_TRUE(columns.emplace(column.name, Promise{column.type, column.nullable}).second)
        << spec.name << " has twice: " << column.name;
  }
  return columns;
}

/// What differs, in words.
void expect_columns(const TableSpec& spec, const Promises& promised) {
  const Promises found = columns_of(spec);
  for (const auto& [name, promise] : promised) {
    const auto column = found.find(name);
    if (column == found.end()) {
      ADD_FAILURE() << spec.name << " lacks " << name;
      continue;
    }
    EXPECT_EQ(column->second.type, promise.type) << spec.name << " " << name;
    EXPECT_EQ(column->second.nullable, promise.nullable) << spec.name << " " << name;
  }
  for (const auto& [name, column] : found) {
    EXPECT_TRUE(promised.contains(name)) << spec.name << " has a column that CONTRACT.md does not know: " << name;
  }
}

// CONTRACT.md, "The lake", the table of tables; retyped here so that a slip in tables.cc is seen.
const Promises kSilverPromise = {
    {"log_partition", {int32, false}}, {"log_offset", {int64, false}}, {"event_time", {timestamp, false}},
    {"user_id", {text, false}},        {"product_id", {text, false}},  {"price", {decimal_18_4, false}},
    {"quantity", {int32, false}},      {"event_type", {text, false}},  {"revenue", {decimal_18_4, false}},
    {"event_id", {text, true}},        {"order_id", {text, true}},     {"session_id", {text, true}},
};
const Promises kWindowPromise = {
    {"window_start", {timestamp, false}},
    {"window_end", {timestamp, false}},
    {"product_id", {text, false}},
    {"category", {text, false}},
    {"revenue", {decimal_38_4, false}},
    {"orders", {int64, false}},
    {"units", {int64, false}},
    {"price_sum", {decimal_38_4, false}},
    {"views", {int64, false}},
    {"carts", {int64, false}},
    {"returns", {int64, false}},
    {"returned_units", {int64, false}},
    {"returned_revenue", {decimal_38_4, false}},
};

TEST(Tables, BronzeHasTheColumnsOfTheContract) {
  expect_columns(kBronzeEvents, {
                                    {"log_partition", {int32, false}},
                                    {"log_offset", {int64, false}},
                                    {"log_time", {timestamp, true}},
                                    {"key", {binary, true}},
                                    {"headers", {text, true}},
                                    {"ingest_time", {timestamp, false}},
                                    {"event_time", {text, true}},
                                    {"user_id", {text, true}},
                                    {"product_id", {text, true}},
                                    {"category", {text, true}},
                                    {"price", {text, true}},
                                    {"quantity", {text, true}},
                                    {"event_type", {text, true}},
                                    {"extra", {text, true}},
                                    {"raw", {binary, true}},
                                    {"raw_bytes", {int64, false}},
                                    {"outcome", {text, false}},
                                });
}

TEST(Tables, SilverHasTheColumnsOfTheContract) { expect_columns(kSilverEvents, kSilverPromise); }

TEST(Tables, LateHasSilversColumnsTheCategoryAndWhatWasKnownOfTheId) {
  Promises promised = kSilverPromise;
  promised["category"] = {text, false};
  promised["id_was_in_silver"] = {boolean, true};
  expect_columns(kLateEvents, promised);
}

TEST(Tables, QuarantineHasTheColumnsOfTheContract) {
  expect_columns(kQuarantineEvents, {
                                        {"log_partition", {int32, false}},
                                        {"log_offset", {int64, false}},
                                        {"ingest_time", {timestamp, false}},
                                        {"field", {text, true}},
                                        {"raw", {binary, false}},
                                    });
}

TEST(Tables, BothWindowTablesHaveTheColumnsOfTheContract) {
  expect_columns(kWindows5m, kWindowPromise);
  expect_columns(kWindows1h, kWindowPromise);
}

TEST(Tables, PredictionsHaveTheColumnsOfTheContractBesideTheirFolder) {
  expect_columns(kDemandPredictions, {
                                         {"prediction_date", {date, false}},
                                         {"product_id", {text, false}},
                                         {"category", {text, false}},
                                         {"predicted_demand", {real, false}},
                                         {"p10", {real, false}},
                                         {"p50", {real, false}},
                                         {"p90", {real, false}},
                                         {"prediction_horizon", {text, false}},
                                         {"model_name", {text, false}},
                                         {"model_version", {int64, false}},
                                         {"created_at", {timestamp, false}},
                                     });
}

TEST(Tables, AreTheSixThatTheStreamWrites) {
  std::set<std::string_view> names;
  for (const TableSpec* table : stream_tables()) {
    names.insert(table->name);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"bronze/events", "silver/cleaned_events", "silver/late_events",
                                               "quarantine/events", "windows/product_5m", "windows/product_1h"}));
  EXPECT_EQ(stream_tables().size(), names.size());
}

TEST(Tables, NeverHaveAHiveFolderAmongTheColumns) {
  for (const TableSpec* table : stream_tables()) {
    const Promises columns = columns_of(*table);
    EXPECT_FALSE(columns.contains("event_date")) << table->name;
    EXPECT_FALSE(columns.contains("ingest_date")) << table->name;
    EXPECT_FALSE(columns.contains("reason")) << table->name;
  }
  EXPECT_FALSE(columns_of(kSilverEvents).contains("category"));
}

TEST(Tables, ADeltaEncodingStandsOnlyOnWholeNumbers) {
  for (const TableSpec* table : stream_tables()) {
    for (const ColumnSpec& column : table->columns) {
      if (column.encoding == Encoding::delta) {
        EXPECT_TRUE(column.type == int32 || column.type == int64 || column.type == timestamp) << column.name;
      }
    }
  }
}

TEST(PercentEncode, KeepsLettersDigitsAndThreeSignsAndEscapesEveryOtherByte) {
  const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const char* const digits = "0123456789ABCDEF";
    const std::string escaped = {'%', digits[byte / 16], digits[byte % 16]};
    const bool kept = plain.contains(c);
    EXPECT_EQ(percent_encode(std::string(1, c)), kept ? std::string(1, c) : escaped) << "byte " << byte;
  }
  EXPECT_EQ(percent_encode(plain), plain);
  EXPECT_EQ(percent_encode(""), "");
}

TEST(PercentEncode, EscapesTextsByteByByte) {
  EXPECT_EQ(percent_encode("Home & Garden"), "Home%20%26%20Garden");
  EXPECT_EQ(percent_encode("Möbel"), "M%C3%B6bel");
  EXPECT_EQ(percent_encode("100%"), "100%25");
  EXPECT_EQ(percent_encode("../a=b/c"), "..%2Fa%3Db%2Fc");
  EXPECT_EQ(percent_encode(std::string_view("\0", 1)), "%00");
}

TEST(HiveFolder, IsNameAndValue) {
  EXPECT_EQ(hive_folder("category", "Home & Garden"), "category=Home%20%26%20Garden");
  EXPECT_EQ(hive_folder("event_date", "2024-01-15"), "event_date=2024-01-15");
}

TEST(HiveFolder, OfNothingIsTheNullPartition) {
  EXPECT_EQ(hive_folder("event_date", std::nullopt), "event_date=__HIVE_DEFAULT_PARTITION__");
}

TEST(HiveFolder, OfATextThatReadsLikeNullIsAnotherFolderThatDecodesToTheText) {
  EXPECT_EQ(hive_folder("category", "__HIVE_DEFAULT_PARTITION__"), "category=%5F_HIVE_DEFAULT_PARTITION__");
  EXPECT_EQ(hive_folder("category", "NULL"), "category=%4EULL");
  EXPECT_EQ(hive_folder("category", "null"), "category=%6Eull");
  EXPECT_EQ(hive_folder("category", "nUlL"), "category=%6EUlL");
  EXPECT_EQ(hive_folder("category", "nulls"), "category=nulls");
  EXPECT_EQ(hive_folder("category", "nul"), "category=nul");
}

TEST(HiveFolder, DiffersForTextsThatDiffer) {
  const std::set<std::string_view> values = {"a",
                                             "A",
                                             "%61",
                                             "a ",
                                             " a",
                                             "a%20",
                                             "_",
                                             "%5F",
                                             "__HIVE_DEFAULT_PARTITION__",
                                             "%5F_HIVE_DEFAULT_PARTITION__",
                                             "null",
                                             "NULL",
                                             "%4EULL",
                                             ".",
                                             "..",
                                             "a/b",
                                             "a%2Fb",
                                             "a=b"};
  std::set<std::string> folders;
  for (const std::string_view value : values) {
    folders.insert(hive_folder("category", value));
  }
  EXPECT_EQ(folders.size(), values.size());
  for (const std::string& folder : folders) {
    EXPECT_EQ(std::ranges::count(folder, '/'), 0) << folder;
    EXPECT_EQ(std::ranges::count(folder, '='), 1) << folder;
  }
}

TEST(HiveFolder, OfTheLongestCategoryFitsAFileName) {
  EXPECT_LE(hive_folder("category", std::string(80, '/')).size(), 255U);
}

}  // namespace
}  // namespace millrace
