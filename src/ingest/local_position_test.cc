#include "ingest/local_position.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

using log_testing::write_text;
using testing::AllOf;
using testing::HasSubstr;

TEST(LocalPosition, has_a_text_that_says_all_of_it) {
  const LocalPosition position{4711, 178, RecordDigest{177, 0x0f0e9d8c7b6a5948}};
  EXPECT_EQ(to_text(position), R"({"segment":4711,"byte":178,"last_bytes":177,"last_hash":"0f0e9d8c7b6a5948"})");
  EXPECT_EQ(parse_local_position(to_text(position)), position);
  const LocalPosition beginning{4711, 0, std::nullopt};
  EXPECT_EQ(to_text(beginning), R"({"segment":4711,"byte":0})");
  EXPECT_EQ(parse_local_position(to_text(beginning)), beginning);
  const LocalPosition far{INT64_MAX, INT64_MAX, RecordDigest{INT64_MAX, UINT64_MAX}};
  EXPECT_EQ(parse_local_position(to_text(far)), far);
}

TEST(LocalPosition, refuses_a_text_that_is_not_one) {
  for (const char* text :
       {"", "x", "[]", "7", "{}", R"({"segment":0})", R"({"byte":0})", R"({"segment":-1,"byte":0})",
        R"({"segment":0,"byte":1.5})", R"({"segment":"0","byte":0})", R"({"segment":0,"byte":18446744073709551615})",
        R"({"segment":0,"byte":1,"last_bytes":0})", R"({"segment":0,"byte":1,"last_hash":"00"})",
        R"({"segment":0,"byte":1,"last_bytes":0,"last_hash":"xyz"})",
        R"({"segment":0,"byte":1,"last_bytes":0,"last_hash":""})",
        R"({"segment":0,"byte":1,"last_bytes":0,"last_hash":7})",
        R"({"segment":0,"byte":1,"last_bytes":0,"last_hash":"10000000000000000"})",
        R"({"segment":0,"byte":1,"last_bytes":-1,"last_hash":"00"})"}) {
    const auto position = parse_local_position(text);
    ASSERT_FALSE(position) << text;
    EXPECT_EQ(position.error().fault, Fault::corrupt);
  }
}

TEST(LocalPosition, hashes_no_more_of_a_record_than_a_reader_gives) {
  const std::string record(kRecordBytesMax + 5, 'x');
  EXPECT_EQ(hash_of_record(record), hash_of_record(record.substr(0, kRecordBytesMax + 1)));
  EXPECT_NE(hash_of_record(record), hash_of_record(record.substr(0, kRecordBytesMax)));
}

class VerifyPosition : public testing::Test {
 protected:
  static constexpr std::size_t kHashedMax = 100;

  Result<void> verify(std::string_view text, const LocalPosition& position) {
    write_text(path_, text);
    const Result<File> file = File::open_to_read(path_);
    EXPECT_TRUE(file);
    return verify_position(*file, position, kHashedMax);
  }
  static LocalPosition behind(std::int64_t byte, std::string_view last) {
    return {0, byte, RecordDigest{static_cast<std::int64_t>(last.size()), hash_of_record(last.substr(0, kHashedMax))}};
  }
  void expect_corrupt(const Result<void>& verified, const char* words) {
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().fault, Fault::corrupt);
    EXPECT_THAT(verified.error().message, AllOf(HasSubstr(words), HasSubstr(path_.string())));
  }

  const TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "segment";
};

TEST_F(VerifyPosition, accepts_a_log_that_only_grew) {
  EXPECT_TRUE(verify("one\ntwo\n", behind(4, "one")));
  EXPECT_TRUE(verify("one\ntwo\n", behind(8, "two")));
  EXPECT_TRUE(verify("one\ntwo\nthree", behind(8, "two")));
  EXPECT_TRUE(verify("\n\n", behind(1, "")));
  EXPECT_TRUE(verify("\n\n", behind(2, "")));
  EXPECT_TRUE(verify("one\n", {0, 0, std::nullopt}));
}

TEST_F(VerifyPosition, sees_that_the_log_is_shorter) {
  expect_corrupt(verify("one\ntwo", behind(8, "two")), "shorter than what was committed");
  expect_corrupt(verify("", behind(4, "one")), "shorter than what was committed");
  expect_corrupt(verify("one", {0, 4, std::nullopt}), "shorter than what was committed");
}

TEST_F(VerifyPosition, sees_that_the_last_record_differs) {
  expect_corrupt(verify("one\ntwx\n", behind(8, "two")), "differs from what was committed");
  expect_corrupt(verify("one\ntwo!\n", behind(8, "two")), "differs from what was committed");
  expect_corrupt(verify("one two\n", behind(8, "two")), "differs from what was committed");
  expect_corrupt(verify("one\n\nwo\n", behind(8, "two")), "differs from what was committed");
  expect_corrupt(verify("two\n", behind(4, "two and more")), "differs from what was committed");
}

TEST_F(VerifyPosition, compares_the_beginning_of_a_long_record) {
  const std::string record = std::string(kHashedMax, 'a') + "tail";
  const LocalPosition position = behind(static_cast<std::int64_t>(record.size()) + 1, record);
  EXPECT_TRUE(verify(record + "\n", position));
  std::string other = record;
  other[kHashedMax - 1] = 'b';
  expect_corrupt(verify(other + "\n", position), "differs");
  other = record;
  other[kHashedMax / 2] = '\n';
  expect_corrupt(verify(other + "\n", position), "differs");
}

}  // namespace
}  // namespace millrace
