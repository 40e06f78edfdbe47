// The program around the commands: command line, settings, logs, signals, exit code.
//
// `millrace [common flags] COMMAND [flags]`; the common flags (--config, --data-dir, --json, --log-level,
// --log-format) may stand before or behind the command, and behind it they win. What goes wrong is printed to stderr as
// `millrace: <message>`, one line for each problem; what goes wrong in a command is a line of the log instead where
// logs are JSON, so that all of stderr can be read as such.
//   no command at all          the help on stderr, exit 2
//   --help, --version          on stdout, exit 0
//   wrong flags or settings    exit 2
//   run() returned an error    by its fault (exit_code.h)
//   SIGINT, SIGTERM            130, 143 where run() then returned 0 or fault stopped, as it does after a clean stop
//   standard output is closed  0 without a word: the reader (`| head`) had enough
// Thread rule: called once at a time, on the main thread, before others start.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace millrace {

struct Program {
  std::string version;  // what --version prints
  std::vector<std::unique_ptr<Command>> commands;
  std::map<std::string, std::string> environment;  // the variables MILLRACE_*
};

/// Runs the command that the arguments (without the program's name) ask for, and gives the exit code.
int run_program(const Program& program, const std::vector<std::string>& arguments);

}  // namespace millrace
