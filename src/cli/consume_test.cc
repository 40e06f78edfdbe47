#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <thread>

#include "base/json.h"
#include "base/temporary_folder.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/record_output.h"
#include "ingest/log_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::append_text;
using log_testing::text_of;
using log_testing::write_text;
using testing::HasSubstr;

class ConsumeTest : public testing::Test {
 protected:
  ConsumeTest() { settings_.data_dir = folder_.path(); }

  fs::path segment(Partition partition, Offset first) const {
    return partition_folder(folder_.path() / "log" / settings_.kafka.topic, partition) / segment_name(first);
  }
  /// What it prints; `code` is its exit code or fault.
  std::string consume(const std::vector<std::string>& flags, bool json = false) {
    testing::internal::CaptureStdout();
    const auto command = make_consume_command();
    result_ = run_command(*command, flags, {.settings = settings_, .json = json, .stop = stop_.get_token()});
    EXPECT_TRUE(flush_output());
    return testing::internal::GetCapturedStdout();
  }
  void expect_refused(const std::vector<std::string>& flags, Fault fault, const char* words) {
    EXPECT_EQ(consume(flags), "");
    ASSERT_FALSE(result_);
    EXPECT_EQ(result_.error().fault, fault);
    EXPECT_THAT(result_.error().message, HasSubstr(words));
  }

  const TemporaryFolder folder_;
  Settings settings_;
  std::stop_source stop_;
  Result<int> result_ = -1;
};

TEST_F(ConsumeTest, prints_the_records_as_they_are) {
  write_text(segment(0, 0), std::string("{\"a\":1}\n\n\0\xff\r\n", 13));
  EXPECT_EQ(consume({"--from-beginning", "--once"}), std::string("{\"a\":1}\n\n\0\xff\r\n", 13));
  EXPECT_EQ(result_, 0);
}

TEST_F(ConsumeTest, keeps_each_partition_in_order) {
  write_text(segment(0, 0), "a\nb\n");
  write_text(segment(0, 2), "c\n");
  write_text(segment(1, 7), "x\n");
  EXPECT_EQ(consume({"--from-beginning", "--once"}), "a\nb\nx\nc\n");
}

TEST_F(ConsumeTest, stops_after_max) {
  write_text(segment(0, 0), "a\nb\nc\n");
  write_text(segment(1, 0), "x\n");
  EXPECT_EQ(consume({"--from-beginning", "--max", "2"}), "a\nb\n");
  EXPECT_EQ(consume({"--from-beginning", "--max", "4"}), "a\nb\nc\nx\n");
  EXPECT_EQ(consume({"--from-beginning", "--max", "0"}), "");
  EXPECT_EQ(result_, 0);
}

TEST_F(ConsumeTest, begins_at_the_end_unless_told_otherwise) {
  write_text(segment(0, 0), "old\n");
  EXPECT_EQ(consume({"--once"}), "");
  std::jthread producer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    append_text(segment(0, 0), "new\n");
    write_text(segment(1, 0), "of a new partition\n");
  });
  EXPECT_EQ(consume({"--max", "2"}), "new\nof a new partition\n");
}

TEST_F(ConsumeTest, waits_for_a_topic_that_is_not_there_yet) {
  std::jthread producer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    write_text(segment(0, 0), "first\n");
  });
  EXPECT_EQ(consume({"--max", "1"}), "first\n");
}

TEST_F(ConsumeTest, ends_when_a_stop_is_asked_for) {
  write_text(segment(0, 0), "a\n");
  std::jthread stopper([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop_.request_stop();
  });
  EXPECT_EQ(consume({"--from-beginning"}), "a\n");
  EXPECT_EQ(result_, 0);
}

TEST_F(ConsumeTest, prints_json_with_the_names_of_kcat) {
  write_text(segment(0, 5), std::string("{\"a\":\"\xc3\xa9\"}\n\xff\n", 13));
  EXPECT_EQ(
      consume({"--from-beginning", "--once"}, true),
      "{\"topic\":\"ecommerce_events\",\"partition\":0,\"offset\":5,\"payload\":\"{\\\"a\\\":\\\"\xc3\xa9\\\"}\"}\n"
      "{\"topic\":\"ecommerce_events\",\"partition\":0,\"offset\":6,\"payload_base64\":\"/w==\"}\n");
}

TEST_F(ConsumeTest, writes_base64_of_every_length) {
  write_text(segment(0, 0), "\xff\n\xff\xfe\n\xff\xfe\xfd\n\xff\xfe\xfd\xfc\n");
  std::string printed = consume({"--from-beginning", "--once"}, true);
  for (const char* payload : {"/w==", "//4=", "//79", "//79/A=="}) {
    const std::string line = printed.substr(0, printed.find('\n'));
    EXPECT_EQ((*parse_json(line, "line"))["payload_base64"], payload);
    printed.erase(0, line.size() + 1);
  }
}

TEST_F(ConsumeTest, prints_the_time_of_a_record_that_has_one) {
  RecordBatch batch;
  batch.records.push_back({.bytes = "x", .full_bytes = 1, .offset = 3, .log_time = Instant{1'700'000'000'123'456}});
  testing::internal::CaptureStdout();
  EXPECT_TRUE(make_json_output("t")->take(1, batch));
  EXPECT_TRUE(flush_output());
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "{\"topic\":\"t\",\"partition\":1,\"offset\":3,\"ts\":1700000000123,\"payload\":\"x\"}\n");
}

TEST_F(ConsumeTest, prints_a_record_of_more_than_a_mebibyte_whole) {
  const std::string record(3'000'000, 'x');
  write_text(segment(0, 0), record + "\n");
  EXPECT_EQ(consume({"--from-beginning", "--once"}), record + "\n");
}

TEST_F(ConsumeTest, copies_a_log_with_its_partitions_offsets_and_bytes) {
  const std::string long_record(2'000'000, 'x');
  write_text(segment(0, 10), "a\n\n");
  write_text(segment(0, 12), "b\n" + long_record + "\ntorn");
  write_text(segment(2, 0), "");
  const fs::path copy = folder_.path() / "copy";
  EXPECT_THAT(consume({"--from-beginning", "--once", "--to-log", copy}), HasSubstr("4 records in 2 partitions"));
  EXPECT_EQ(text_of(copy / settings_.kafka.topic / "0" / segment_name(10)), "a\n\nb\n" + long_record + "\n");
  EXPECT_EQ(list_partitions(copy / settings_.kafka.topic), (std::vector<Partition>{0, 2}));
  expect_refused({"--from-beginning", "--once", "--to-log", copy}, Fault::conflict, "choose an empty folder");
  expect_refused({"--from-beginning", "--once", "--to-log", folder_.path() / "log"}, Fault::invalid, "into itself");
}

TEST_F(ConsumeTest, says_in_json_what_it_copied) {
  write_text(segment(0, 0), "a\n");
  const fs::path copy = folder_.path() / "copy";
  const auto summary = parse_json(consume({"--from-beginning", "--once", "--to-log", copy}, true), "summary");
  ASSERT_TRUE(summary);
  EXPECT_EQ((*summary)["records"], 1);
  EXPECT_EQ((*summary)["partitions"], 1);
}

TEST_F(ConsumeTest, never_cuts_a_record_in_silence) {
  RecordBatch batch;
  batch.records.push_back({.bytes = "beginning", .full_bytes = 100, .offset = 3, .log_time = std::nullopt});
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_TRUE(make_line_output()->take(0, batch));
  EXPECT_TRUE(flush_output());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "beginning\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("only the beginning"));
  const auto copied = make_log_output(folder_.path() / "copy", "t", 1'000, false)->take(0, batch);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().fault, Fault::invalid);
}

TEST_F(ConsumeTest, refuses_what_it_cannot_do) {
  expect_refused({"--once"}, Fault::not_found, "no such topic");
  expect_refused({"--max", "-1"}, Fault::invalid, "--max");
  settings_.kafka.topic = "../lake";
  expect_refused({}, Fault::invalid, "topic");
}

TEST_F(ConsumeTest, copies_no_record_that_a_line_cannot_hold) {
  // As Kafka may give it: two lines would shift all offsets behind it.
  const fs::path copy = folder_.path() / "copy";
  const auto output = make_log_output(copy, "t", 1 << 20, false);
  RecordBatch batch;
  batch.records = {{.bytes = "{\"a\":1}", .full_bytes = 7, .offset = 0, .log_time = std::nullopt},
                   {.bytes = "{\n}", .full_bytes = 3, .offset = 1, .log_time = std::nullopt}};
  const auto taken = output->take(2, batch);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().fault, Fault::invalid);
  EXPECT_THAT(taken.error().message, HasSubstr("newline"));
  EXPECT_THAT(taken.error().message, HasSubstr("partition 2, offset 1"));
}

TEST_F(ConsumeTest, stops_where_the_log_is_damaged) {
  write_text(segment(0, 0), "a\n");
  write_text(segment(0, 5), "b\n");
  EXPECT_EQ(consume({"--from-beginning"}), "a\n");
  ASSERT_FALSE(result_);
  EXPECT_EQ(result_.error().fault, Fault::corrupt);
}

}  // namespace
}  // namespace millrace
