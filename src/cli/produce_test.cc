#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/temporary_folder.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace millrace {
namespace {

class ProduceTest : public testing::Test {
 protected:
  ProduceTest() { settings_.data_dir = folder_.path() / "data"; }

  Result<int> run(const std::vector<std::string>& flags, bool json = false) {
    testing::internal::CaptureStdout();
    const auto command = make_produce_command();
    Result<int> code = run_command(*command, flags, {.settings = settings_, .json = json, .stop = stop_.get_token()});
    EXPECT_TRUE(flush_output());
    out_ = testing::internal::GetCapturedStdout();
    return code;
  }

  void expect_usage_error(const std::vector<std::string>& flags, std::string_view words) {
    const Result<int> code = run(flags);
    ASSERT_FALSE(code) << words;
    EXPECT_EQ(exit_code_of(code.error().fault), kExitUsage);
    EXPECT_NE(code.error().message.find(words), std::string::npos) << code.error().message;
    EXPECT_EQ(out_, "");
    EXPECT_FALSE(fs::exists(settings_.data_dir)) << "nothing is created for a wrong command line";
  }

  std::string partition_text(int partition) const {
    const fs::path path =
        settings_.data_dir / "log" / settings_.kafka.topic / std::to_string(partition) / "00000000000000000000.ndjson";
    return read_file(path).value_or("");
  }
  std::string log_text() const { return partition_text(0) + partition_text(1) + partition_text(2); }
  std::int64_t log_lines() const { return std::ranges::count(log_text(), '\n'); }

  fs::path write(std::string_view name, std::string_view bytes) {
    const fs::path path = folder_.path() / name;
    EXPECT_TRUE(File::create(path)->write(bytes));
    return path;
  }

  TemporaryFolder folder_;
  Settings settings_;
  std::stop_source stop_;
  std::string out_;
};

TEST_F(ProduceTest, a_seed_decides_on_every_byte) {
  ASSERT_EQ(run({"--events", "500", "--delay", "0", "--seed", "5"}), kExitDone);
  const std::string first = log_text();
  EXPECT_EQ(log_lines(), 500);
  EXPECT_NE(out_.find("500 records"), std::string::npos) << out_;
  EXPECT_NE(out_.find("seed 5"), std::string::npos) << out_;
  settings_.data_dir = folder_.path() / "again";
  ASSERT_EQ(run({"--events", "500", "--rate", "max", "--seed", "5"}), kExitDone);
  EXPECT_EQ(log_text(), first);
  settings_.data_dir = folder_.path() / "other";
  ASSERT_EQ(run({"--events", "500", "--rate", "0", "--seed", "6"}), kExitDone);
  EXPECT_NE(log_text(), first);
}

TEST_F(ProduceTest, without_a_seed_events_carry_the_present_time_and_the_seed_is_printed) {
  const Instant before = system_clock().now();
  ASSERT_EQ(run({"--events", "50", "--delay", "0", "--late-rate", "0", "--bad-rate", "0"}, true), kExitDone);
  const auto result = parse_json(out_, "the result");
  ASSERT_TRUE(result) << out_;
  EXPECT_EQ((*result)["records"], 50);
  EXPECT_EQ((*result)["topic"], "ecommerce_events");
  EXPECT_TRUE((*result)["seed"].is_number());
  EXPECT_EQ((*result)["simulated"]["bad"], 0);
  const std::string text = log_text();
  const auto event = parse_json(std::string_view(text).substr(0, text.find('\n')), "an event");
  const auto time = parse_event_time((*event)["event_time"].get<std::string>());
  EXPECT_GE(*time, before - minutes(2));
  EXPECT_LE(*time, system_clock().now());
}

TEST_F(ProduceTest, start_rate_and_speed_space_the_events) {
  const Duration begin = system_clock().uptime();
  ASSERT_EQ(run({"--events", "21", "--rate", "1", "--speed", "100", "--start", "2024-05-01", "--bad-rate", "0",
                 "--late-rate", "0", "--event-ids"}),
            kExitDone);
  EXPECT_GE(system_clock().uptime().us - begin.us, 190'000);
  EXPECT_EQ(log_lines(), 21);
  EXPECT_NE(log_text().find("2024-05-01T00:00:1"), std::string::npos);
  EXPECT_NE(log_text().find("event_id"), std::string::npos);
}

TEST_F(ProduceTest, days_of_history_with_their_truth) {
  const fs::path truth = folder_.path() / "truth.csv";
  ASSERT_EQ(run({"--days", "3", "--daily-events", "1000", "--start", "2024-05-01", "--truth", truth.string(),
                 "--products", "20", "--seed", "1"}),
            kExitDone);
  EXPECT_EQ(log_lines(), 3'000);
  EXPECT_EQ(std::ranges::count(*read_file(truth), '\n'), 61);
  EXPECT_NE(log_text().find("\"2024-05-03T"), std::string::npos);
}

TEST_F(ProduceTest, days_without_a_start_end_yesterday) {
  ASSERT_EQ(run({"--days", "2", "--daily-events", "50", "--late-rate", "0", "--bad-rate", "0", "--events", "100"}),
            kExitDone);
  const Day today = day_of(system_clock().now());
  const std::string text = log_text();
  EXPECT_NE(text.find(to_string(Day{today.number - 1})), std::string::npos);
  EXPECT_NE(text.find(to_string(Day{today.number - 2})), std::string::npos);
}

TEST_F(ProduceTest, a_csv_is_replayed_and_its_bad_rows_are_told) {
  const fs::path sales =
      write("sales.csv",
            "Invoice,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
            "1,A,d,1,12/1/2010 8:26,1,7,\n1,B,d,0,12/1/2010 8:26,1,7,\nC2,C,d,1,12/1/2010 8:30,1,7,\n");
  settings_.history.columns = {{"invoice", "Invoice"}};
  ASSERT_EQ(run({"--replay", sales.string()}), kExitDone);
  EXPECT_EQ(log_lines(), 2);
  EXPECT_NE(out_.find("3 rows of the CSV, 1 rejected"), std::string::npos) << out_;
  EXPECT_NE(out_.find("bad_quantity              1, the first in line 3"), std::string::npos) << out_;

  settings_.data_dir = folder_.path() / "json";
  ASSERT_EQ(run({"--replay", sales.string(), "--speed", "100000", "--events", "5"}, true), kExitDone);
  EXPECT_EQ((*parse_json(out_, "the result"))["rejected_rows"]["bad_quantity"], 1);
  EXPECT_EQ(log_lines(), 2);
}

TEST_F(ProduceTest, a_csv_without_one_good_row_is_rejected) {
  const fs::path sales = write("sales.csv",
                               "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                               "1,A,d,1,12/1/2010 8:26,-1,7,\n");
  EXPECT_EQ(run({"--replay", sales.string()}), kExitRejected);
}

TEST_F(ProduceTest, ndjson_is_replayed_as_it_is_at_a_rate_and_only_as_far_as_asked) {
  const fs::path events = write("events.ndjson", "{\"product_id\":\"P1\"}\nnot json\n{}\n");
  ASSERT_EQ(run({"--replay", events.string(), "--rate", "1000", "--events", "2"}), kExitDone);
  EXPECT_EQ(log_lines(), 2);
  EXPECT_NE(log_text().find("not json\n"), std::string::npos);
}

TEST_F(ProduceTest, a_file_that_is_not_there_is_an_error_before_anything_is_made) {
  const auto code = run({"--replay", (folder_.path() / "no.csv").string()});
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().fault, Fault::not_found);
  EXPECT_FALSE(fs::exists(settings_.data_dir));
}

TEST_F(ProduceTest, a_stop_ends_it_cleanly) {
  stop_.request_stop();
  ASSERT_EQ(run({"--events", "0", "--rate", "1000"}), kExitDone);
  EXPECT_NE(out_.find("stopped before the end"), std::string::npos) << out_;
}

TEST_F(ProduceTest, the_log_settings_are_taken) {
  settings_.kafka.topic = "clicks";
  settings_.kafka.partitions = 1;
  settings_.log.segment_bytes = 1'024;
  settings_.log.retention_bytes = 4'096;
  ASSERT_EQ(run({"--events", "100", "--rate", "500", "--seed", "1"}), kExitDone);
  const auto segments = list_folder(settings_.data_dir / "log" / "clicks" / "0");
  ASSERT_TRUE(segments);
  EXPECT_GE(segments->size(), 2U);
  EXPECT_EQ(list_folder(settings_.data_dir / "log" / "clicks")->size(), 1U);
  EXPECT_NE(segments->at(0), "00000000000000000000.ndjson") << "retention removed it";
}

TEST_F(ProduceTest, what_does_not_fit_together_is_refused) {
  expect_usage_error({"--events", "-5"}, "--events");
  expect_usage_error({"--seed", "-1"}, "--seed");
  expect_usage_error({"--delay", "-1"}, "--delay");
  expect_usage_error({"--rate", "-1"}, "--rate");
  expect_usage_error({"--rate", "10x"}, "--rate");
  expect_usage_error({"--rate", "5", "--delay", "1"}, "--rate and --delay");
  expect_usage_error({"--replay", "x.csv", "--speed", "0"}, "--speed");
  expect_usage_error({"--replay", "x.csv", "--speed", "1", "--rate", "5"}, "--speed follows");
  expect_usage_error({"--replay", "x.csv", "--seed", "1"}, "not for --replay");
  expect_usage_error({"--days", "2", "--rate", "5"}, "--days sets its own times");
  expect_usage_error({"--days", "0"}, "1 to 36525 days");
  expect_usage_error({"--days", "2", "--speed", "slow"}, "--speed");
  expect_usage_error({"--speed", "2"}, "--speed needs");
  expect_usage_error({"--speed", "2", "--start", "now"}, "--speed needs");
  expect_usage_error({"--start", "yesterday"}, "--start");
  expect_usage_error({"--seed", "1", "--speed", "-2"}, "--speed");
  expect_usage_error({"--bad-rate", "2"}, "bad rate");
  settings_.history.columns = {{"prise", "x"}};
  expect_usage_error({"--replay", write("a.csv", "").string()}, "history.columns");
}

TEST_F(ProduceTest, continues_a_run_that_was_cut_short) {
  const std::vector<std::string> all = {"--days", "1", "--daily-events", "400", "--start", "2024-01-15", "--seed", "5"};
  ASSERT_EQ(run(all), kExitDone);
  const std::string whole = log_text();
  settings_.data_dir = folder_.path() / "again";
  std::vector<std::string> some = all;
  some.insert(some.end(), {"--events", "150"});
  ASSERT_EQ(run(some), kExitDone);
  EXPECT_EQ(log_lines(), 150);
  std::vector<std::string> rest = all;
  rest.emplace_back("--resume");
  ASSERT_EQ(run(rest), kExitDone);
  EXPECT_EQ(log_text(), whole);
  ASSERT_EQ(run(rest), kExitDone);
  EXPECT_EQ(log_text(), whole) << "nothing is left to be appended";
}

TEST_F(ProduceTest, resume_needs_to_know_which_records_are_meant) {
  expect_usage_error({"--resume"}, "--resume needs --seed or --replay");
  expect_usage_error({"--resume", "--seed", "1", "--to-csv", "x.csv"}, "--to-csv");
}

TEST_F(ProduceTest, writes_sales_to_a_csv_instead_of_the_log) {
  const fs::path csv = folder_.path() / "sales.csv";
  ASSERT_EQ(run({"--days", "2", "--daily-events", "3000", "--start", "2024-01-15", "--seed", "5", "--to-csv", csv}),
            kExitDone);
  const std::string text = *read_file(csv);
  EXPECT_TRUE(text.starts_with("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"));
  EXPECT_GT(std::ranges::count(text, '\n'), 100);
  EXPECT_FALSE(fs::exists(settings_.data_dir / "log"));
}

TEST_F(ProduceTest, a_csv_that_was_stopped_is_not_there) {
  stop_.request_stop();
  const fs::path csv = folder_.path() / "sales.csv";
  ASSERT_EQ(run({"--days", "2", "--seed", "5", "--to-csv", csv}), kExitDone);
  EXPECT_FALSE(fs::exists(csv));
}

}  // namespace
}  // namespace millrace
