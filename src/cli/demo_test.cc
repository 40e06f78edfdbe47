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
    settings_.ml.rounds = 2;
    settings_.ml.rows_max = 1'000;
    start_logging(LogLevel::error, LogFormat::text);
  }
  void TearDown() override { start_logging(LogLevel::info, LogFormat::text); }

  /// What it prints; it must end well.
  std::string run(bool json, std::stop_token stop = {}) {
    const auto demo = make_demo_command();
    ::testing::internal::CaptureStdout();
    const auto code = run_command(*demo, {"--events", "300", "--history-days", "60", "--no-serve"},
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

TEST_F(Demo, takes_a_simulated_shop_all_the_way_to_forecasts) {
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
  EXPECT_EQ(result->at("batch").at("days_computed"), 61);
  EXPECT_EQ(result->at("train").at("models").size(), 3U);
  EXPECT_EQ(result->at("predict_next_day").at("predictions").size(), 200U);
  EXPECT_EQ(result->at("predict_next_week").at("predictions").size(), 1'400U);
  for (const char* const answer : {"daily_revenue", "top_selling_products", "category_growth"}) {
    EXPECT_FALSE(result->at(answer).empty()) << answer;
  }
  EXPECT_EQ(result->at("summary").at("as_of"), "2024-01-14");
}

TEST_F(Demo, again_makes_nothing_twice) {
  const auto first = parse_json(run(true), "demo");
  const auto again = parse_json(run(true), "demo");
  ASSERT_TRUE(first && again);
  EXPECT_FALSE(again->contains("history"));
  EXPECT_FALSE(again->contains("train"));
  EXPECT_EQ(again->at("stream").at("records"), 0);
  EXPECT_EQ(again->at("batch").at("days_computed"), 0);
  EXPECT_EQ(again->at("summary"), first->at("summary"));
  EXPECT_EQ(again->at("daily_revenue"), first->at("daily_revenue"));
}

TEST_F(Demo, says_in_text_what_each_step_did) {
  const std::string out = run(false);
  for (const std::string_view words : {"produce:\n300 records", "stream:\n300 records", "status:\ntopic ", "champion: ",
                                       "next_week after 2024-01-14", "top_selling_products:\nrank", "In short"}) {
    EXPECT_THAT(out, HasSubstr(words));
  }
}

TEST_F(Demo, of_a_shop_with_a_history_has_a_data_folder_of_its_own) {
  run(true);
  const fs::path history = folder_.path() / "mine.csv";
  fs::copy_file(settings_.data_dir / "history.csv", history);
  const auto demo = make_demo_command();
  ::testing::internal::CaptureStdout();
  const auto code =
      run_command(*demo, {"--historical-csv", history}, {.settings = settings_, .json = true, .stop = {}});
  std::fflush(stdout);
  const auto result = parse_json(::testing::internal::GetCapturedStdout(), "demo");
  ASSERT_TRUE(code) << code.error().message;
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->at("batch").at("days"), 60);
  EXPECT_FALSE(result->contains("stream"));
  EXPECT_TRUE(fs::exists(settings_.data_dir / "mine" / "lake"));
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
