// What a command of the program is: a name, flags, and a run that ends in an exit code.
//
// main.cc owns the list (commands.h); program.h reads the command line, loads the settings (flag > environment > file >
// default) and calls run() of the one that was named. Results go to stdout (output.h), logs and progress to stderr. An
// Error that run() returns is printed and mapped to an exit code by exit_code.h, the one table for that.
// This is the one file that names the command line library (CLI11).
// Thread rule: one command runs, on the main thread; `stop` is requested by SIGINT or SIGTERM from any thread.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/settings.h"

namespace millrace {

/// What a command's flags are declared on.
class Flags {
 public:
  explicit Flags(CLI::App& app) : app_(app) {}
  Flags(const Flags&) = delete;  // the library holds pointers to it
  Flags& operator=(const Flags&) = delete;

  /// A flag of this command alone, written to `target`; its present value is the default shown in the help.
  template <class T>
  CLI::Option* add(const std::string& flag, T& target, const std::string& help) {
    return app_.add_option(flag, target, help)->capture_default_str();
  }
  CLI::Option* add_switch(const std::string& flag, bool& target, const std::string& help) {
    return app_.add_flag(flag, target, help);
  }
  /// A flag that sets a configuration key, for example ("--threads", "stream.threads"). Its value is checked and its
  /// help and default are taken where the key is defined (settings.cc). Precondition: the key exists.
  CLI::Option* add_setting(const std::string& flag, const std::string& key);

  /// The configuration keys set by flags; read after parsing.
  const std::vector<ConfigOverride>& overrides() const { return overrides_; }

 private:
  CLI::App& app_;
  std::vector<ConfigOverride> overrides_;
};

/// What a running command gets.
struct Context {
  const Settings& settings;
  bool json;             // --json: the result on stdout is one JSON document
  std::stop_token stop;  // asked for by SIGINT or SIGTERM: end cleanly, then return; main gives 130 or 143

  std::filesystem::path log_folder() const { return settings.data_dir / "log"; }
  std::filesystem::path lake_folder() const { return settings.data_dir / "lake"; }
  std::filesystem::path models_folder() const { return settings.data_dir / "models"; }
};

class Command {
 public:
  virtual ~Command() = default;
  virtual std::string_view name() const = 0;
  /// A few words, lower case, no period: the line in the program's help.
  virtual std::string_view summary() const = 0;
  /// Declares the flags; the targets are members of the command.
  virtual void add_flags(Flags& flags) = 0;
  /// The exit code, or why it failed.
  virtual Result<int> run(const Context& context) = 0;
};

/// Runs a command as part of another one, with flags of its own (not those that set configuration keys: they stand in
/// the context's settings). Fault invalid where the flags are wrong.
Result<int> run_command(Command& command, const std::vector<std::string>& flags, const Context& context);

}  // namespace millrace
