#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s (a bug; a restart resumes at the last commit)\n", file, line,
               condition);
  std::abort();
}

}  // namespace millrace
