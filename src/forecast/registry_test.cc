#include "forecast/registry.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/format.h"
#include "base/hash.h"
#include "base/temporary_folder.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

const Instant kNow = start_of(day_from_civil({.year = 2024, .month = 3, .day = 1}));

class RegistryTest : public ::testing::Test {
 protected:
  fs::path path(std::string_view name) const { return folder_.path() / name; }
  void overwrite(const fs::path& file, std::string_view bytes) {
    ASSERT_TRUE(remove_file(file));
    ASSERT_TRUE(create_durably(file, bytes));
  }
  Fault fault_of_load(const ModelVersion& version) {
    const auto loaded = registry_.load(version);
    EXPECT_FALSE(loaded);
    return loaded ? Fault::conflict : loaded.error().fault;
  }

  TemporaryFolder folder_;
  Registry registry_{folder_.path()};
  const ModelFiles files_{{"a.ubj", std::string("trees\0and more", 14)}, {"b.json", "{}"}};
};

TEST_F(RegistryTest, versions_count_up_and_hold_what_was_given) {
  const auto first = registry_.add("xgboost", {{"skill", 0.25}}, files_);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*first, (ModelVersion{"xgboost", 1}));
  for (int version = 2; version <= 11; ++version) {
    EXPECT_EQ(registry_.add("xgboost", Json::object(), files_)->version, version);
  }
  EXPECT_EQ(registry_.add("linear_regression", Json::object(), {})->version, 1);
  EXPECT_EQ(registry_.versions("xgboost")->back().version, 11);  // by number, not by name
  EXPECT_TRUE(registry_.versions("nobody")->empty());
  const auto loaded = registry_.load(*first);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->files, files_);
  EXPECT_EQ(loaded->metadata.at("skill"), 0.25);
  EXPECT_EQ(loaded->metadata.at("version"), 1);
  EXPECT_EQ(loaded->metadata.at("format_version"), 1);
}

TEST_F(RegistryTest, the_champion_is_a_pointer_that_moves) {
  EXPECT_EQ(registry_.champion().error().fault, Fault::not_found);
  EXPECT_EQ(registry_.find("champion").error().fault, Fault::not_found);
  const auto first = *registry_.add("xgboost", Json::object(), files_);
  const auto second = *registry_.add("xgboost", Json::object(), files_);
  ASSERT_TRUE(registry_.promote(first, kNow, "first"));
  EXPECT_EQ(*registry_.champion(), first);
  ASSERT_TRUE(registry_.promote(second, kNow, "better"));
  EXPECT_EQ(*registry_.find("champion"), second);
  EXPECT_EQ(*registry_.find("xgboost"), second);
  EXPECT_EQ(*registry_.find("xgboost/1"), first);
  EXPECT_EQ(registry_.find("linear_regression").error().fault, Fault::not_found);
  EXPECT_EQ(registry_.promote({"xgboost", 9}, kNow, "no").error().fault, Fault::not_found);
  EXPECT_EQ(*registry_.champion(), second);
}

TEST_F(RegistryTest, each_change_of_the_champion_is_noted) {
  EXPECT_TRUE(registry_.promotions()->empty());
  const auto first = *registry_.add("xgboost", Json::object(), files_);
  const auto second = *registry_.add("ensemble", Json::object(), files_);
  ASSERT_TRUE(registry_.promote(first, kNow, "first"));
  ASSERT_TRUE(registry_.promote(second, kNow, "better", {{"p_value", 0.01}}));
  const auto promotions = registry_.promotions();
  ASSERT_TRUE(promotions) << promotions.error().message;
  ASSERT_EQ(promotions->size(), 2U);
  EXPECT_EQ(promotions->front().version, first);
  EXPECT_FALSE(promotions->front().replaced);
  EXPECT_EQ(promotions->back().version, second);
  EXPECT_EQ(*promotions->back().replaced, first);
  EXPECT_EQ(promotions->back().reason, "better");
  EXPECT_EQ(promotions->back().evidence.at("p_value"), 0.01);
  EXPECT_EQ(promotions->back().at, kNow);
  EXPECT_EQ(*registry_.names(), (std::vector<std::string>{"ensemble", "xgboost"}));
}

TEST_F(RegistryTest, rolling_back_goes_from_champion_to_champion) {
  EXPECT_EQ(registry_.roll_back(kNow).error().fault, Fault::not_found);
  std::vector<ModelVersion> versions;
  for (int i = 0; i < 3; ++i) {
    versions.push_back(*registry_.add("xgboost", Json::object(), files_));
    ASSERT_TRUE(registry_.promote(versions.back(), kNow, "newer"));
  }
  EXPECT_EQ(*registry_.roll_back(kNow), versions[1]);
  EXPECT_EQ(*registry_.roll_back(kNow), versions[0]) << "a second one goes on, not back to the last";
  EXPECT_EQ(registry_.roll_back(kNow).error().fault, Fault::not_found);
  EXPECT_EQ(*registry_.champion(), versions[0]);
  ASSERT_TRUE(registry_.promote(versions[2], kNow, "by hand"));
  EXPECT_EQ(*registry_.roll_back(kNow), versions[0]);
  EXPECT_EQ(registry_.promotions()->size(), 7U) << "nothing is ever taken out of the history";
}

TEST_F(RegistryTest, a_history_of_promotions_that_is_damaged_is_told) {
  const auto first = *registry_.add("xgboost", Json::object(), files_);
  ASSERT_TRUE(registry_.promote(first, kNow, "first"));
  ASSERT_TRUE(remove_file(folder_.path() / "promotions.jsonl"));
  ASSERT_TRUE(create_durably(folder_.path() / "promotions.jsonl", "{}\n"));
  EXPECT_EQ(registry_.promotions().error().fault, Fault::corrupt);
  EXPECT_EQ(registry_.promote(first, kNow, "again").error().fault, Fault::corrupt);
  EXPECT_EQ(*registry_.champion(), first);
}

TEST_F(RegistryTest, names_that_are_paths_are_refused) {
  for (const char* name : {"", "..", "a/b", "../x", "Xgboost", "champion", ".new", "a b"}) {
    EXPECT_EQ(registry_.add(name, Json::object(), files_).error().fault, Fault::invalid) << name;
  }
  for (const char* text :
       {"xgboost/0", "xgboost/01", "xgboost/-1", "xgboost/99999999999", "xgboost/", "../xgboost/1"}) {
    EXPECT_FALSE(registry_.find(text)) << text;
  }
}

TEST_F(RegistryTest, every_flipped_or_missing_byte_is_noticed) {
  const auto version = *registry_.add("xgboost", {{"skill", 1}}, files_);
  const fs::path folder = path("xgboost/1");
  for (const char* name : {"a.ubj", "b.json", "metadata.json"}) {
    const std::string bytes = *read_file(folder / name);
    std::string flipped = bytes;
    flipped[flipped.size() / 2] ^= 1;
    for (const std::string& damage : {flipped, bytes.substr(1), bytes + "x", std::string()}) {
      overwrite(folder / name, damage);
      EXPECT_EQ(fault_of_load(version), Fault::corrupt) << name;
      EXPECT_THAT(registry_.load(version).error().message, HasSubstr(name));
    }
    ASSERT_TRUE(remove_file(folder / name));
    EXPECT_EQ(fault_of_load(version), Fault::corrupt);
    overwrite(folder / name, bytes);
    EXPECT_TRUE(registry_.load(version));
  }
}

TEST_F(RegistryTest, a_broken_or_newer_list_of_checksums_is_noticed) {
  const auto version = *registry_.add("xgboost", Json::object(), files_);
  const fs::path list = path("xgboost/1/checksums.json");
  const std::string bytes = *read_file(list);
  for (const char* damage : {"", "{", "[]", "{}", R"({"format_version":1,"files":{}})", R"({"format_version":"1"})",
                             R"({"format_version":1,"files":{"metadata.json":{"bytes":"x","xxh3_64":"0"}}})",
                             R"({"format_version":1,"files":{"../1/metadata.json":{"bytes":1,"xxh3_64":"0"}}})"}) {
    overwrite(list, damage);
    EXPECT_EQ(fault_of_load(version), Fault::corrupt) << damage;
  }
  overwrite(list, R"({"format_version":2,"files":{}})");
  EXPECT_EQ(fault_of_load(version), Fault::invalid);
  ASSERT_TRUE(remove_file(list));
  EXPECT_EQ(fault_of_load(version), Fault::corrupt);
  overwrite(list, bytes);
  EXPECT_TRUE(registry_.load(version));
}

TEST_F(RegistryTest, a_folder_under_another_name_is_foreign) {
  const auto version = *registry_.add("xgboost", Json::object(), files_);
  ASSERT_TRUE(rename_file(path("xgboost/1"), path("xgboost/7")));
  EXPECT_EQ(fault_of_load(version), Fault::not_found);
  EXPECT_EQ(fault_of_load({"xgboost", 7}), Fault::corrupt);
}

TEST_F(RegistryTest, metadata_of_another_kind_is_foreign_even_with_its_checksum) {
  const auto version = *registry_.add("xgboost", Json::object(), {});
  for (const std::string bytes : {"[]", "{}", R"({"name":3,"version":"x"})"}) {
    overwrite(path("xgboost/1/metadata.json"), bytes);
    overwrite(path("xgboost/1/checksums.json"),
              format(R"({{"format_version":1,"files":{{"metadata.json":{{"bytes":{},"xxh3_64":"{:016x}"}}}}}})",
                     bytes.size(), hash64(bytes)));
    EXPECT_EQ(fault_of_load(version), Fault::corrupt) << bytes;
  }
}

TEST_F(RegistryTest, a_broken_pointer_is_corrupt) {
  for (const char* text : {"", "\n", "xgboost", "../../etc/1\n", "xgboost/x\n"}) {
    overwrite(path("champion"), text);
    EXPECT_EQ(registry_.champion().error().fault, Fault::corrupt) << text;
  }
}

TEST_F(RegistryTest, what_an_interrupted_training_left_does_not_count) {
  ASSERT_TRUE(make_folders(path("xgboost/.new")));
  ASSERT_TRUE(create_durably(path("xgboost/.new/half"), "x"));
  ASSERT_TRUE(make_folders(path("xgboost/notes")));
  EXPECT_TRUE(registry_.versions("xgboost")->empty());
  EXPECT_EQ(*registry_.add("xgboost", Json::object(), files_), (ModelVersion{"xgboost", 1}));
  EXPECT_EQ(registry_.load({"xgboost", 1})->files, files_);
}

TEST_F(RegistryTest, two_who_add_at_once_get_two_versions) {
  {
    std::jthread other([&] {
      for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(Registry(folder_.path()).add("xgboost", Json::object(), files_));
      }
    });
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(registry_.add("xgboost", Json::object(), files_));
    }
  }
  EXPECT_EQ(registry_.versions("xgboost")->size(), 10U);
}

}  // namespace
}  // namespace millrace
