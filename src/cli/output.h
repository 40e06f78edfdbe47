// The result of a command, on standard output.
//
// A reader that closes the pipe early (`millrace consume | head`) has had enough: print() then fails, the command
// returns that error at once, and main ends with exit code 0 and without a word (SIGPIPE is ignored). Any other failure
// (a full disk behind `> file`) is an error as usual. Output is buffered; main flushes it, and a command that waits for
// more input flushes before it waits.
// Errors: unavailable. Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace {

/// A share as people read it: 0.918 is "91.8 %", an unknown one "-".
std::string percent(const std::optional<double>& share);

/// Writes the text as it is, without a newline of its own.
[[nodiscard]] Result<void> print(std::string_view text);
/// Hands on what is buffered.
[[nodiscard]] Result<void> flush_output();
/// A print() or flush_output() failed because nobody reads any more.
bool output_closed();

}  // namespace millrace
