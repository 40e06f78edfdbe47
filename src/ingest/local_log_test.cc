// The log as a whole: its partitions, its ends, and where readers begin (local_reader_open.cc).
#include "ingest/local_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "ingest/log_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::append_text;
using log_testing::lines_from;
using log_testing::read_to_end;
using log_testing::write_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LocalLogTest : public testing::Test {
 protected:
  fs::path segment(Offset first) const { return folder_.path() / "events" / "0" / segment_name(first); }

  std::unique_ptr<PartitionReader> open(std::optional<LogPosition> from) {
    auto reader = log_->open(0, std::move(from));
    EXPECT_TRUE(reader) << reader.error().message;
    return *std::move(reader);
  }
  void expect_refused(const LogPosition& from, Fault fault, const std::vector<std::string>& words) {
    const auto reader = log_->open(0, from);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().fault, fault);
    for (const std::string& word : words) {
      EXPECT_THAT(reader.error().message, HasSubstr(word));
    }
  }
  /// The position behind the first `records` records.
  LogPosition position_behind(std::size_t records) {
    const auto reader = open(std::nullopt);
    RecordBatch batch;
    for (std::size_t i = 0; i < records; ++i) {
      EXPECT_TRUE(reader->read(batch, {.records = 1, .bytes = 1}));
      EXPECT_EQ(batch.records.size(), 1u);
    }
    return reader->position();
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<LocalLog> log_ = *LocalLog::open(folder_.path(), "events");
};

TEST_F(LocalLogTest, refuses_names_and_options_that_cannot_work) {
  EXPECT_EQ(LocalLog::open(folder_.path(), "../lake").error().fault, Fault::invalid);
  EXPECT_EQ(LocalLog::open(folder_.path(), "events", {.chunk_bytes = 0}).error().fault, Fault::invalid);
  EXPECT_EQ(LocalLog::open(folder_.path(), "events", {.record_bytes_max = 0}).error().fault, Fault::invalid);
}

TEST_F(LocalLogTest, lists_its_partitions) {
  EXPECT_THAT(*log_->partitions(), IsEmpty());
  ASSERT_TRUE(create_topic(folder_.path() / "events", 3));
  EXPECT_THAT(*log_->partitions(), ElementsAre(0, 1, 2));
}

TEST_F(LocalLogTest, knows_the_offset_behind_the_newest_record) {
  EXPECT_EQ(*log_->end_offset(0), 0);
  write_text(segment(0), "");
  EXPECT_EQ(*log_->end_offset(0), 0);
  append_text(segment(0), "0\n1\nunfini");
  EXPECT_EQ(*log_->end_offset(0), 2);
  append_text(segment(0), "shed\n");
  EXPECT_EQ(*log_->end_offset(0), 3);
  write_text(segment(3), "");
  EXPECT_EQ(*log_->end_offset(0), 3);
  append_text(segment(3), "3\n");
  EXPECT_EQ(*log_->end_offset(0), 4);
  EXPECT_EQ(*log_->end_offset(1), 0);
}

TEST_F(LocalLogTest, says_that_the_newest_segment_shrank_or_cannot_be_read) {
  write_text(segment(0), "0\n1\n");
  EXPECT_EQ(*log_->end_offset(0), 2);
  fs::resize_file(segment(0), 2);
  EXPECT_EQ(log_->end_offset(0).error().fault, Fault::corrupt);
  fs::create_symlink("nowhere", segment(2));
  EXPECT_EQ(log_->end_offset(0).error().fault, Fault::not_found);
}

TEST_F(LocalLogTest, goes_on_from_every_position_and_limit) {
  write_text(segment(10), "a\nbb\n\n");
  write_text(segment(13), "ccc\ndddd\n");
  write_text(segment(15), "");
  const std::vector<std::string> records = {"a", "bb", "", "ccc", "dddd"};
  for (std::size_t given = 0; given <= records.size(); ++given) {
    SCOPED_TRACE(given);
    const LogPosition position = position_behind(given);
    const auto offset = static_cast<Offset>(10 + given);
    EXPECT_EQ(position.offset, offset);
    const std::vector<std::string> rest(records.begin() + static_cast<std::ptrdiff_t>(given), records.end());
    const auto reader = open(position);
    EXPECT_EQ(reader->position().details, position.details);
    EXPECT_EQ(read_to_end(*reader), lines_from(offset, rest));
    EXPECT_EQ(read_to_end(*open(LogPosition{offset, ""})), lines_from(offset, rest)) << "by counting";
  }
}

TEST_F(LocalLogTest, a_position_reached_by_counting_can_be_committed) {
  write_text(segment(0), "a\nbb\nccc\n");
  const LogPosition position = open(LogPosition{2, ""})->position();
  EXPECT_EQ(position.offset, 2);
  EXPECT_EQ(position.details, R"({"segment":0,"byte":5})");
  EXPECT_EQ(read_to_end(*open(position)), lines_from(2, {"ccc"}));
}

TEST_F(LocalLogTest, reads_to_the_end_there_was_when_it_was_opened) {
  const auto open_to_end = [this] { return *log_->open(0, std::nullopt, ReadTo::present_end); };
  const auto before_all = open_to_end();
  write_text(segment(0), "a\nbb\nunfini");
  EXPECT_THAT(read_to_end(*before_all), IsEmpty());

  const auto in_first = open_to_end();
  append_text(segment(0), "shed\nlater\n");
  EXPECT_EQ(read_to_end(*in_first), lines_from(0, {"a", "bb"}));
  EXPECT_EQ(read_to_end(*open_to_end()), lines_from(0, {"a", "bb", "unfinished", "later"}));

  write_text(segment(4), "4\n");
  EXPECT_THAT(read_to_end(*in_first), IsEmpty()) << "nothing more, although a segment came";
  const auto in_second = open_to_end();
  append_text(segment(4), "5\n");
  write_text(segment(6), "6\n");
  EXPECT_EQ(read_to_end(*in_second), lines_from(0, {"a", "bb", "unfinished", "later", "4"}));
}

TEST_F(LocalLogTest, does_not_give_an_oversize_record_that_ends_behind_its_end) {
  const auto log = *LocalLog::open(folder_.path(), "events", {.chunk_bytes = 4, .record_bytes_max = 4});
  write_text(segment(0), "a\n0123456789");
  const auto reader = *log->open(0, std::nullopt, ReadTo::present_end);
  append_text(segment(0), "\nb\n");
  EXPECT_EQ(read_to_end(*reader), lines_from(0, {"a"}));
}

TEST_F(LocalLogTest, begins_at_zero_before_there_is_a_log) {
  const auto reader = open(LogPosition{0, ""});
  EXPECT_THAT(read_to_end(*reader), IsEmpty());
  write_text(segment(0), "a\n");
  EXPECT_EQ(read_to_end(*reader), lines_from(0, {"a"}));
}

TEST_F(LocalLogTest, does_not_begin_at_zero_where_the_log_turns_out_to_begin_later) {
  const auto reader = open(LogPosition{0, ""});
  write_text(segment(7), "a\n");
  RecordBatch batch;
  const Result<void> read = reader->read(batch, {});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("offsets 0 to 6"));
}

TEST_F(LocalLogTest, stops_where_the_log_is_shorter_than_what_was_committed) {
  write_text(segment(0), "a\nbb\nccc\n");
  const LogPosition end = position_behind(3);
  write_text(segment(0), "a\nbb\n");
  expect_refused(end, Fault::corrupt, {"shorter than what was committed", segment(0).string()});
  expect_refused({3, ""}, Fault::corrupt, {"shorter than what was committed"});
  expect_refused({4, ""}, Fault::corrupt, {"shorter than what was committed"});
  fs::remove(segment(0));
  expect_refused(end, Fault::corrupt, {"shorter than what was committed"});
  expect_refused({3, ""}, Fault::corrupt, {"shorter than what was committed"});
  EXPECT_EQ(log_->open(0, LogPosition{-1, ""}).error().fault, Fault::invalid);
}

TEST_F(LocalLogTest, stops_where_the_log_differs_from_what_was_committed) {
  write_text(segment(0), "a\nbb\nccc\n");
  const LogPosition position = position_behind(2);
  write_text(segment(0), "a\nbX\nccc\n");
  expect_refused(position, Fault::corrupt, {"differs from what was committed", segment(0).string()});
  expect_refused({2, "not a position"}, Fault::corrupt, {"position in the embedded log"});
}

TEST_F(LocalLogTest, notices_a_change_in_the_beginning_of_an_oversize_record) {
  std::string record(kRecordBytesMax + 500, 'x');
  write_text(segment(0), record + "\n");
  const LogPosition position = position_behind(1);
  EXPECT_THAT(read_to_end(*open(position)), IsEmpty());
  record[kRecordBytesMax / 2] = 'y';
  write_text(segment(0), record + "\n");
  expect_refused(position, Fault::corrupt, {"differs"});
}

TEST_F(LocalLogTest, goes_on_where_retention_removed_only_what_was_committed) {
  write_text(segment(0), "a\nb\n");
  const LogPosition position = position_behind(2);
  write_text(segment(2), "c\n");
  fs::remove(segment(0));
  const auto reader = open(position);
  EXPECT_EQ(reader->position().offset, 2);
  EXPECT_EQ(reader->position().details, position.details);
  EXPECT_EQ(read_to_end(*reader), lines_from(2, {"c"}));
  EXPECT_THAT(read_to_end(*open(reader->position())), IsEmpty());
}

TEST_F(LocalLogTest, says_which_offsets_retention_removed_before_they_were_read) {
  write_text(segment(0), "a\nb\n");
  const LogPosition position = position_behind(1);
  write_text(segment(5), "c\n");
  fs::remove(segment(0));
  expect_refused(position, Fault::corrupt, {"removed before they were read", "offsets 1 to 4"});
  expect_refused({3, ""}, Fault::corrupt, {"offsets 3 to 4"});
}

TEST_F(LocalLogTest, says_that_a_segment_in_the_middle_is_missing) {
  write_text(segment(0), "a\n");
  write_text(segment(1), "b\n");
  const LogPosition position = position_behind(2);
  fs::remove(segment(1));
  expect_refused(position, Fault::corrupt, {"is missing", segment(1).string()});
}

TEST_F(LocalLogTest, finds_no_offset_in_a_gap) {
  write_text(segment(0), "a\n");
  write_text(segment(9), "b\n");
  expect_refused({5, ""}, Fault::corrupt, {"has no offset 4"});
}

}  // namespace
}  // namespace millrace
