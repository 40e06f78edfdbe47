#include "ingest/resumed_appender.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "ingest/local_appender.h"
#include "ingest/local_log.h"
#include "ingest/log_folder.h"

namespace millrace {
namespace {

constexpr int kRecords = 500;

class ResumedAppenderTest : public testing::Test {
 protected:
  static std::string key(int i) { return format("P{:03}", i % 17); }
  static std::string record(int i) { return format("{{\"i\":{}}}", i); }

  /// Appends the first `count` records; how many of them stood there already.
  std::int64_t append(int count, bool resume) {
    const auto appender = LocalAppender::open(folder_.path(), "events");
    const auto log = LocalLog::open(folder_.path(), "events");
    EXPECT_TRUE(appender && log);
    const auto resumed = ResumedAppender::create(**appender, **log);
    EXPECT_TRUE(resumed);
    Appender& target = resume ? static_cast<Appender&>(**resumed) : **appender;
    for (int i = 0; i < count; ++i) {
      EXPECT_TRUE(target.append(key(i), record(i)));
    }
    EXPECT_TRUE(target.sync());
    EXPECT_TRUE(target.flush());
    return (*resumed)->dropped();
  }

  fs::path segment(Partition partition) const {
    return partition_folder(folder_.path() / "events", partition) / "00000000000000000000.ndjson";
  }
  std::string text() const {
    std::string all;
    for (Partition partition = 0; partition < 3; ++partition) {
      all += read_file(segment(partition)).value_or("missing");
    }
    return all;
  }

  TemporaryFolder folder_;
};

TEST_F(ResumedAppenderTest, appends_everything_to_an_empty_log) {
  EXPECT_EQ(append(kRecords, true), 0);
  EXPECT_EQ(std::ranges::count(text(), '\n'), kRecords);
}

TEST_F(ResumedAppenderTest, continues_where_another_one_stopped) {
  const TemporaryFolder other;
  append(kRecords, false);
  const std::string whole = text();
  for (Partition partition = 0; partition < 3; ++partition) {
    EXPECT_TRUE(remove_file(segment(partition)));
  }
  append(123, false);
  EXPECT_EQ(append(kRecords, true), 123);
  EXPECT_EQ(text(), whole);
  EXPECT_EQ(append(kRecords, true), kRecords);
  EXPECT_EQ(text(), whole);
}

TEST_F(ResumedAppenderTest, passes_over_a_torn_line_and_other_producers_records) {
  append(200, false);
  {
    File file = *File::open_to_append(segment(1));
    ASSERT_TRUE(file.write(R"({"somebody":"else"})"
                           "\n"
                           R"({"i":2)"));  // torn: the next producer ends it
  }
  EXPECT_EQ(append(kRecords, true), 200);
  const std::string all = text();
  EXPECT_EQ(std::ranges::count(all, '\n'), kRecords + 2);
  for (int i = 0; i < kRecords; ++i) {
    EXPECT_NE(all.find(record(i) + "\n"), std::string::npos) << i;
  }
  EXPECT_EQ(append(kRecords, true), kRecords) << "and again, behind the torn line";
}

}  // namespace
}  // namespace millrace
