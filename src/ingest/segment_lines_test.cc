#include "ingest/segment_lines.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/temporary_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::append_text;
using log_testing::write_text;

class SegmentLines : public testing::Test {
 protected:
  File file_with(std::string_view text) {
    write_text(path_, text);
    Result<File> file = File::open_to_read(path_);
    EXPECT_TRUE(file);
    return *std::move(file);
  }

  const TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "segment";
};

TEST_F(SegmentLines, counts_nothing_in_an_empty_file) {
  const File file = file_with("");
  LineCount count;
  EXPECT_EQ(*count_lines(file, count), 0);
  EXPECT_EQ(count.lines, 0);
  EXPECT_EQ(count.bytes, 0);
}

TEST_F(SegmentLines, does_not_count_an_unfinished_line_until_it_is_finished) {
  const File file = file_with("a\n\nbc");
  LineCount count;
  EXPECT_EQ(*count_lines(file, count), 5);
  EXPECT_EQ(count.lines, 2);
  EXPECT_EQ(count.bytes, 3);
  EXPECT_EQ(*count_lines(file, count), 5);
  EXPECT_EQ(count.lines, 2);
  append_text(path_, "d\ne\n");
  EXPECT_EQ(*count_lines(file, count), 9);
  EXPECT_EQ(count.lines, 4);
  EXPECT_EQ(count.bytes, 9);
}

TEST_F(SegmentLines, notices_that_a_file_shrank) {
  const File file = file_with("a\nb\n");
  LineCount count;
  ASSERT_TRUE(count_lines(file, count));
  fs::resize_file(path_, 2);
  const auto counted = count_lines(file, count);
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().fault, Fault::corrupt);
}

TEST_F(SegmentLines, finds_where_a_line_begins) {
  const File file = file_with("a\n\nbc\nunfinished");
  EXPECT_EQ(*find_line(file, 0), 0);
  EXPECT_EQ(*find_line(file, 1), 2);
  EXPECT_EQ(*find_line(file, 2), 3);
  EXPECT_EQ(*find_line(file, 3), 6);
  EXPECT_EQ(*find_line(file, 4), std::nullopt);
}

TEST_F(SegmentLines, finds_the_next_newline) {
  const File file = file_with("ab\ncd\ne");
  EXPECT_EQ(*find_newline(file, 0), 2);
  EXPECT_EQ(*find_newline(file, 2), 2);
  EXPECT_EQ(*find_newline(file, 3), 5);
  EXPECT_EQ(*find_newline(file, 6), std::nullopt);
  EXPECT_EQ(*find_newline(file, 100), std::nullopt);
}

TEST_F(SegmentLines, agrees_with_a_simple_count_on_files_of_many_pieces) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::string text;
    std::vector<std::int64_t> starts = {0};
    while (text.size() < 1'500'000) {
      text.append(random() % (seed * 300), 'x');
      text += '\n';
      starts.push_back(static_cast<std::int64_t>(text.size()));
    }
    const File file = file_with(text + "unfinished");
    LineCount count;
    ASSERT_TRUE(count_lines(file, count));
    EXPECT_EQ(count.lines, static_cast<std::int64_t>(starts.size()) - 1);
    EXPECT_EQ(count.bytes, static_cast<std::int64_t>(text.size()));
    for (int i = 0; i < 50; ++i) {
      const std::size_t line = random() % starts.size();
      EXPECT_EQ(*find_line(file, static_cast<std::int64_t>(line)), starts[line]);
    }
    EXPECT_EQ(*find_line(file, static_cast<std::int64_t>(starts.size())), std::nullopt);
  }
}

TEST_F(SegmentLines, says_where_a_file_cannot_be_read) {
  const Result<File> folder = File::open_to_read(folder_.path());
  ASSERT_TRUE(folder);
  LineCount count;
  EXPECT_FALSE(count_lines(*folder, count));
  EXPECT_FALSE(find_line(*folder, 1));
  EXPECT_FALSE(find_newline(*folder, 0));
}

}  // namespace
}  // namespace millrace
