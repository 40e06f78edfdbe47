#include "ingest/log_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include "base/temporary_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LogFolder, takes_the_topic_names_that_kafka_takes) {
  for (const std::string& name :
       std::vector<std::string>{"ecommerce_events", "a", "A.b-C_9", "...", std::string(249, 't')}) {
    EXPECT_TRUE(check_topic_name(name)) << name;
  }
  for (const std::string& name :
       std::vector<std::string>{"", ".", "..", "a/b", "../lake", "a b", "caf\xc3\xa9", "a\n", std::string(250, 't')}) {
    const Result<void> checked = check_topic_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().fault, Fault::invalid);
  }
}

TEST(LogFolder, names_a_segment_by_its_first_offset) {
  EXPECT_EQ(segment_name(0), "00000000000000000000.ndjson");
  EXPECT_EQ(segment_name(4711), "00000000000000004711.ndjson");
  EXPECT_EQ(segment_offset("00000000000000004711.ndjson"), 4711);
  EXPECT_EQ(segment_offset("09223372036854775807.ndjson"), INT64_MAX);
}

TEST(LogFolder, passes_over_names_that_are_no_segments) {
  for (const char* name : {"", ".lock", "0.ndjson", "0000000000000000000.ndjson", "000000000000000000000.ndjson",
                           "-0000000000000000001.ndjson", "+0000000000000000001.ndjson", "0000000000000000000x.ndjson",
                           "00000000000000000000.ndjson.draft", "00000000000000000000_ndjson",
                           "09223372036854775808.ndjson", "99999999999999999999.ndjson"}) {
    EXPECT_EQ(segment_offset(name), std::nullopt) << name;
  }
}

TEST(LogFolder, lists_segments_in_ascending_order) {
  const TemporaryFolder folder;
  EXPECT_THAT(list_segments(folder.path() / "0")->size(), 0);
  for (const char* name : {"00000000000000000100.ndjson", "00000000000000000020.ndjson", ".lock", "notes.txt"}) {
    write_text(folder.path() / "0" / name, "");
  }
  const auto segments = list_segments(folder.path() / "0");
  ASSERT_TRUE(segments);
  ASSERT_EQ(segments->size(), 2);
  EXPECT_EQ((*segments)[0].first, 20);
  EXPECT_EQ((*segments)[1].first, 100);
  EXPECT_EQ((*segments)[1].path, folder.path() / "0" / "00000000000000000100.ndjson");
}

TEST(LogFolder, lists_partitions_by_number_and_nothing_else) {
  const TemporaryFolder folder;
  EXPECT_THAT(*list_partitions(folder.path() / "missing"), IsEmpty());
  for (const char* name : {"10", "2", "0", "007", "-1", "1x", "2147483648", ".0.draft"}) {
    fs::create_directories(folder.path() / name);
  }
  EXPECT_THAT(*list_partitions(folder.path()), ElementsAre(0, 2, 10));
}

TEST(LogFolder, creates_a_topic_once) {
  const TemporaryFolder folder;
  const fs::path topic = folder.path() / "log" / "events";
  ASSERT_TRUE(create_topic(topic, 3));
  EXPECT_THAT(*list_partitions(topic), ElementsAre(0, 1, 2));
  ASSERT_TRUE(create_topic(topic, 5));
  EXPECT_THAT(*list_partitions(topic), ElementsAre(0, 1, 2));
}

TEST(LogFolder, fills_an_empty_topic_folder) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "events");
  ASSERT_TRUE(create_topic(folder.path() / "events", 2));
  EXPECT_THAT(*list_partitions(folder.path() / "events"), ElementsAre(0, 1));
}

TEST(LogFolder, does_not_take_a_folder_that_holds_other_things_for_a_topic) {
  const TemporaryFolder folder;
  write_text(folder.path() / "events" / "notes.txt", "mine");
  const Result<void> created = create_topic(folder.path() / "events", 2);
  ASSERT_FALSE(created);
  EXPECT_THAT(created.error().message, HasSubstr("must be new or empty"));
  EXPECT_THAT(*list_folder(folder.path()), ElementsAre("events"));
  EXPECT_THAT(*list_folder(folder.path() / "events"), ElementsAre("notes.txt"));
}

TEST(LogFolder, says_where_a_topic_cannot_be_created) {
  const TemporaryFolder folder;
  write_text(folder.path() / "file", "");
  EXPECT_FALSE(create_topic(folder.path() / "file" / "events", 2));
}

TEST(LogFolder, gives_a_topic_one_number_of_partitions_when_many_create_it_at_once) {
  const TemporaryFolder folder;
  for (int round = 0; round < 20; ++round) {
    const fs::path topic = folder.path() / std::to_string(round);
    constexpr int kThreads = 8;
    std::barrier together(kThreads);
    std::vector<std::jthread> threads;
    for (int count = 1; count <= kThreads; ++count) {
      threads.emplace_back([&, count] {
        together.arrive_and_wait();
        EXPECT_TRUE(create_topic(topic, count));
      });
    }
    threads.clear();
    const auto partitions = list_partitions(topic);
    ASSERT_TRUE(partitions);
    ASSERT_FALSE(partitions->empty());
    EXPECT_EQ(partitions->back() + 1, static_cast<Partition>(partitions->size()));
  }
  EXPECT_EQ(list_folder(folder.path())->size(), 20) << "drafts were left behind";
}

}  // namespace
}  // namespace millrace
