#include "warehouse/gold_manifest.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/temporary_folder.h"

namespace millrace {
namespace {

class GoldManifestTest : public testing::Test {
 protected:
  void write(std::string_view text) {
    ASSERT_TRUE(make_folders(folder_.path() / "gold"));
    ASSERT_TRUE(remove_file(folder_.path() / "gold/_manifest.json"));
    ASSERT_TRUE(create_durably(folder_.path() / "gold/_manifest.json", text));
  }

  TemporaryFolder folder_;
  LocalStore store_{folder_.path()};
};

TEST_F(GoldManifestTest, is_empty_where_there_is_no_gold) {
  const auto manifest = read_gold_manifest(store_);
  ASSERT_TRUE(manifest);
  EXPECT_TRUE(manifest->days.empty());
  EXPECT_FALSE(manifest->as_of);
}

TEST_F(GoldManifestTest, comes_back_as_it_was_written) {
  GoldManifest manifest{.version = 0xFFFFFFFFFFFFFFFF,
                        .days = {{Day{19'737}, 0}, {Day{19'738}, 0x8000000000000001}},
                        .as_of = Day{19'737}};
  ASSERT_TRUE(write_gold_manifest(store_, manifest));
  manifest.days[Day{19'739}] = 7;
  ASSERT_TRUE(write_gold_manifest(store_, manifest));
  const auto read = read_gold_manifest(store_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->version, manifest.version);
  EXPECT_EQ(read->days, manifest.days);
  EXPECT_EQ(read->as_of, manifest.as_of);
  EXPECT_EQ(*list_folder(folder_.path() / "gold"), std::vector<std::string>{"_manifest.json"});
}

TEST_F(GoldManifestTest, that_is_not_ours_is_corrupt) {
  for (const char* const text :
       {"", "{", "[]", "{}", R"({"format_version":2,"version":"00","days":{}})", R"({"format_version":1,"days":{}})",
        R"({"format_version":1,"version":"xyz","days":{}})",
        R"({"format_version":1,"version":"00","days":{"2024-13-01":"00"}})",
        R"({"format_version":1,"version":"00","days":{"2024-01-01":5}})"}) {
    write(text);
    const auto read = read_gold_manifest(store_);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().fault, Fault::corrupt) << text;
  }
}

}  // namespace
}  // namespace millrace
