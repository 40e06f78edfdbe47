#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/temporary_folder.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Demo : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_.data_dir = folder_.path() / "data";
    start_logging(LogLevel::error, LogFormat::text);
  }
  void TearDown() override { start_logging(LogLevel::info, LogFormat::text); }

  /// What it prints; it must end well.
  std::string run(bool json, std::stop_token stop = {}) {
    const auto demo = make_demo_command();
    ::testing::internal::CaptureStdout();
    const auto code = run_command(*demo, {"--events", "300", "--no-serve"},
                                  {.settings = settings_, .json = json, .stop = std::move(stop)});
    std::fflush(stdout);
    std::string out = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(code) << code.error().message;
    EXPECT_EQ(code.value_or(-1), kExitDone);
    return out;
  }

  TemporaryFolder folder_;
  Settings settings_;
};

TEST_F(Demo, takes_simulated_events_all_the_way_into_the_lake) {
  const auto result = parse_json(run(true), "demo");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->at("produce").at("records"), 300);
  EXPECT_EQ(result->at("stream").at("records"), 300);
  std::int64_t committed = 0;
  for (const Json& partition : result->at("status").at("partitions")) {
    committed += partition.at("committed_offset").get<std::int64_t>();
    EXPECT_EQ(partition.at("lag"), 0);
    EXPECT_EQ(partition.at("conserved"), true);
  }
  EXPECT_EQ(committed, 300);
}

TEST_F(Demo, in_a_folder_with_records_produces_no_more) {
  run(true);
  const std::string again = run(false);
  EXPECT_THAT(again, HasSubstr("holds 300 records already"));
  EXPECT_THAT(again, HasSubstr("stream: 0 records"));
  const auto result = parse_json(run(true), "demo");
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->contains("produce"));
}

TEST_F(Demo, says_in_text_what_each_step_did) {
  const std::string out = run(false);
  for (const std::string_view words :
       {"produce: 300 records", "stream: 300 records", "status: topic ", "The lake is in "}) {
    EXPECT_THAT(out, HasSubstr(words));
  }
}

TEST_F(Demo, is_as_its_seed_says) {
  const auto outcomes = [this] { return parse_json(run(true), "demo")->at("stream").at("outcomes").dump(); };
  const std::string first = outcomes();
  settings_.data_dir = folder_.path() / "other";
  EXPECT_EQ(outcomes(), first);
}

TEST_F(Demo, begins_no_step_after_a_stop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(run(false, stop.get_token()), Not(HasSubstr("stream")));
  EXPECT_FALSE(fs::exists(settings_.data_dir / "lake"));
}

TEST_F(Demo, refuses_events_that_are_no_positive_number) {
  for (const char* const events : {"0", "-1", "x"}) {
    const auto demo = make_demo_command();
    const auto code = run_command(*demo, {"--events", events}, {.settings = settings_, .json = false, .stop = {}});
    ASSERT_FALSE(code) << events;
    EXPECT_EQ(code.error().fault, Fault::invalid);
  }
}

}  // namespace
}  // namespace millrace
