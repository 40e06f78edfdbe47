// What the program's exit code says. CONTRACT.md, "The commands".
//
// The table in exit_code.cc is the one place where a fault becomes a number for the outside; an HTTP status will be
// its second column. Thread rule: constants and pure functions.
#pragma once

#include "base/result.h"

namespace millrace {

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;     // wrong usage or configuration
constexpr int kExitRejected = 3;  // input rejected, or a quality rule broken

int exit_code_of(Fault fault);

/// 130 for SIGINT, 143 for SIGTERM: ended by it, after a clean stop.
constexpr int exit_code_of_signal(int signal_number) { return 128 + signal_number; }

}  // namespace millrace
