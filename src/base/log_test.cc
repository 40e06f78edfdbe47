#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/time.h"

namespace millrace {
namespace {

/// What the calls write to stderr, line by line.
template <class Calls>
std::vector<std::string> lines_of(LogLevel level, LogFormat format, Calls calls) {
  ::testing::internal::CaptureStderr();
  start_logging(level, format);
  calls();
  const std::string written = ::testing::internal::GetCapturedStderr();
  start_logging(LogLevel::info, LogFormat::text);
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = written.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(written.substr(begin, end - begin));
  }
  EXPECT_EQ(begin, written.size()) << "the last line has no end";
  return lines;
}

/// A text line without its time, which has this form: 2024-01-15T10:30:00.123Z
std::string without_time(const std::string& line) {
  EXPECT_TRUE(parse_event_time(line.substr(0, 24))) << line;
  EXPECT_EQ(line.substr(23, 2), "Z ");
  return line.substr(25);
}

std::string text_line(LogFields fields) {
  const auto lines = lines_of(LogLevel::info, LogFormat::text, [&] { log_info("said", fields); });
  EXPECT_EQ(lines.size(), 1U);
  return without_time(lines.at(0));
}

Json json_line(LogFields fields) {
  const auto lines = lines_of(LogLevel::info, LogFormat::json, [&] { log_info("said", fields); });
  EXPECT_EQ(lines.size(), 1U);
  return *parse_json(lines.at(0), "log line");
}

TEST(Log, text_lines_have_time_level_message_and_fields) {
  EXPECT_EQ(text_line({}), "info said");
  EXPECT_EQ(
      text_line({{"partition", 0}, {"records", std::size_t{123}}, {"name", "P001"}, {"done", true}, {"share", 0.25}}),
      "info said partition=0 records=123 name=P001 done=true share=0.25");
}

TEST(Log, json_lines_have_the_same) {
  const Json line = json_line({{"partition", 0}, {"name", std::string("P 1")}, {"done", false}, {"share", 0.25}});
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["message"], "said");
  EXPECT_EQ(line["partition"], 0);
  EXPECT_EQ(line["name"], "P 1");
  EXPECT_EQ(line["done"], false);
  EXPECT_EQ(line["share"], 0.25);
  EXPECT_EQ(line.size(), 7U);
  EXPECT_TRUE(parse_event_time(line["time"].get<std::string>()));
  EXPECT_EQ(line["time"].get<std::string>().size(), 24U);
}

TEST(Log, numbers_keep_all_64_bits) {
  const LogFields fields = {{"low", std::numeric_limits<std::int64_t>::min()},
                            {"high", std::numeric_limits<std::uint64_t>::max()}};
  EXPECT_EQ(text_line(fields), "info said low=-9223372036854775808 high=18446744073709551615");
  EXPECT_EQ(json_line(fields)["high"].get<std::uint64_t>(), std::numeric_limits<std::uint64_t>::max());
}

TEST(Log, numbers_that_json_does_not_have_are_null_there) {
  const LogFields fields = {{"nan", std::numeric_limits<double>::quiet_NaN()},
                            {"infinite", -std::numeric_limits<double>::infinity()}};
  EXPECT_EQ(text_line(fields), "info said nan=nan infinite=-inf");
  EXPECT_TRUE(json_line(fields)["nan"].is_null());
  EXPECT_TRUE(json_line(fields)["infinite"].is_null());
}

TEST(Log, text_values_are_quoted_where_they_could_be_misread) {
  EXPECT_EQ(text_line({{"a", ""}}), R"(info said a="")");
  EXPECT_EQ(text_line({{"a", "two words"}}), R"(info said a="two words")");
  EXPECT_EQ(text_line({{"a", "b=c"}}), R"(info said a="b=c")");
  EXPECT_EQ(text_line({{"a", "say \"hi\" \\"}}), R"(info said a="say \"hi\" \\")");
  EXPECT_EQ(text_line({{"a", "/var/log-1_2.ndjson:7"}}), "info said a=/var/log-1_2.ndjson:7");
  EXPECT_EQ(text_line({{"a", "Café"}}), R"(info said a="Café")");
}

TEST(Log, a_value_cannot_forge_a_line_or_reach_the_terminal) {
  const std::string forged =
      "x\n2024-01-01T00:00:00.000Z error forged\r\t\x1b[2J\x7f\xC2\x9b"
      "2J" +
      std::string(1, '\0');
  EXPECT_EQ(text_line({{"a", forged}}),
            R"(info said a="x\n2024-01-01T00:00:00.000Z error forged\r\t\u001b[2J\u007f\u009b2J\u0000")");
  EXPECT_EQ(json_line({{"a", forged}})["a"].get<std::string>(), forged);
}

TEST(Log, invalid_utf8_is_replaced) {
  const std::string replaced =
      "a\xEF\xBF\xBD"
      "b";
  EXPECT_EQ(text_line({{"a",
                        "a\xFF"
                        "b"}}),
            "info said a=\"" + replaced + "\"");
  EXPECT_EQ(json_line({{"a",
                        "a\xFF"
                        "b"}})["a"]
                .get<std::string>(),
            replaced);
}

TEST(Log, only_lines_of_the_level_and_above_are_written) {
  const auto say_all = [] {
    log_debug("one");
    log_info("two");
    log_warning("three");
    log_error("four");
  };
  const auto said = [&](LogLevel level) {
    std::string all;
    for (const std::string& line : lines_of(level, LogFormat::text, say_all)) {
      all += without_time(line) + "; ";
    }
    return all;
  };
  EXPECT_EQ(said(LogLevel::debug), "debug one; info two; warning three; error four; ");
  EXPECT_EQ(said(LogLevel::info), "info two; warning three; error four; ");
  EXPECT_EQ(said(LogLevel::warning), "warning three; error four; ");
  EXPECT_EQ(said(LogLevel::error), "error four; ");
}

TEST(Log, json_levels_have_the_same_names) {
  const auto lines = lines_of(LogLevel::debug, LogFormat::json, [] {
    log_debug("one");
    log_warning("three");
    log_error("four");
  });
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(parse_json(lines[0], "line")->at("level"), "debug");
  EXPECT_EQ(parse_json(lines[1], "line")->at("level"), "warning");
  EXPECT_EQ(parse_json(lines[2], "line")->at("level"), "error");
}

TEST(Log, lines_of_several_threads_stay_whole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  const auto lines = lines_of(LogLevel::info, LogFormat::json, [] {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([thread] {
        for (int i = 0; i < kLines; ++i) {
          log_info("counted", {{"thread", thread}, {"i", i}, {"text", "some more words to write"}});
        }
      });
    }
  });
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(kThreads * kLines));
  std::vector<int> next(kThreads, 0);
  for (const std::string& line : lines) {
    const auto json = parse_json(line, "line");
    ASSERT_TRUE(json) << line;
    EXPECT_EQ(json->at("i"), next.at(json->at("thread").get<std::size_t>())++);
  }
}

TEST(LogNames, are_read_and_written) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    EXPECT_EQ(log_level_from(to_string(level)), level);
  }
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    EXPECT_EQ(log_format_from(to_string(format)), format);
  }
  EXPECT_EQ(log_level_from("INFO"), std::nullopt);
  EXPECT_EQ(log_format_from(""), std::nullopt);
}

}  // namespace
}  // namespace millrace
