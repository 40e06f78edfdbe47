#include "lake/commit_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/format.h"
#include "lake/lake_testing.h"
#include "lake/tables.h"

namespace millrace {
namespace {

/// A record in which every field differs from its default and from every other.
CommitRecord full_record() {
  CommitRecord record{
      .topic = "ecommerce_events",
      .partition = 3,
      .sequence = 17,
      .first = 500,
      .from = 1'000,
      .to = {.offset = 1'105, .details = "00000000000000000000.ndjson 4711 \"ab\\cd\" \u00e4"},
      .committed_at = {1'705'320'000'123'456},
      .writer = "0123456789abcdef",
      .staging = "_staging/0123456789abcdef/ecommerce_events/3/17",
      .added = {{.table = "bronze/events",
                 .path = "bronze/events/event_date=2024-01-15/a.parquet",
                 .rows = 105,
                 .bytes = 4'096},
                {.table = "silver/cleaned_events",
                 .path = "silver/cleaned_events/b.parquet",
                 .rows = 5,
                 .bytes = std::numeric_limits<std::int64_t>::max()}},
      .removed = {"silver/cleaned_events/old-1.parquet", "silver/cleaned_events/old-2.parquet"},
      .present = std::vector<DataFile>{{.table = "bronze/events",
                                        .path = "bronze/events/event_date=2024-01-15/a.parquet",
                                        .rows = 105,
                                        .bytes = 4'096,
                                        .columns = 17,
                                        .merged_number = ~std::uint64_t{0} - 1}},
      .counts = {},
      .totals = {},
      .high_mark = Instant{1'705'319'999'000'001},
      .state = {.path = "_commits/ecommerce_events/3/17.state",
                .full = true,
                .bytes = 77,
                .checksum = "00ff00ff00ff00ff",
                .runs = {"_commits/ecommerce_events/3/w-16-0.run", "_commits/ecommerce_events/3/w-17-1.run"},
                .added_runs = {"_commits/ecommerce_events/3/w-17-1.run"}}};
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    record.counts[i] = static_cast<std::int64_t>(i + 1);  // 105 in all
    record.totals[i] = static_cast<std::int64_t>(1'000 + i);
  }
  return record;
}

void expect_equal(const CommitRecord& a, const CommitRecord& b) {
  EXPECT_EQ(a.topic, b.topic);
  EXPECT_EQ(a.partition, b.partition);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.from, b.from);
  EXPECT_EQ(a.to.offset, b.to.offset);
  EXPECT_EQ(a.to.details, b.to.details);
  EXPECT_EQ(a.committed_at, b.committed_at);
  EXPECT_EQ(a.writer, b.writer);
  EXPECT_EQ(a.staging, b.staging);
  ASSERT_EQ(a.added.size(), b.added.size());
  for (std::size_t i = 0; i < a.added.size(); ++i) {
    EXPECT_EQ(a.added[i].table, b.added[i].table);
    EXPECT_EQ(a.added[i].path, b.added[i].path);
    EXPECT_EQ(a.added[i].rows, b.added[i].rows);
    EXPECT_EQ(a.added[i].bytes, b.added[i].bytes);
  }
  EXPECT_EQ(a.first, b.first);
  EXPECT_EQ(a.removed, b.removed);
  ASSERT_EQ(a.present.has_value(), b.present.has_value());
  ASSERT_EQ(a.present ? a.present->size() : 0, b.present ? b.present->size() : 0);
  for (std::size_t i = 0; a.present && i < a.present->size(); ++i) {
    EXPECT_EQ((*a.present)[i].path, (*b.present)[i].path);
    EXPECT_EQ((*a.present)[i].rows, (*b.present)[i].rows);
    EXPECT_EQ((*a.present)[i].columns, (*b.present)[i].columns);
    EXPECT_EQ((*a.present)[i].merged_number, (*b.present)[i].merged_number);
  }
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.totals, b.totals);
  EXPECT_EQ(a.high_mark, b.high_mark);
  EXPECT_EQ(a.state.path, b.state.path);
  EXPECT_EQ(a.state.full, b.state.full);
  EXPECT_EQ(a.state.bytes, b.state.bytes);
  EXPECT_EQ(a.state.checksum, b.state.checksum);
  EXPECT_EQ(a.state.runs, b.state.runs);
  EXPECT_EQ(a.state.added_runs, b.state.added_runs);
}

Json full_json() { return Json::parse(to_text(full_record())); }

Result<CommitRecord> read(const Json& json) { return commit_record_from(json.dump(), "record.json"); }

void expect_corrupt(const Json& json, std::string_view why) {
  const Result<CommitRecord> record = read(json);
  ASSERT_FALSE(record) << why;
  EXPECT_EQ(record.error().fault, Fault::corrupt) << why << ": " << record.error().message;
  EXPECT_NE(record.error().message.find("record.json"), std::string::npos) << record.error().message;
}

TEST(CommitRecord, ReadsBackWithEveryField) {
  const Result<CommitRecord> record = commit_record_from(to_text(full_record()), "record.json");
  ASSERT_TRUE(record) << words(record);
  expect_equal(*record, full_record());
}

TEST(CommitRecord, ReadsBackWithNothingInIt) {
  const CommitRecord empty;
  const Result<CommitRecord> record = commit_record_from(to_text(empty), "record.json");
  ASSERT_TRUE(record) << words(record);
  expect_equal(*record, empty);
}

TEST(CommitRecord, IsOneJsonDocumentWithTheFormatVersionFirst) {
  const std::string text = to_text(full_record());
  const Json json = Json::parse(text);
  EXPECT_EQ(json.begin().key(), "format_version");
  EXPECT_EQ(json.at("format_version"), kFormatVersion);
  EXPECT_EQ(json.at("from"), 1'000);
  EXPECT_EQ(json.at("to"), 1'105);
  EXPECT_EQ(json.at("add").at(0).at("path"), "bronze/events/event_date=2024-01-15/a.parquet");
  EXPECT_EQ(json.at("remove").at(1), "silver/cleaned_events/old-2.parquet");
  EXPECT_EQ(text.back(), '\n');
}

TEST(CommitRecord, IsTheSameTextForTheSameRecord) { EXPECT_EQ(to_text(full_record()), to_text(full_record())); }

TEST(CommitRecord, EveryPrefixOfItsTextIsCorrupt) {
  const std::string text = to_text(full_record());
  for (std::size_t bytes = 0; bytes + 1 < text.size(); ++bytes) {  // without the last newline it is still whole
    const Result<CommitRecord> record = commit_record_from(std::string_view(text).substr(0, bytes), "record.json");
    ASSERT_FALSE(record) << bytes;
    EXPECT_EQ(record.error().fault, Fault::corrupt) << bytes;
  }
}

TEST(CommitRecord, TextBehindItIsCorrupt) {
  EXPECT_EQ(commit_record_from(to_text(full_record()) + "}", "record.json").error().fault, Fault::corrupt);
  EXPECT_EQ(commit_record_from(to_text(full_record()) + to_text(full_record()), "x").error().fault, Fault::corrupt);
}

TEST(CommitRecord, EveryByteCanBeDamagedWithoutACrash) {
  const std::string text = to_text(full_record());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char damage : {'\0', '"', '9'}) {
      std::string damaged = text;
      damaged[i] = damage;
      const Result<CommitRecord> record = commit_record_from(damaged, "record.json");
      if (!record) {
        EXPECT_TRUE(record.error().fault == Fault::corrupt || record.error().fault == Fault::invalid);
      }
    }
  }
}

TEST(CommitRecord, AJsonThatIsNoObjectIsCorrupt) {
  for (const char* text : {"null", "true", "17", "1e400", "\"text\"", "[]", "[1,2]", "{}"}) {
    const Result<CommitRecord> record = commit_record_from(text, "record.json");
    ASSERT_FALSE(record) << text;
    EXPECT_EQ(record.error().fault, Fault::corrupt) << text;
  }
}

/// Calls visit(copy of the record, the value in it, its path) for every value anywhere in a full record.
template <class Visit>
void for_each_value(Visit visit) {
  const Json full = full_json();
  const Json flat = full.flatten();
  std::vector<Json::json_pointer> pointers;
  for (const auto& [path, value] : flat.items()) {
    for (Json::json_pointer pointer(path); !pointer.empty(); pointer.pop_back()) {
      if (std::ranges::find(pointers, pointer) == pointers.end()) {
        pointers.push_back(pointer);
      }
    }
  }
  EXPECT_GE(pointers.size(), 60U);
  for (const Json::json_pointer& pointer : pointers) {
    Json json = full;
    visit(json, json.at(pointer), pointer.to_string());
  }
}

TEST(CommitRecord, AValueOfAnotherTypeIsCorruptWhereverItStands) {
  for (const char* other : {"null", "true", "false", "1.5", "1e300", "\"text\"", "\"\"", "[]", "{}", "[[]]", "[1]"}) {
    const Json wrong = Json::parse(other);
    for_each_value([&](Json& json, Json& value, const std::string& path) {
      if (value.type() == wrong.type() || (path == "/high_mark" && wrong.is_null())) {
        return;
      }
      value = wrong;
      expect_corrupt(json, format("{} in {}", other, path));
    });
  }
}

TEST(CommitRecord, AnIntegerWhereAnotherTypeBelongsIsCorrupt) {
  for_each_value([&](Json& json, Json& value, const std::string& path) {
    if (!value.is_number()) {
      value = 1;
      expect_corrupt(json, path);
    }
  });
}

TEST(CommitRecord, ANumberThatIsNegativeOrDoesNotFitIsCorrupt) {
  for_each_value([&](Json& json, Json& value, const std::string& path) {
    if (!value.is_number()) {
      return;
    }
    value = -1;
    expect_corrupt(json, path + " -1");
    value = std::numeric_limits<std::uint64_t>::max();
    if (path == "/format_version") {
      EXPECT_FALSE(read(json)) << path;
    } else if (!path.ends_with("merged_number")) {  // which may be any
      expect_corrupt(json, path + " 2^64 - 1");
    }
  });
  Json json = full_json();
  json["partition"] = std::int64_t{1} << 32;
  expect_corrupt(json, "a partition of 2^32 is not partition 0");
}

TEST(CommitRecord, AMissingFieldIsCorruptAndNamed) {
  for (const char* name :
       {"format_version", "topic", "partition", "sequence", "first", "from", "to", "log_position", "committed_at",
        "writer", "staging", "counts", "totals", "high_mark", "state", "add", "remove"}) {
    Json json = full_json();
    ASSERT_EQ(json.erase(name), 1U) << name;
    expect_corrupt(json, name);
    EXPECT_NE(read(json).error().message.find(name), std::string::npos) << read(json).error().message;
  }
  for (const char* name : {"table", "path", "rows", "bytes"}) {
    Json json = full_json();
    ASSERT_EQ(json["add"][1].erase(name), 1U);
    expect_corrupt(json, name);
  }
  for (const char* name : {"path", "full", "bytes", "xxh3_64"}) {
    Json json = full_json();
    ASSERT_EQ(json["state"].erase(name), 1U);
    expect_corrupt(json, name);
  }
}

TEST(CommitRecord, ATimeThatIsNoneIsCorrupt) {
  for (const char* name : {"committed_at", "high_mark"}) {
    for (const char* text : {"", "yesterday", "2024-02-30T00:00:00Z", "2024-01-15T10:30:00.000Z "}) {
      Json json = full_json();
      json[name] = text;
      expect_corrupt(json, format("{} \"{}\"", name, text));
    }
  }
}

TEST(CommitRecord, AnUnknownOutcomeIsCorruptAndNamed) {
  for (const char* name : {"counts", "totals"}) {
    Json json = full_json();
    json[name]["vanished"] = 1;
    expect_corrupt(json, name);
    EXPECT_NE(read(json).error().message.find("vanished"), std::string::npos) << read(json).error().message;
  }
}

TEST(CommitRecord, AnIntervalThatGoesBackIsCorrupt) {
  Json json = full_json();
  json["to"] = 999;
  expect_corrupt(json, "to < from");
}

TEST(CommitRecord, CountsThatAreNotTheIntervalsRecordsAreCorrupt) {
  Json json = full_json();
  json["counts"]["silver"] = 2;  // one more than the interval holds
  expect_corrupt(json, "conservation");
}

TEST(CommitRecord, AFieldOfALaterBuildIsPassedOver) {
  Json json = full_json();
  json["added_later"] = Json::parse(R"({"x":[1,2]})");
  json["state"]["added_later"] = 1;
  const Result<CommitRecord> record = read(json);
  ASSERT_TRUE(record) << words(record);
  expect_equal(*record, full_record());
}

TEST(CommitRecord, ANewerFormatIsRefusedWithWordsWhateverElseIsInIt) {
  Json json = full_json();
  json["format_version"] = kFormatVersion + 1;
  for (const bool other_fields_too : {false, true}) {
    if (other_fields_too) {
      json = {{"format_version", kFormatVersion + 1}, {"from", "in another shape"}};
    }
    const Result<CommitRecord> record = read(json);
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().fault, Fault::invalid);
    EXPECT_NE(record.error().message.find("use a newer millrace"), std::string::npos) << record.error().message;
    EXPECT_NE(record.error().message.find("record.json"), std::string::npos) << record.error().message;
  }
}

}  // namespace
}  // namespace millrace
