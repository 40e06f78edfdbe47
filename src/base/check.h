// CHECK(condition): a statement about our own code that must hold, in release builds too.
//
// A failed CHECK is a bug: it prints the place and aborts; the next start resumes at the last commit.
// It must never be reachable from input, configuration or the outside world (those are Rejection and Result).
#pragma once

namespace millrace {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace millrace

#define CHECK(condition)                                                    \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                     : ::millrace::check_failed(#condition, __FILE__, __LINE__))
