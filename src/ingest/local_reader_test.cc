#include "ingest/local_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "base/temporary_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::add_lines;
using log_testing::append_text;
using log_testing::Line;
using log_testing::lines_from;
using log_testing::read_to_end;
using log_testing::write_text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ReadLimit kOneRecord{.records = 1, .bytes = 1 << 20};

class LocalReaderTest : public testing::Test {
 protected:
  fs::path segment(Offset first) const { return folder_.path() / "0" / segment_name(first); }

  std::unique_ptr<PartitionReader> open(LocalLogOptions options = {}) {
    auto reader = LocalReader::open(folder_.path() / "0", std::nullopt, options);
    EXPECT_TRUE(reader);
    return *std::move(reader);
  }
  static void expect_corrupt(PartitionReader& reader, const std::vector<std::string>& words) {
    RecordBatch batch;
    const Result<void> read = reader.read(batch, {});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().fault, Fault::corrupt);
    for (const std::string& word : words) {
      EXPECT_THAT(read.error().message, HasSubstr(word));
    }
  }

  const TemporaryFolder folder_;
};

TEST_F(LocalReaderTest, gives_nothing_where_there_is_no_log_and_finds_it_when_it_comes) {
  const auto reader = open();
  EXPECT_THAT(read_to_end(*reader), IsEmpty());
  EXPECT_EQ(reader->position().offset, 0);
  EXPECT_EQ(reader->position().details, "");
  ASSERT_TRUE(reader->sync());
  write_text(segment(0), "one\n");
  EXPECT_EQ(read_to_end(*reader), lines_from(0, {"one"}));
}

TEST_F(LocalReaderTest, gives_lines_as_they_are) {
  write_text(segment(0), std::string("one\n\n two \r\n\0\xff\n", 15));
  EXPECT_EQ(read_to_end(*open()), lines_from(0, {"one", "", " two \r", std::string("\0\xff", 2)}));
}

TEST_F(LocalReaderTest, begins_with_the_oldest_segment_that_is_left) {
  write_text(segment(100), "a\n");
  const auto reader = open();
  EXPECT_EQ(reader->position().offset, 100);
  EXPECT_EQ(read_to_end(*reader), lines_from(100, {"a"}));
  EXPECT_EQ(reader->position().offset, 101);
}

TEST_F(LocalReaderTest, goes_on_through_segments) {
  write_text(segment(0), "0\n1\n");
  write_text(segment(2), "2\n");
  write_text(segment(3), "");
  for (const ReadLimit limit : {ReadLimit{}, kOneRecord}) {
    const auto reader = open();
    EXPECT_EQ(read_to_end(*reader, limit), lines_from(0, {"0", "1", "2"}));
  }
}

TEST_F(LocalReaderTest, keeps_to_the_limits) {
  write_text(segment(0), "aaaa\nbbbb\ncccccccc\ndd\n");
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {.records = 0, .bytes = 100}));
  EXPECT_EQ(batch.records.size(), 0u);
  ASSERT_TRUE(reader->read(batch, {.records = 100, .bytes = 8}));
  EXPECT_EQ(batch.records.size(), 2u);
  EXPECT_EQ(batch.byte_count, 8);
  ASSERT_TRUE(reader->read(batch, {.records = 100, .bytes = 1}));
  EXPECT_EQ(batch.records.size(), 1u) << "a record that is longer than the limit comes alone";
  EXPECT_EQ(batch.byte_count, 8);
  ASSERT_TRUE(reader->read(batch, {.records = 1, .bytes = 100}));
  EXPECT_EQ(batch.records.size(), 1u);
  ASSERT_TRUE(reader->read(batch, {}));
  EXPECT_EQ(batch.records.size(), 0u);
  EXPECT_EQ(batch.bytes, nullptr);
}

TEST_F(LocalReaderTest, leaves_a_batch_alone_while_it_reads_on) {
  std::string text;
  std::vector<std::string> records;
  for (int i = 0; i < 1'000; ++i) {
    records.push_back("record " + std::to_string(i));
    text += records.back() + "\n";
  }
  write_text(segment(0), text);
  std::vector<RecordBatch> batches;
  {
    const auto reader = open({.chunk_bytes = 100, .record_bytes_max = 50});
    do {
      ASSERT_TRUE(reader->read(batches.emplace_back(), {.records = 3, .bytes = 1'000}));
    } while (!batches.back().records.empty());
  }
  std::vector<Line> lines;
  for (const RecordBatch& batch : batches) {
    add_lines(batch, lines);
  }
  EXPECT_EQ(lines, lines_from(0, records));
}

TEST_F(LocalReaderTest, has_readable_padding_behind_every_record) {
  write_text(segment(0), std::string(40, 'a') + "\n" + std::string(58, 'b') + "\n");
  const auto reader = open({.chunk_bytes = 100, .record_bytes_max = 60});
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {}));
  ASSERT_EQ(batch.records.size(), 2u);
  int sum = 0;  // an address sanitizer sees a read outside of the chunk
  for (const Record& record : batch.records) {
    for (std::size_t i = 0; i < kRecordPaddingBytes; ++i) {
      sum += record.bytes.data()[record.bytes.size() + i];
    }
  }
  EXPECT_GE(sum, 0);
}

TEST_F(LocalReaderTest, gives_a_torn_line_once_it_is_finished_whatever_its_first_bytes_were) {
  const std::string whole = "complete\nthe last line\n";
  for (std::size_t torn = std::string_view("complete\n").size(); torn < whole.size(); ++torn) {
    SCOPED_TRACE(torn);
    write_text(segment(0), whole.substr(0, torn));
    const auto reader = open({.chunk_bytes = 16, .record_bytes_max = 100});
    EXPECT_EQ(read_to_end(*reader), lines_from(0, {"complete"}));
    EXPECT_THAT(read_to_end(*reader), IsEmpty());
    const LogPosition before = reader->position();
    EXPECT_EQ(before.offset, 1);
    append_text(segment(0), whole.substr(torn));
    EXPECT_EQ(read_to_end(*reader), lines_from(1, {"the last line"}));
  }
}

TEST_F(LocalReaderTest, does_not_remember_a_torn_line_that_was_cut_off) {
  write_text(segment(0), "complete\nthe first att");
  const auto reader = open();
  EXPECT_EQ(read_to_end(*reader), lines_from(0, {"complete"}));
  fs::resize_file(segment(0), 9);
  append_text(segment(0), "another\n");
  EXPECT_EQ(read_to_end(*reader), lines_from(1, {"another"}));
}

TEST_F(LocalReaderTest, passes_over_a_torn_line_in_a_sealed_segment_and_says_so) {
  for (const std::string& torn : std::vector<std::string>{"t", "torn", std::string(300, 't')}) {
    write_text(segment(0), "zero\n" + torn);
    write_text(segment(1), "one\n");
    const auto reader = open({.chunk_bytes = 32, .record_bytes_max = 64});
    testing::internal::CaptureStderr();
    EXPECT_EQ(read_to_end(*reader), lines_from(0, {"zero", "one"}));
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr("unfinished line"), HasSubstr(segment(0).string())));
  }
}

TEST_F(LocalReaderTest, sees_what_a_producer_finished_before_it_rolled) {
  write_text(segment(0), "zero\non");
  const auto reader = open();
  EXPECT_EQ(read_to_end(*reader), lines_from(0, {"zero"}));
  append_text(segment(0), "e\ntwo\n");
  write_text(segment(3), "three\n");
  EXPECT_EQ(read_to_end(*reader), lines_from(1, {"one", "two", "three"}));
}

TEST_F(LocalReaderTest, stops_at_a_gap_between_segments) {
  write_text(segment(0), "0\n1\n");
  write_text(segment(5), "5\n");
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {}));
  EXPECT_EQ(batch.records.size(), 2u);
  expect_corrupt(*reader, {"are missing", "offsets 2 to 4", segment(0).string(), segment(5).string()});
  expect_corrupt(*reader, {"are missing"});
  EXPECT_EQ(reader->position().offset, 2);
}

TEST_F(LocalReaderTest, stops_where_the_next_segment_begins_too_low) {
  write_text(segment(0), "0\n1\n2\n");
  write_text(segment(2), "2\n");
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {}));
  expect_corrupt(*reader, {"the same offsets", segment(0).string(), segment(2).string()});
}

TEST_F(LocalReaderTest, says_what_retention_took_away_from_it) {
  write_text(segment(0), "0\n1\n");
  write_text(segment(2), "2\n");
  write_text(segment(3), "3\n");
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {}));
  fs::remove(segment(0));
  fs::remove(segment(2));
  expect_corrupt(*reader, {"retention removed them", "offsets 2 to 2", segment(3).string()});
}

TEST_F(LocalReaderTest, reads_an_open_segment_to_its_end_although_it_was_removed) {
  write_text(segment(0), "0\n1\n");
  write_text(segment(2), "2\n");
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, kOneRecord));
  fs::remove(segment(0));
  EXPECT_EQ(read_to_end(*reader), lines_from(1, {"1", "2"}));
}

TEST_F(LocalReaderTest, notices_that_the_file_became_shorter_than_what_it_read) {
  write_text(segment(0), "0\n1\n");
  const auto reader = open();
  EXPECT_EQ(read_to_end(*reader).size(), 2u);
  fs::resize_file(segment(0), 2);
  expect_corrupt(*reader, {"became shorter", segment(0).string()});
}

TEST_F(LocalReaderTest, says_that_a_listed_segment_cannot_be_opened) {
  write_text(segment(0), "0\n");
  fs::create_symlink("nowhere", segment(1));
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {}));
  expect_corrupt(*reader, {"removed before it was read", segment(1).string()});
  fs::remove(segment(1));
  fs::create_directory(segment(1));
  fs::remove(segment(0));
  EXPECT_FALSE(open()->read(batch, {})) << "a folder is no segment";
  fs::remove(segment(1));
  fs::create_symlink("nowhere", segment(1));
  EXPECT_FALSE(LocalReader::open(folder_.path() / "0", std::nullopt, {}));
}

TEST_F(LocalReaderTest, gives_the_beginning_and_the_length_of_a_record_that_is_too_long) {
  constexpr std::size_t kMax = 64;
  for (const std::size_t chunk_bytes : {1u, 7u, 32u, 64u, 65u, 66u, 100u, 1000u}) {
    for (const std::size_t length : {kMax - 1, kMax, kMax + 1, kMax + 2, 3 * kMax, std::size_t{100'000}}) {
      SCOPED_TRACE(testing::Message() << "chunks of " << chunk_bytes << " bytes, record of " << length);
      const std::string record(length, 'x');
      write_text(segment(0), "before\n" + record + "\nbehind\n");
      const auto reader = open({.chunk_bytes = chunk_bytes, .record_bytes_max = kMax});
      const std::vector<Line> expected = {
          {0, "before", 6}, {1, record.substr(0, kMax + 1), static_cast<std::int64_t>(length)}, {2, "behind", 6}};
      EXPECT_EQ(read_to_end(*reader), expected);
    }
  }
}

TEST_F(LocalReaderTest, gives_records_around_the_real_limit) {
  for (const std::size_t length :
       {kRecordBytesMax - 1, kRecordBytesMax, kRecordBytesMax + 1, kRecordBytesMax + 4096, 5 * kRecordBytesMax}) {
    const std::string record(length, 'x');
    write_text(segment(0), "before\n" + record + "\n" + record + "\nbehind\n");
    const auto reader = open();
    const std::vector<Line> lines = read_to_end(*reader);
    ASSERT_EQ(lines.size(), 4u);
    for (const int i : {1, 2}) {
      EXPECT_EQ(lines[i].full_bytes, static_cast<std::int64_t>(length));
      EXPECT_EQ(lines[i].bytes, record.substr(0, kRecordBytesMax + 1));
    }
    EXPECT_EQ(lines[3].bytes, "behind");
  }
}

TEST_F(LocalReaderTest, waits_for_the_end_of_an_oversize_line_without_reading_it_again_and_again) {
  write_text(segment(0), "before\n" + std::string(1'000, 'x'));
  const auto reader = open({.chunk_bytes = 32, .record_bytes_max = 64});
  EXPECT_EQ(read_to_end(*reader), lines_from(0, {"before"}));
  EXPECT_THAT(read_to_end(*reader), IsEmpty());
  append_text(segment(0), "yy");
  EXPECT_THAT(read_to_end(*reader), IsEmpty());
  append_text(segment(0), "\nbehind\n");
  const std::vector<Line> lines = read_to_end(*reader);
  EXPECT_THAT(lines, ElementsAre(Line{1, std::string(65, 'x'), 1'002}, Line{2, "behind", 6}));
}

TEST_F(LocalReaderTest, syncs_what_it_gave) {
  for (Offset first = 0; first < 40; ++first) {
    write_text(segment(first), "a record\n");
  }
  const auto reader = open();
  EXPECT_EQ(read_to_end(*reader).size(), 40u);
  ASSERT_TRUE(reader->sync());
  append_text(segment(39), "one more\n");
  EXPECT_EQ(read_to_end(*reader).size(), 1u);
  ASSERT_TRUE(reader->sync());
  ASSERT_TRUE(reader->sync()) << "nothing to do";
}

TEST_F(LocalReaderTest, never_forgets_that_a_sync_failed) {
  // A file of /proc can be read, but not be synced.
  fs::create_directories(segment(0).parent_path());
  fs::create_symlink("/proc/version", segment(0));
  const auto reader = open();
  RecordBatch batch;
  ASSERT_TRUE(reader->read(batch, {}));
  ASSERT_EQ(batch.records.size(), 1u);
  const Result<void> first = reader->sync();
  ASSERT_FALSE(first);
  EXPECT_THAT(first.error().message, HasSubstr("fsync"));
  const Result<void> second = reader->sync();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, first.error().message);
}

TEST_F(LocalReaderTest, agrees_with_a_simple_splitter_whatever_the_chunks_and_limits) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    fs::remove_all(folder_.path() / "0");
    const std::size_t max = 1 + random() % 200;
    std::vector<Line> expected;
    auto offset = static_cast<Offset>(random() % 3 * 1'000);
    for (std::uint64_t segments = 1 + random() % 4; segments > 0; --segments) {
      const Offset first = offset;
      std::string text;
      for (std::uint64_t lines = 1 + random() % 50; lines > 0; --lines) {
        const std::string record(random() % (random() % 5 == 0 ? 3 * max : max / 4 + 1),
                                 static_cast<char>('a' + offset % 26));
        text += record + "\n";
        expected.push_back({offset++, record.substr(0, max + 1), static_cast<std::int64_t>(record.size())});
      }
      if (segments == 1) {
        text.append(random() % (2 * max), 'u');
      }
      write_text(segment(first), text);
    }
    const auto reader = open({.chunk_bytes = 1 + random() % 300, .record_bytes_max = max});
    EXPECT_EQ(read_to_end(*reader, {.records = 1 + random() % 20, .bytes = random() % 300}), expected);
    EXPECT_EQ(reader->position().offset, offset);
  }
}

TEST_F(LocalReaderTest, batches_may_be_freed_on_another_thread) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) {
    text += "record " + std::to_string(i) + "\n";
  }
  write_text(segment(0), text);
  const auto reader = open({.chunk_bytes = 256, .record_bytes_max = 64});
  std::int64_t records = 0;
  for (;;) {
    RecordBatch batch;
    ASSERT_TRUE(reader->read(batch, {.records = 7, .bytes = 1'000}));
    if (batch.records.empty()) {
      break;
    }
    std::jthread([&records, batch = std::move(batch)] {
      for (const Record& record : batch.records) {
        records += record.bytes.starts_with("record ") ? 1 : 0;
      }
    });
  }
  EXPECT_EQ(records, 5'000);
}

}  // namespace
}  // namespace millrace
