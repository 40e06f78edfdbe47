#include "ingest/local_appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "ingest/local_log.h"
#include "ingest/log_folder.h"
#include "ingest/log_testing.h"
#include "ingest/partitioner.h"

namespace millrace {
namespace {

using log_testing::Line;
using log_testing::lines_from;
using log_testing::read_to_end;
using testing::HasSubstr;

class LocalAppenderTest : public testing::Test {
 protected:
  std::unique_ptr<LocalAppender> open(const LocalAppenderOptions& options = {}) {
    auto appender = LocalAppender::open(folder_.path(), "events", options);
    EXPECT_TRUE(appender) << appender.error().message;
    return *std::move(appender);
  }
  std::vector<Line> lines(Partition partition) const {
    const auto log = LocalLog::open(folder_.path(), "events");
    const auto reader = (*log)->open(partition, std::nullopt);
    EXPECT_TRUE(reader);
    return read_to_end(**reader);
  }
  fs::path segment(Partition partition) const {
    return partition_folder(folder_.path() / "events", partition) / segment_name(0);
  }

  const TemporaryFolder folder_;
};

TEST_F(LocalAppenderTest, puts_each_key_where_kafka_puts_it_and_keeps_the_order) {
  const auto appender = open();
  EXPECT_EQ(appender->partitions(), 3);
  std::vector<std::vector<std::string>> expected(3);
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = format("P{:05}", i % 37);
    const std::string record = format(R"({{"product_id":"{}","i":{}}})", key, i);
    expected[static_cast<std::size_t>(partition_of(key, 3))].push_back(record);
    ASSERT_TRUE(appender->append(key, record));
    if (i % 100 == 0) {
      ASSERT_TRUE(appender->flush());
    }
  }
  ASSERT_TRUE(appender->flush());
  ASSERT_TRUE(appender->sync());
  for (Partition partition = 0; partition < 3; ++partition) {
    EXPECT_EQ(lines(partition), lines_from(0, expected[static_cast<std::size_t>(partition)]));
  }
}

TEST_F(LocalAppenderTest, takes_the_number_of_partitions_from_the_disk) {
  ASSERT_TRUE(create_topic(folder_.path() / "events", 5));
  EXPECT_EQ(open()->partitions(), 5);
  EXPECT_EQ(open({.partitions = 7, .writer = {}})->partitions(), 5);
  fs::create_directories(folder_.path() / "events" / "9");
  EXPECT_EQ(open()->partitions(), 10);
}

TEST_F(LocalAppenderTest, refuses_names_and_options_that_cannot_work) {
  EXPECT_EQ(LocalAppender::open(folder_.path(), "a/b").error().fault, Fault::invalid);
  EXPECT_EQ(LocalAppender::open(folder_.path(), "e", {.partitions = 0, .writer = {}}).error().fault, Fault::invalid);
  EXPECT_EQ(LocalAppender::open(folder_.path(), "e", {.partitions = 10'001, .writer = {}}).error().fault,
            Fault::invalid);
  EXPECT_EQ(LocalAppender::open(folder_.path(), "e", {.writer = {.segment_bytes = 0, .retention = {}}}).error().fault,
            Fault::invalid);
  EXPECT_FALSE(fs::exists(folder_.path() / "e"));
  fs::create_directories(folder_.path() / "e" / "2000000000");
  EXPECT_EQ(LocalAppender::open(folder_.path(), "e").error().fault, Fault::invalid);
}

TEST_F(LocalAppenderTest, refuses_a_record_with_a_newline_and_stays_usable) {
  const auto appender = open({.partitions = 1, .writer = {}});
  ASSERT_TRUE(appender->append("k", "before"));
  for (const char* record : {"\n", "a\nb", "ab\n"}) {
    const Result<void> appended = appender->append("k", record);
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().fault, Fault::invalid);
  }
  ASSERT_TRUE(appender->append("k", "behind"));
  ASSERT_TRUE(appender->flush());
  EXPECT_EQ(lines(0), lines_from(0, {"before", "behind"}));
}

TEST_F(LocalAppenderTest, loses_what_was_not_flushed) {
  ASSERT_TRUE(open({.partitions = 1, .writer = {}})->append("k", "never flushed"));
  EXPECT_EQ(lines(0).size(), 0u);
}

TEST_F(LocalAppenderTest, flushes_by_itself_before_it_holds_too_much) {
  const auto appender = open({.partitions = 1, .writer = {}});
  const std::string record(1'000'000, 'x');
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(appender->append("k", record));
  }
  EXPECT_EQ(lines(0).size(), 4u);
  ASSERT_TRUE(appender->append("k", std::string(9'000'000, 'y'))) << "a record of any size is collected";
  EXPECT_EQ(lines(0).size(), 5u);
  ASSERT_TRUE(appender->flush());
  EXPECT_EQ(lines(0).size(), 6u);
}

TEST_F(LocalAppenderTest, says_how_much_of_a_failed_flush_is_in_the_log_and_tries_the_rest_again) {
  const auto appender = open();
  fs::create_symlink("/dev/full", segment(1));
  std::vector<std::string> in_partition(3);
  for (int i = 0; i < 100; ++i) {
    const std::string key = format("P{:05}", i);
    in_partition[static_cast<std::size_t>(partition_of(key, 3))] += "x";
    ASSERT_TRUE(appender->append(key, "x"));
  }
  const Result<void> flushed = appender->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().fault, Fault::unavailable);
  EXPECT_THAT(flushed.error().message, HasSubstr(format("{} of 100 are in the log", 100 - in_partition[1].size())));
  EXPECT_EQ(lines(2).size(), in_partition[2].size()) << "the healthy partitions do not wait for the sick one";
  const Result<void> again = appender->flush();
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr(format("0 of {} are in the log", in_partition[1].size())));
}

TEST_F(LocalAppenderTest, does_not_collect_a_record_for_which_there_is_no_room) {
  const auto appender = open({.partitions = 1, .writer = {}});
  fs::create_symlink("/dev/full", segment(0));
  const std::string record(3'000'000, 'x');
  ASSERT_TRUE(appender->append("k", record));
  const Result<void> appended = appender->append("k", record);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().fault, Fault::unavailable);
  EXPECT_THAT(appended.error().message, HasSubstr("0 of 1 are in the log"));
}

TEST_F(LocalAppenderTest, reports_a_failed_sync) {
  const auto appender = open({.partitions = 1, .writer = {}});
  fs::create_symlink("/dev/null", segment(0));
  ASSERT_TRUE(appender->append("k", "record"));
  ASSERT_TRUE(appender->flush());
  EXPECT_FALSE(appender->sync());
  EXPECT_FALSE(appender->sync());
}

}  // namespace
}  // namespace millrace
