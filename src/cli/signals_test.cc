#include "cli/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace millrace {
namespace {

/// Waits up to ten seconds for what another thread does.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST(SignalWatcher, requests_the_stop_and_remembers_the_signal) {
  for (const int number : {SIGINT, SIGTERM}) {
    const auto watcher = SignalWatcher::start();
    ASSERT_TRUE(watcher);
    const std::stop_token stop = (*watcher)->stop_token();
    EXPECT_FALSE(stop.stop_requested());
    EXPECT_EQ((*watcher)->received(), std::nullopt);
    ::kill(::getpid(), number);
    EXPECT_TRUE(comes_true([&] { return stop.stop_requested(); }));
    EXPECT_EQ((*watcher)->received(), number);
  }
}

TEST(SignalWatcher, hears_a_signal_whatever_thread_runs) {
  const auto watcher = SignalWatcher::start();
  ASSERT_TRUE(watcher);
  std::jthread busy([stop = (*watcher)->stop_token()] {
    while (!stop.stop_requested()) {
    }
  });
  ::kill(::getpid(), SIGTERM);
  busy.join();
  EXPECT_EQ((*watcher)->received(), SIGTERM);
}

TEST(SignalWatcher, ends_without_a_signal) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(SignalWatcher::start());
  }
}

/// What ends or changes its process happens in a process of its own, started afresh: a fork would inherit threads'
/// locks.
class SignalWatcherDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(SignalWatcherDeathTest, a_second_signal_ends_the_process_at_once) {
  const auto send_two = [] {
    const auto watcher = SignalWatcher::start();
    ::kill(::getpid(), SIGINT);
    comes_true([&] { return (*watcher)->received().has_value(); });
    ::kill(::getpid(), SIGTERM);
    std::this_thread::sleep_for(std::chrono::seconds(10));
    std::_Exit(1);
  };
  EXPECT_EXIT(send_two(), ::testing::ExitedWithCode(143), "");
}

TEST_F(SignalWatcherDeathTest, an_ignored_signal_is_heard_too) {
  const auto send = [] {
    std::signal(SIGINT, SIG_IGN);  // as a shell does for `command &` in a script
    const auto watcher = SignalWatcher::start();
    ::kill(::getpid(), SIGINT);
    std::_Exit(comes_true([&] { return (*watcher)->received() == SIGINT; }) ? 0 : 1);
  };
  EXPECT_EXIT(send(), ::testing::ExitedWithCode(0), "");
}

TEST_F(SignalWatcherDeathTest, after_it_a_signal_ends_the_process_again) {
  const auto send = [] {
    {
      const auto watcher = SignalWatcher::start();
    }
    ::kill(::getpid(), SIGTERM);
    std::this_thread::sleep_for(std::chrono::seconds(10));
    std::_Exit(1);
  };
  EXPECT_EXIT(send(), ::testing::KilledBySignal(SIGTERM), "");
}

TEST_F(SignalWatcherDeathTest, a_write_to_a_closed_pipe_fails_instead_of_killing) {
  const auto write_to_nobody = [] {
    const auto watcher = SignalWatcher::start();
    int ends[2];
    if (::pipe(ends) != 0) {
      std::_Exit(2);
    }
    ::close(ends[0]);
    std::_Exit(::write(ends[1], "x", 1) < 0 && errno == EPIPE ? 0 : 1);
  };
  EXPECT_EXIT(write_to_nobody(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace millrace
