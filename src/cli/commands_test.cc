#include "cli/commands.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/exit_code.h"

namespace millrace {
namespace {

/// Adds up its numbers; says what it was given.
class SumCommand final : public Command {
 public:
  std::string_view name() const override { return "sum"; }
  std::string_view summary() const override { return "add numbers"; }
  void add_flags(Flags& flags) override {
    flags.add("--left", left_, "one number");
    flags.add("--right", right_, "another");
    flags.add_switch("--negate", negate_, "the other sign");
  }
  Result<int> run(const Context&) override { return negate_ ? -(left_ + right_) : left_ + right_; }

 private:
  int left_ = 1;
  int right_ = 2;
  bool negate_ = false;
};

Context context() {
  static const Settings settings;
  return {.settings = settings, .json = false, .stop = {}};
}

TEST(RunCommand, gives_the_command_its_flags) {
  SumCommand by_default;
  EXPECT_EQ(run_command(by_default, {}, context()), 3);
  SumCommand sum;
  EXPECT_EQ(run_command(sum, {"--left", "40", "--right=2", "--negate"}, context()), -42);
}

TEST(RunCommand, refuses_wrong_flags) {
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--left"}, {"--left", "x"}, {"--middle", "1"}, {"stray"}}) {
    SumCommand sum;
    const auto result = run_command(sum, flags, context());
    ASSERT_FALSE(result) << flags.front();
    EXPECT_EQ(result.error().fault, Fault::invalid);
    EXPECT_TRUE(result.error().message.starts_with("wrong flags for sum: ")) << result.error().message;
  }
}

TEST(Context, knows_the_folders) {
  EXPECT_EQ(context().log_folder(), "data/log");
  EXPECT_EQ(context().lake_folder(), "data/lake");
}

TEST(PlannedCommands, have_names_and_summaries) {
  std::set<std::string_view> names;
  for (const PlannedCommand& planned : planned_commands()) {
    EXPECT_TRUE(names.insert(planned.name).second) << planned.name;
    EXPECT_FALSE(planned.summary.empty()) << planned.name;
  }
  EXPECT_TRUE(names.contains("serve"));
}

}  // namespace
}  // namespace millrace
