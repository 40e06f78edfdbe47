#include "ingest/partition_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iterator>

#include "base/temporary_folder.h"
#include "ingest/local_reader.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::append_text;
using log_testing::Line;
using log_testing::lines_from;
using log_testing::read_to_end;
using log_testing::text_of;
using log_testing::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SettableClock final : public Clock {
 public:
  Instant now() const override { return system_clock().now() + moved; }
  Duration uptime() const override { return moved; }
  Duration moved;
};

/// Lets no file of this process grow beyond a size, as a full disk would: a write is short, then fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

class PartitionWriterTest : public testing::Test {
 protected:
  fs::path folder() const { return temporary_.path() / "0"; }
  fs::path segment(Offset first) const { return folder() / segment_name(first); }

  PartitionWriter open(PartitionWriterOptions options = {}) {
    Result<PartitionWriter> writer = PartitionWriter::open(folder(), options, clock_);
    EXPECT_TRUE(writer);
    return *std::move(writer);
  }
  static void write(PartitionWriter& writer, const std::vector<std::string>& records) {
    for (const std::string& record : records) {
      writer.add(record);
    }
    const Result<void> flushed = writer.flush();
    EXPECT_TRUE(flushed) << flushed.error().message;
    EXPECT_EQ(writer.pending_records(), 0);
    EXPECT_EQ(writer.pending_bytes(), 0u);
  }
  std::vector<Line> lines() const {
    const auto reader = LocalReader::open(folder(), std::nullopt, {});
    EXPECT_TRUE(reader);
    return read_to_end(**reader);
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> names;
    const auto found = list_segments(folder());
    for (const LogSegment& listed : *found) {
      names.push_back(listed.path.filename());
    }
    return names;
  }

  const TemporaryFolder temporary_;
  SettableClock clock_;
};

TEST_F(PartitionWriterTest, writes_nothing_before_flush_and_nothing_for_no_records) {
  PartitionWriter writer = open();
  ASSERT_TRUE(writer.flush());
  EXPECT_THAT(segments(), IsEmpty());
  writer.add("one");
  EXPECT_EQ(writer.pending_records(), 1);
  EXPECT_THAT(segments(), IsEmpty());
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(text_of(segment(0)), "one\n");
  ASSERT_TRUE(writer.sync());
  ASSERT_TRUE(writer.sync());
}

TEST_F(PartitionWriterTest, writes_records_as_they_are) {
  PartitionWriter writer = open();
  const std::vector<std::string> records = {"", std::string("\0\xff\r", 3), std::string(2'000'000, 'x')};
  write(writer, records);
  EXPECT_EQ(text_of(segment(0)), records[0] + "\n" + records[1] + "\n" + records[2] + "\n");
}

TEST_F(PartitionWriterTest, rolls_before_a_segment_grows_too_large) {
  PartitionWriter writer = open({.segment_bytes = 10, .retention = {}});
  write(writer, {"aaaa", "bbbb"});          // exactly 10 bytes
  write(writer, {"c"});                     // does not fit
  write(writer, {"dddd", "eeee", "ffff"});  // too large for any segment, but one flush is not split
  write(writer, {"g"});
  EXPECT_THAT(segments(), ElementsAre(segment_name(0), segment_name(2), segment_name(3), segment_name(6)));
  EXPECT_EQ(text_of(segment(3)), "dddd\neeee\nffff\n");
  EXPECT_EQ(lines(), lines_from(0, {"aaaa", "bbbb", "c", "dddd", "eeee", "ffff", "g"}));
  ASSERT_TRUE(writer.sync());
}

TEST_F(PartitionWriterTest, goes_on_behind_what_is_there) {
  write_text(segment(100), "a\nb\n");
  PartitionWriter writer = open({.segment_bytes = 6, .retention = {}});
  write(writer, {"c"});
  write(writer, {"d"});
  EXPECT_THAT(segments(), ElementsAre(segment_name(100), segment_name(103)));
  EXPECT_EQ(lines(), lines_from(100, {"a", "b", "c", "d"}));
}

TEST_F(PartitionWriterTest, follows_another_producer_through_its_segments) {
  PartitionWriter one = open({.segment_bytes = 8, .retention = {}});
  PartitionWriter two = open({.segment_bytes = 8, .retention = {}});
  std::vector<std::string> records;
  for (int i = 0; i < 30; ++i) {
    records.push_back(std::to_string(i));
    write(i % 3 == 0 ? one : two, {records.back()});
  }
  EXPECT_EQ(lines(), lines_from(0, records));
  EXPECT_GT(segments().size(), 10u);
}

TEST_F(PartitionWriterTest, closes_the_torn_line_of_a_crashed_producer_at_every_byte) {
  const std::string whole = "complete\nthe last line\n";
  for (std::size_t torn = 1; torn < whole.size(); ++torn) {
    SCOPED_TRACE(torn);
    fs::remove_all(folder());
    write_text(segment(0), whole.substr(0, torn));
    PartitionWriter writer = open();
    testing::internal::CaptureStderr();
    write(writer, {"next"});
    const bool was_torn = whole[torn - 1] != '\n';
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(was_torn ? "closed a line" : ""));
    EXPECT_EQ(text_of(segment(0)), whole.substr(0, torn) + (was_torn ? "\n" : "") + "next\n");
  }
}

TEST_F(PartitionWriterTest, closes_a_torn_line_before_it_rolls) {
  PartitionWriter writer = open({.segment_bytes = 12, .retention = {}});
  write(writer, {"complete"});
  append_text(segment(0), "torn");
  write(writer, {"next"});
  EXPECT_EQ(text_of(segment(0)), "complete\ntorn\n");
  EXPECT_EQ(lines(), lines_from(0, {"complete", "torn", "next"}));
}

TEST_F(PartitionWriterTest, writes_records_at_their_own_offsets) {
  PartitionWriter writer = open();
  writer.add("a");
  writer.add("b");
  ASSERT_TRUE(writer.flush_at(4711));
  writer.add("c");
  ASSERT_TRUE(writer.flush_at(4713));
  EXPECT_EQ(lines(), lines_from(4711, {"a", "b", "c"}));
  writer.add("d");
  const Result<void> flushed = writer.flush_at(4713);
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().fault, Fault::conflict);
  EXPECT_THAT(flushed.error().message, HasSubstr("goes on at offset 4714, the first record has 4713"));
  EXPECT_EQ(writer.pending_records(), 1);
  EXPECT_EQ(lines().size(), 3u);
}

TEST_F(PartitionWriterTest, notices_that_its_segment_vanished_or_shrank) {
  PartitionWriter writer = open();
  write(writer, {"a", "b"});
  fs::resize_file(segment(0), 2);
  writer.add("c");
  EXPECT_EQ(writer.flush().error().fault, Fault::corrupt);
  fs::remove(segment(0));
  EXPECT_EQ(writer.flush().error().fault, Fault::corrupt);
  EXPECT_EQ(writer.pending_records(), 1);
}

TEST_F(PartitionWriterTest, says_where_it_cannot_write) {
  write_text(temporary_.path() / "file", "");
  EXPECT_FALSE(PartitionWriter::open(temporary_.path() / "file" / "0", {}, clock_));
  fs::create_directories(segment(0));
  PartitionWriter writer = open();
  writer.add("a");
  EXPECT_FALSE(writer.flush()) << "a folder is no segment";
}

TEST_F(PartitionWriterTest, keeps_complete_records_of_a_short_write_and_the_rest_for_the_next_flush) {
  // Every place at which a write may stop.
  for (rlim_t limit = 5; limit <= 18; ++limit) {
    SCOPED_TRACE(limit);
    fs::remove_all(folder());
    PartitionWriter writer = open();
    write(writer, {"zero"});
    for (const char* record : {"one", "two", "three"}) {  // end at bytes 9, 13, 19
      writer.add(record);
    }
    const std::int64_t complete = limit >= 13 ? 2 : limit >= 9 ? 1 : 0;
    {
      const FileSizeLimit full(limit);
      const Result<void> flushed = writer.flush();
      ASSERT_FALSE(flushed);
      EXPECT_EQ(flushed.error().fault, Fault::unavailable);
      EXPECT_EQ(writer.pending_records(), 3 - complete);
    }
    const bool cut = limit != 5 && limit != 9 && limit != 13;
    EXPECT_EQ(segments().size(), cut ? 2u : 1u) << "after a cut the bytes behind it belong to a new segment";
    EXPECT_EQ(lines().size(), static_cast<std::size_t>(1 + complete));
    write(writer, {"four"});
    EXPECT_EQ(lines(), lines_from(0, {"zero", "one", "two", "three", "four"}));
  }
}

TEST_F(PartitionWriterTest, cuts_off_a_first_record_that_did_not_fit) {
  PartitionWriter writer = open();
  writer.add("a record");
  {
    const FileSizeLimit full(4);
    ASSERT_FALSE(writer.flush());
  }
  EXPECT_EQ(text_of(segment(0)), "");
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(lines(), lines_from(0, {"a record"}));
}

TEST_F(PartitionWriterTest, keeps_its_records_where_even_the_torn_line_cannot_be_closed) {
  write_text(segment(0), "torn");
  PartitionWriter writer = open();
  writer.add("next");
  {
    const FileSizeLimit full(4);
    ASSERT_FALSE(writer.flush());
    EXPECT_EQ(writer.pending_records(), 1);
  }
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(lines(), lines_from(0, {"torn", "next"}));
}

TEST_F(PartitionWriterTest, says_that_the_device_is_full) {
  fs::create_directories(folder());
  fs::create_symlink("/dev/full", segment(0));
  PartitionWriter writer = open();
  writer.add("next");
  const Result<void> flushed = writer.flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().message, HasSubstr("No space left"));
  EXPECT_EQ(writer.pending_records(), 1);
}

TEST_F(PartitionWriterTest, survives_a_full_file_system) {
  const fs::path small = temporary_.path() / "small";
  fs::create_directories(small);
  if (::geteuid() != 0 || ::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=256k") != 0) {
    GTEST_SKIP() << "only root may mount a small file system";
  }
  std::vector<std::string> records;
  {
    Result<PartitionWriter> writer = PartitionWriter::open(small / "0", {}, clock_);
    ASSERT_TRUE(writer);
    Result<void> flushed;
    while (flushed) {
      for (int i = 0; i < 37; ++i) {
        records.push_back("record " + std::to_string(records.size()) + std::string(records.size() % 100, '.'));
        writer->add(records.back());
      }
      flushed = writer->flush();
    }
    EXPECT_THAT(flushed.error().message, HasSubstr("No space left"));
    EXPECT_GT(writer->pending_records(), 0);
    const auto reader = LocalReader::open(small / "0", std::nullopt, {});
    const auto expected = lines_from(0, records);
    const std::vector<Line> before = read_to_end(**reader);
    EXPECT_EQ(before.size() + static_cast<std::size_t>(writer->pending_records()), records.size());
    EXPECT_FALSE(writer->flush()) << "still full";
    EXPECT_EQ(::mount("tmpfs", small.c_str(), "tmpfs", MS_REMOUNT, "size=1m"), 0);
    EXPECT_TRUE(writer->flush());
    std::vector<Line> all = before;
    std::ranges::move(read_to_end(**reader), std::back_inserter(all));
    EXPECT_EQ(all, expected);
  }
  EXPECT_EQ(::umount2(small.c_str(), MNT_DETACH), 0);
}

TEST_F(PartitionWriterTest, never_forgets_that_a_sync_failed) {
  // /dev/null takes what is written, but cannot be synced.
  fs::create_directories(folder());
  fs::create_symlink("/dev/null", segment(0));
  PartitionWriter writer = open();
  write(writer, {"a"});
  const Result<void> first = writer.sync();
  ASSERT_FALSE(first);
  EXPECT_THAT(first.error().message, HasSubstr("fsync"));
  EXPECT_EQ(writer.sync().error().message, first.error().message);
}

TEST_F(PartitionWriterTest, removes_old_segments_when_it_rolls) {
  PartitionWriter writer = open({.segment_bytes = 4, .retention = {.bytes = 8, .age = {}}});
  for (const char* record : {"aaa", "bbb", "ccc", "ddd", "eee"}) {
    write(writer, {record});
  }
  EXPECT_THAT(segments(), ElementsAre(segment_name(3), segment_name(4)));
}

TEST_F(PartitionWriterTest, removes_aged_segments_once_a_minute_without_rolling) {
  write_text(segment(0), "a\n");
  write_text(segment(1), "b\n");
  PartitionWriter writer = open({.segment_bytes = 1'000, .retention = {.bytes = {}, .age = hours(1)}});
  write(writer, {"c"});
  EXPECT_EQ(segments().size(), 2u);
  clock_.moved = seconds(59);
  write(writer, {"d"});
  EXPECT_EQ(segments().size(), 2u);
  clock_.moved = hours(2);
  write(writer, {"e"});
  EXPECT_THAT(segments(), ElementsAre(segment_name(1)));
}

TEST_F(PartitionWriterTest, goes_on_where_retention_cannot_remove_a_segment) {
  fs::create_directories(segment(0) / "not empty");
  write_text(segment(1), "b\n");
  PartitionWriter writer = open({.segment_bytes = 1'000, .retention = {.bytes = 0, .age = {}}});
  testing::internal::CaptureStderr();
  write(writer, {"c"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("could not remove old segments"));
  EXPECT_EQ(text_of(segment(1)), "b\nc\n");
}

using PartitionWriterDeathTest = PartitionWriterTest;

TEST_F(PartitionWriterDeathTest, takes_no_newline) {
  PartitionWriter writer = open();
  EXPECT_DEATH(writer.add("a\nb"), "contains");
}

}  // namespace
}  // namespace millrace
