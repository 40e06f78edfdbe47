#include "ingest/retention.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/temporary_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

class RetentionTest : public testing::Test {
 protected:
  static constexpr Instant kNow{1'700'000'000'000'000};

  /// A segment of a hundred bytes for each age.
  void write_segments(const std::vector<Duration>& ages) {
    Offset first = 0;
    for (const Duration age : ages) {
      const fs::path path = folder_.path() / segment_name(first);
      log_testing::write_text(path, std::string(100, '\n'));
      const Instant appended = kNow - age;
      const timespec time{appended.us / 1'000'000, appended.us % 1'000'000 * 1'000};
      const timespec times[] = {time, time};
      ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
      first += 100;
    }
  }
  /// How many segments are left after removing.
  std::size_t left_after(const Retention& retention) {
    const auto before = list_segments(folder_.path());
    const auto removed = remove_old_segments(*before, retention, kNow);
    EXPECT_TRUE(removed);
    const auto after = list_segments(folder_.path());
    EXPECT_EQ(after->size(), before->size() - *removed);
    EXPECT_EQ(after->empty() ? 0 : after->back().first, before->empty() ? 0 : before->back().first);
    return after->size();
  }

  const TemporaryFolder folder_;
};

TEST_F(RetentionTest, keeps_everything_without_a_limit) {
  write_segments({kDay * 1000, kDay * 999, hours(1)});
  EXPECT_EQ(left_after({}), 3u);
}

TEST_F(RetentionTest, has_nothing_to_do_in_an_empty_partition) { EXPECT_EQ(left_after({.bytes = 1, .age = kDay}), 0u); }

TEST_F(RetentionTest, keeps_at_least_the_bytes_asked_for) {
  write_segments({hours(4), hours(3), hours(2), hours(1)});
  EXPECT_EQ(left_after({.bytes = 400, .age = {}}), 4u);
  EXPECT_EQ(left_after({.bytes = 301, .age = {}}), 4u);
  EXPECT_EQ(left_after({.bytes = 300, .age = {}}), 3u);
  EXPECT_EQ(left_after({.bytes = 150, .age = {}}), 2u);
}

TEST_F(RetentionTest, removes_what_is_older_than_asked_for) {
  write_segments({hours(4), hours(3), hours(2), hours(1)});
  EXPECT_EQ(left_after({.bytes = {}, .age = hours(4)}), 4u);
  EXPECT_EQ(left_after({.bytes = {}, .age = Duration{hours(3).us - 1}}), 2u);
}

TEST_F(RetentionTest, never_removes_the_newest_segment) {
  write_segments({hours(4), hours(3)});
  EXPECT_EQ(left_after({.bytes = 0, .age = Duration{0}}), 1u);
  EXPECT_EQ(left_after({.bytes = 0, .age = Duration{0}}), 1u);
}

TEST_F(RetentionTest, leaves_no_gap_where_an_older_segment_was_touched_later) {
  write_segments({hours(1), hours(9), hours(1)});
  EXPECT_EQ(left_after({.bytes = {}, .age = hours(2)}), 3u);
}

TEST_F(RetentionTest, says_what_it_cannot_remove_or_look_at) {
  fs::create_directories(folder_.path() / segment_name(0) / "not empty");
  log_testing::write_text(folder_.path() / segment_name(1), "\n");
  const auto segments = list_segments(folder_.path());
  EXPECT_FALSE(remove_old_segments(*segments, {.bytes = 0, .age = {}}, kNow));
  EXPECT_FALSE(remove_old_segments({{5, folder_.path() / "missing"}}, {.bytes = 0, .age = {}}, kNow));
}

}  // namespace
}  // namespace millrace
