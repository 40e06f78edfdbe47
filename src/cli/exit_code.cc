#include "cli/exit_code.h"

#include "base/check.h"

namespace millrace {
namespace {

struct FaultRow {
  Fault fault;
  int exit_code;
};

constexpr FaultRow kFaults[] = {
    {.fault = Fault::invalid, .exit_code = kExitUsage},
    {.fault = Fault::not_found, .exit_code = kExitFailed},
    {.fault = Fault::conflict, .exit_code = kExitFailed},
    {.fault = Fault::unavailable, .exit_code = kExitFailed},
    {.fault = Fault::outcome_unknown, .exit_code = kExitFailed},
    {.fault = Fault::corrupt, .exit_code = kExitFailed},
    {.fault = Fault::stopped, .exit_code = kExitFailed},  // by whom, if there was no signal?
};

}  // namespace

int exit_code_of(Fault fault) {
  for (const FaultRow& row : kFaults) {
    if (row.fault == fault) {
      return row.exit_code;
    }
  }
  CHECK(false);
}

}  // namespace millrace
