#include "cli/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/format.h"
#include "cli/exit_code.h"

namespace millrace {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

std::unexpected<Error> fail_with_errno() {
  return fail(Fault::unavailable, format("could not watch for signals: {}", std::generic_category().message(errno)));
}

}  // namespace

Result<std::unique_ptr<SignalWatcher>> SignalWatcher::start() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const int signal_fd = ::signalfd(-1, &signals, SFD_CLOEXEC);
  if (signal_fd < 0) {
    return fail_with_errno();
  }
  const int end_fd = ::eventfd(0, EFD_CLOEXEC);
  if (end_fd < 0) {
    ::close(signal_fd);
    return fail_with_errno();
  }
  return std::unique_ptr<SignalWatcher>(new SignalWatcher(signal_fd, end_fd));
}

SignalWatcher::SignalWatcher(int signal_fd, int end_fd)
    : signal_fd_(signal_fd), end_fd_(end_fd), thread_([this] { watch(); }) {}

SignalWatcher::~SignalWatcher() {
  ::eventfd_write(end_fd_, 1);
  thread_.join();
  ::close(signal_fd_);
  ::close(end_fd_);
  // From here on a signal ends the process at once again: nothing is left that could be stopped cleanly.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

std::optional<int> SignalWatcher::received() const {
  const int number = received_.load();
  return number == 0 ? std::nullopt : std::optional(number);
}

void SignalWatcher::watch() {
  pollfd waited[] = {{.fd = signal_fd_, .events = POLLIN, .revents = 0},
                     {.fd = end_fd_, .events = POLLIN, .revents = 0}};
  for (;;) {
    if (::poll(waited, 2, -1) < 0) {
      continue;  // EINTR: a debugger, or a signal that is not ours
    }
    signalfd_siginfo info{};
    if ((waited[0].revents & POLLIN) != 0 && ::read(signal_fd_, &info, sizeof info) == sizeof info) {
      const int number = static_cast<int>(info.ssi_signo);
      if (received_.load() != 0) {
        ::_exit(exit_code_of_signal(number));
      }
      received_.store(number);
      stop_.request_stop();
      continue;
    }
    if ((waited[1].revents & POLLIN) != 0) {
      return;
    }
  }
}

}  // namespace millrace
