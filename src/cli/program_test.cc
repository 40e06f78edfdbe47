#include "cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

#include "base/json.h"
#include "base/log.h"
#include "base/temporary_folder.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// A command that does what a test says.
class ScriptedCommand final : public Command {
 public:
  using Script = std::function<Result<int>(const Context&, int number)>;
  ScriptedCommand(std::string name, Script script) : name_(std::move(name)), script_(std::move(script)) {}
  std::string_view name() const override { return name_; }
  std::string_view summary() const override { return "do what the test says"; }
  void add_flags(Flags& flags) override {
    flags.add("--number", number_, "a number");
    flags.add_setting("--threads", "stream.threads");
  }
  Result<int> run(const Context& context) override { return script_(context, number_); }

 private:
  std::string name_;
  Script script_;
  int number_ = 5;
};

struct Ended {
  int code;
  std::string out;
  std::string err;
};

/// Runs in an empty folder, so that no configuration file is found there.
class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::current_path(folder_.path()); }
  void TearDown() override {
    std::filesystem::current_path(before_);
    start_logging(LogLevel::info, LogFormat::text);
  }

  Ended run(const std::vector<std::string>& arguments) {
    Program program{.version = "millrace 1.2.3\nlibraries: none", .commands = {}, .environment = environment_};
    program.commands.push_back(std::make_unique<ScriptedCommand>("work", script_));
    program.commands.push_back(std::make_unique<ScriptedCommand>("rest", script_));
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_program(program, arguments);
    std::string out = ::testing::internal::GetCapturedStdout();
    return {code, std::move(out), ::testing::internal::GetCapturedStderr()};
  }

  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(name).parent_path() / ".");
    std::ofstream(name) << text;
  }

  TemporaryFolder folder_;
  std::filesystem::path before_ = std::filesystem::current_path();
  std::map<std::string, std::string> environment_;
  ScriptedCommand::Script script_ = [](const Context&, int) { return kExitDone; };
};

// --- The command line

TEST_F(ProgramTest, runs_the_named_command_with_its_flags) {
  script_ = [](const Context& context, int number) -> Result<int> {
    TRY(print("done\n"));
    EXPECT_EQ(number, 7);
    EXPECT_EQ(context.settings.stream.threads, 2);
    EXPECT_TRUE(context.json);
    EXPECT_EQ(context.settings.data_dir, "elsewhere");
    return kExitRejected;
  };
  const Ended ended = run({"work", "--number", "7", "--threads=2", "--json", "--data-dir", "elsewhere"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.out, "done\n");
  EXPECT_EQ(ended.err, "");
}

TEST_F(ProgramTest, common_flags_may_stand_before_the_command_and_lose_against_those_behind_it) {
  script_ = [](const Context& context, int) -> Result<int> {
    EXPECT_TRUE(context.json);
    EXPECT_EQ(context.settings.data_dir, "behind");
    return kExitDone;
  };
  EXPECT_EQ(run({"--json", "--data-dir", "before", "work", "--data-dir", "behind"}).code, 0);
  script_ = [](const Context& context, int) -> Result<int> {
    EXPECT_FALSE(context.json);
    EXPECT_EQ(context.settings.data_dir, "before");
    return kExitDone;
  };
  EXPECT_EQ(run({"--data-dir", "before", "work"}).code, 0);
}

TEST_F(ProgramTest, of_a_flag_given_twice_the_last_one_counts) {
  script_ = [](const Context& context, int) -> Result<int> {
    EXPECT_EQ(context.settings.stream.threads, 3);
    return kExitDone;
  };
  EXPECT_EQ(run({"work", "--threads", "2", "--threads", "3"}).code, 0);
}

TEST_F(ProgramTest, help_goes_to_stdout) {
  for (const auto& arguments : {std::vector<std::string>{"--help"}, {"-h"}}) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
    EXPECT_THAT(ended.out, HasSubstr("work"));
    EXPECT_THAT(ended.out, HasSubstr("do what the test says"));
    EXPECT_THAT(ended.out, HasSubstr("Not in this build yet"));
    EXPECT_THAT(ended.out, HasSubstr("serve"));
  }
  const Ended ended = run({"work", "--help"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("--number"));
  EXPECT_THAT(ended.out, HasSubstr("--config FILE"));
  EXPECT_THAT(ended.out, HasSubstr("--data-dir DIR"));
  EXPECT_THAT(ended.out, HasSubstr("(setting stream.threads)"));
  EXPECT_THAT(ended.out, HasSubstr("debug, info, warning or error"));
  EXPECT_THAT(ended.out, Not(HasSubstr("serve")));
}

TEST_F(ProgramTest, version_goes_to_stdout) {
  const Ended ended = run({"--version"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, "millrace 1.2.3\nlibraries: none\n");
}

TEST_F(ProgramTest, without_a_command_prints_the_help_to_stderr) {
  const Ended ended = run({});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("Commands"));
}

TEST_F(ProgramTest, names_what_it_does_not_know_with_the_nearest_right_name) {
  EXPECT_EQ(run({"wrok"}).err, "millrace: unknown command: wrok (did you mean work?)\nmillrace: see millrace --help\n");
  EXPECT_EQ(run({"work", "--numbr", "7"}).err,
            "millrace: unknown flag: --numbr (did you mean --number?)\nmillrace: see millrace work --help\n");
  EXPECT_EQ(run({"work", "--thread=7"}).err,
            "millrace: unknown flag: --thread=7 (did you mean --threads?)\nmillrace: see millrace work --help\n");
  EXPECT_EQ(run({"work", "stray"}).err, "millrace: unknown argument: stray\nmillrace: see millrace work --help\n");
  EXPECT_EQ(run({"--nonsense"}).err, "millrace: unknown flag: --nonsense\nmillrace: see millrace --help\n");
}

TEST_F(ProgramTest, wrong_usage_is_2_and_nothing_on_stdout) {
  for (const auto& arguments : {std::vector<std::string>{"wrok"},
                                {"work", "--number", "x"},
                                {"work", "--number"},
                                {"work", "stray"},
                                {"work", "rest"},
                                {"work", "--threads", "-1"},
                                {"work", "--data-dir", ""},
                                {"work", "--config", "missing.yaml"},
                                {"work", "--config", ""},
                                {"work", "--log-level", "loud"}}) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 2) << arguments.back();
    EXPECT_EQ(ended.out, "") << arguments.back();
    EXPECT_THAT(ended.err, StartsWith("millrace: ")) << arguments.back();
  }
}

TEST_F(ProgramTest, says_which_commands_it_does_not_have_yet) {
  for (const PlannedCommand& planned : planned_commands()) {
    for (const auto& flags : {std::vector<std::string>{}, {"--help"}, {"--full", "x", "--from", "2024-01-01"}}) {
      std::vector<std::string> arguments = {std::string(planned.name)};
      arguments.insert(arguments.end(), flags.begin(), flags.end());
      const Ended ended = run(arguments);
      EXPECT_EQ(ended.code, 2);
      EXPECT_EQ(ended.err, "millrace: this build does not have `" + std::string(planned.name) + "` yet\n");
    }
  }
}

// --- Settings

TEST_F(ProgramTest, reads_the_default_file_only_where_it_exists) {
  script_ = [](const Context& context, int) -> Result<int> { return context.settings.stream.threads; };
  EXPECT_EQ(run({"work"}).code, 0);
  write("configs/config.yaml", "stream: {threads: 11}\n");
  EXPECT_EQ(run({"work"}).code, 11);
  write("other.yaml", "stream: {threads: 12}\n");
  environment_["MILLRACE_CONFIG"] = "other.yaml";
  EXPECT_EQ(run({"work"}).code, 12);
  write("third.yaml", "stream: {threads: 13}\n");
  EXPECT_EQ(run({"work", "--config", "third.yaml"}).code, 13);
  EXPECT_EQ(run({"--config", "third.yaml", "work"}).code, 13);
  environment_["MILLRACE_STREAM_THREADS"] = "14";
  EXPECT_EQ(run({"work", "--config", "third.yaml"}).code, 14);
  EXPECT_EQ(run({"work", "--config", "third.yaml", "--threads", "15"}).code, 15);
}

TEST_F(ProgramTest, prints_each_problem_of_the_configuration_on_a_line) {
  write("bad.yaml", "stream:\n  threads: x\n  nonsense: 1\n");
  const Ended ended = run({"work", "--config", "bad.yaml", "--threads", "y"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.err,
            "millrace: bad.yaml:2: bad value for stream.threads: expected a whole number from 0 to 1024, found \"x\"\n"
            "millrace: bad.yaml:3: unknown key: \"stream.nonsense\"\n"
            "millrace: --threads: bad value for stream.threads: expected a whole number from 0 to 1024, found \"y\"\n");
}

TEST_F(ProgramTest, starts_the_log_as_the_settings_say) {
  script_ = [](const Context&, int) -> Result<int> {
    log_info("quiet");
    log_warning("heard", {{"number", 1}});
    return kExitDone;
  };
  const Ended text = run({"work", "--log-level", "warning"});
  EXPECT_THAT(text.err, HasSubstr("warning heard number=1\n"));
  EXPECT_THAT(text.err, Not(HasSubstr("quiet")));
  const Ended json = run({"work", "--log-format", "json", "--log-level", "warning"});
  EXPECT_EQ(parse_json(json.err, "stderr")->at("message"), "heard");
}

TEST_F(ProgramTest, shows_the_settings_that_are_not_at_their_default_to_who_looks_for_a_fault) {
  EXPECT_THAT(run({"work", "--log-level", "debug", "--threads", "4"}).err,
              HasSubstr("debug setting changed=\"stream.threads=4 (--threads)\""));
}

// --- How it ends

TEST_F(ProgramTest, an_error_is_a_line_on_stderr_and_a_code_by_its_fault) {
  script_ = [](const Context&, int) -> Result<int> { return fail(Fault::corrupt, "could not read: a\x1b[2J\rb"); };
  const Ended failed = run({"work"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(failed.err, "millrace: could not read: a\\x1b[2J\\x0db\n");
  script_ = [](const Context&, int) -> Result<int> { return fail(Fault::invalid, "wrong"); };
  EXPECT_EQ(run({"work"}).code, 2);
}

TEST_F(ProgramTest, an_error_is_a_line_of_the_log_where_that_is_json) {
  script_ = [](const Context&, int) -> Result<int> { return fail(Fault::not_found, "no such topic: x"); };
  const Ended ended = run({"work", "--log-format", "json"});
  EXPECT_EQ(ended.code, 1);
  const auto line = parse_json(ended.err, "stderr");
  ASSERT_TRUE(line) << ended.err;
  EXPECT_EQ(line->at("level"), "error");
  EXPECT_EQ(line->at("error"), "no such topic: x");
  EXPECT_EQ(line->at("fault"), "not_found");
}

Result<int> wait_for_stop(const Context& context, int code) {
  for (int i = 0; i < 10'000 && !context.stop.stop_requested(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(context.stop.stop_requested());
  return code;
}

TEST_F(ProgramTest, a_signal_stops_the_command_and_sets_the_code) {
  for (const int number : {SIGINT, SIGTERM}) {
    script_ = [number](const Context& context, int) -> Result<int> {
      ::kill(::getpid(), number);
      return wait_for_stop(context, kExitDone);
    };
    const Ended ended = run({"work"});
    EXPECT_EQ(ended.code, 128 + number);
    EXPECT_THAT(ended.err, IsEmpty());
  }
}

TEST_F(ProgramTest, what_went_wrong_while_stopping_is_not_hidden_by_the_signal) {
  script_ = [](const Context& context, int) -> Result<int> {
    ::kill(::getpid(), SIGINT);
    return wait_for_stop(context, kExitRejected);
  };
  EXPECT_EQ(run({"work"}).code, 3);
  script_ = [](const Context& context, int) -> Result<int> {
    ::kill(::getpid(), SIGINT);
    ASSIGN_OR_RETURN(const int code, wait_for_stop(context, kExitDone));
    return code == kExitDone ? Result<int>(fail(Fault::unavailable, "disk full")) : code;
  };
  EXPECT_EQ(run({"work"}).code, 1);
}

TEST_F(ProgramTest, a_closed_standard_output_ends_it_quietly) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  script_ = [](const Context&, int) -> Result<int> {
    for (;;) {
      TRY(print("a line that nobody reads\n"));
    }
  };
  const auto run_without_reader = [this] {
    Program program{.version = "", .commands = {}, .environment = {}};
    program.commands.push_back(std::make_unique<ScriptedCommand>("work", script_));
    int ends[2];
    if (::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) {
      std::_Exit(99);
    }
    ::close(ends[0]);
    std::_Exit(run_program(program, {"work"}));
  };
  EXPECT_EXIT(run_without_reader(), ::testing::ExitedWithCode(0), "^$");
}

}  // namespace
}  // namespace millrace
