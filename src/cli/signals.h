// SIGINT and SIGTERM as a request to stop.
//
// A watcher blocks both signals in the calling thread, and so in all threads that it starts afterwards; one thread of
// its own reads them from a descriptor, so that no code ever runs inside a signal handler. The first signal requests
// the stop; a second one, of either kind, ends the process at once with its exit code (130, 143). A SIGINT that the
// shell had set to ignored (`millrace stream &` in a script) is heard too: whoever sends it means it.
// A thread that a library starts before main() is not covered: it must block signals itself, as Arrow's allocator does
// (a signal goes to any thread that does not block it, and would end the process there; the tests send real ones).
// SIGPIPE is ignored from then on: a write to a closed pipe fails as any other write does.
// Errors: unavailable where the system has no more descriptors. Thread rule: made and destroyed on the main thread,
// before other threads start and after they ended; received() from any thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/result.h"

namespace millrace {

class SignalWatcher {
 public:
  static Result<std::unique_ptr<SignalWatcher>> start();
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  std::stop_token stop_token() const { return stop_.get_token(); }
  /// The signal that asked to stop, if there was one.
  std::optional<int> received() const;

 private:
  SignalWatcher(int signal_fd, int end_fd);
  void watch();

  int signal_fd_;
  int end_fd_;  // an eventfd that wakes the thread to end
  std::atomic<int> received_ = 0;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace millrace
