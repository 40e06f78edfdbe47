#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include <csignal>

namespace millrace {
namespace {

TEST(ExitCode, of_a_wrong_request_is_2_and_of_every_other_fault_1) {
  EXPECT_EQ(exit_code_of(Fault::invalid), 2);
  for (const Fault fault : {Fault::not_found, Fault::conflict, Fault::unavailable, Fault::outcome_unknown,
                            Fault::corrupt, Fault::stopped}) {
    EXPECT_EQ(exit_code_of(fault), 1) << to_string(fault);
  }
}

TEST(ExitCode, of_a_signal_is_what_shells_say) {
  EXPECT_EQ(exit_code_of_signal(SIGINT), 130);
  EXPECT_EQ(exit_code_of_signal(SIGTERM), 143);
}

TEST(ExitCode, are_those_of_the_contract) {
  EXPECT_EQ(kExitDone, 0);
  EXPECT_EQ(kExitFailed, 1);
  EXPECT_EQ(kExitUsage, 2);
  EXPECT_EQ(kExitRejected, 3);
}

}  // namespace
}  // namespace millrace
