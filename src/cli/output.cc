#include "cli/output.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/format.h"

namespace millrace {
namespace {

/// What went wrong first; from then on every call fails with it, for output with a gap in it is worth nothing.
int failure = 0;

Result<void> fail_with(int error_number) {
  failure = failure == 0 ? error_number : failure;
  return fail(Fault::unavailable,
              format("could not write to standard output: {}", std::generic_category().message(failure)));
}

}  // namespace

std::string percent(const std::optional<double>& share) { return share ? format("{:.1f} %", *share * 100) : "-"; }

Result<void> print(std::string_view text) {
  if (failure != 0 || std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    return fail_with(errno);
  }
  return {};
}

Result<void> flush_output() {
  if (failure != 0 || std::fflush(stdout) != 0) {
    return fail_with(errno);
  }
  // Somebody wrote to stdout beside print() and did not look: the reason is gone, the failure is not.
  return std::ferror(stdout) != 0 ? fail_with(EIO) : Result<void>{};
}

bool output_closed() { return failure == EPIPE; }

}  // namespace millrace
