#include "cli/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace millrace {
namespace {

/// A failure is remembered for the rest of the process, so each of them happens in a process of its own (EXPECT_EXIT),
/// started afresh; the exit code tells which expectation broke.
class OutputDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// Standard output becomes a pipe that nobody reads.
void close_reader() {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  if (::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) {
    std::_Exit(99);
  }
  ::close(ends[0]);
}

TEST(Output, shares_are_written_for_people) {
  EXPECT_EQ(percent(0.9184), "91.8 %");
  EXPECT_EQ(percent(-0.057), "-5.7 %");
  EXPECT_EQ(percent(std::nullopt), "-");
}

TEST(Output, is_written_as_it_is) {
  ::testing::internal::CaptureStdout();
  EXPECT_TRUE(print(std::string_view("a\0b", 3)));
  EXPECT_TRUE(print("\n"));
  EXPECT_TRUE(print(""));
  EXPECT_TRUE(flush_output());
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), std::string("a\0b\n", 4));
  EXPECT_FALSE(output_closed());
}

TEST_F(OutputDeathTest, that_nobody_reads_any_more_is_closed) {
  const auto print_until_closed = [] {
    close_reader();
    if (!print("buffered")) {
      std::_Exit(1);
    }
    if (flush_output() || !output_closed()) {
      std::_Exit(2);
    }
    if (print("more") || flush_output()) {
      std::_Exit(3);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(print_until_closed(), ::testing::ExitedWithCode(0), "");
}

TEST_F(OutputDeathTest, that_does_not_fit_into_the_buffer_fails_at_once) {
  const auto print_much = [] {
    close_reader();
    const auto printed = print(std::string(1'000'000, 'x'));
    std::_Exit(!printed && output_closed() ? 0 : 1);
  };
  EXPECT_EXIT(print_much(), ::testing::ExitedWithCode(0), "");
}

TEST_F(OutputDeathTest, to_a_full_disk_is_an_error_and_not_closed) {
  const auto fill = [] {
    ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
    if (!print("text")) {
      std::_Exit(1);
    }
    const auto flushed = flush_output();
    if (flushed || output_closed()) {
      std::_Exit(2);
    }
    std::fputs(flushed.error().message.c_str(), stderr);
    std::_Exit(0);
  };
  EXPECT_EXIT(fill(), ::testing::ExitedWithCode(0), "could not write to standard output: No space left on device");
}

TEST_F(OutputDeathTest, lost_beside_print_is_noticed_at_the_flush) {
  const auto lose = [] {
    ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
    std::fputs("text", stdout);
    static_cast<void>(std::fflush(stdout));  // by somebody who does not look
    std::_Exit(flush_output() ? 1 : 0);
  };
  EXPECT_EXIT(lose(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace millrace
