#include "cli/program.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <optional>
#include <variant>

#include "base/format.h"
#include "base/log.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/signals.h"

namespace millrace {
namespace {

constexpr std::string_view kDefaultConfig = "configs/config.yaml";
constexpr const char* kPlannedGroup = "Not in this build yet";

/// Each line of a message as a line of its own on stderr, control characters escaped.
void print_error(std::string_view message) {
  std::string out = "millrace: ";
  for (const char c : message) {
    if (c == '\n') {
      out += "\nmillrace: ";
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') {
      out += format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '\n';
  std::fwrite(out.data(), 1, out.size(), stderr);
}

/// The flags that every command has.
struct CommonFlags {
  explicit CommonFlags(CLI::App& app) : flags(app) {
    const std::vector<CLI::Option*> options = {
        app.add_option("--config", config, "configuration file")
            ->type_name("FILE")
            ->default_str(format("{} where it exists", kDefaultConfig)),
        flags.add_setting("--data-dir", "data_dir")->type_name("DIR"),
        app.add_flag("--json", json, "print the result as JSON"),
        flags.add_setting("--log-level", "logging.level")->type_name("LEVEL"),
        flags.add_setting("--log-format", "logging.format")->type_name("FORMAT"),
    };
    for (CLI::Option* const option : options) {
      option->group("Common flags");
    }
  }
  Flags flags;
  std::optional<std::string> config;
  bool json = false;
};

/// The command line, understood.
struct Invocation {
  Command* command;
  bool json;
  std::optional<std::filesystem::path> config;
  std::vector<ConfigOverride> overrides;
};

/// The declared command line, and what it is read into.
class CommandLine {
 public:
  explicit CommandLine(const Program& program);

  /// An invocation, or the exit code where all is said already.
  std::variant<Invocation, int> read(const std::vector<std::string>& arguments);

 private:
  struct Declared {
    CLI::App* app;
    Command* command;
    std::unique_ptr<CommonFlags> common;
    std::unique_ptr<Flags> flags;
  };
  int refuse(std::string message) const;
  int refuse_extras(const CLI::App& app) const;
  Invocation invocation(const Declared& declared) const;

  CLI::App app_;
  std::unique_ptr<CommonFlags> common_;
  std::vector<Declared> declared_;
};

CommandLine::CommandLine(const Program& program) : app_("Shop events from a log to an exact lake.", "millrace") {
  app_.set_help_flag("-h,--help", "print this help and exit");
  app_.set_version_flag("--version", program.version, "print version, build and libraries, and exit");
  app_.require_subcommand(0, 1);
  app_.footer("`millrace COMMAND --help` explains a command.");
  common_ = std::make_unique<CommonFlags>(app_);
  for (const auto& command : program.commands) {
    CLI::App* const app = app_.add_subcommand(std::string(command->name()), std::string(command->summary()));
    app->group("Commands");
    app->footer("");
    Declared declared{app, command.get(), nullptr, std::make_unique<Flags>(*app)};
    command->add_flags(*declared.flags);
    declared.common = std::make_unique<CommonFlags>(*app);
    declared_.push_back(std::move(declared));
  }
  for (const PlannedCommand& planned : planned_commands()) {
    CLI::App* const app = app_.add_subcommand(std::string(planned.name), std::string(planned.summary));
    app->group(kPlannedGroup);
    app->set_help_flag();  // its --help must not look like that of a command that works
    app->allow_extras();
  }
}

std::variant<Invocation, int> CommandLine::read(const std::vector<std::string>& arguments) {
  try {
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // the library takes them from the end
  } catch (const CLI::CallForHelp&) {
    return print(app_.help()) ? kExitDone : kExitFailed;
  } catch (const CLI::CallForVersion& version) {
    return print(format("{}\n", version.what())) ? kExitDone : kExitFailed;
  } catch (const CLI::ExtrasError&) {
    const auto named = app_.get_subcommands();
    return refuse_extras(named.empty() ? app_ : *named.front());
  } catch (const CLI::ParseError& error) {
    return refuse(error.what());
  }
  const auto named = app_.get_subcommands();
  if (named.empty()) {
    const std::string help = app_.help();
    std::fwrite(help.data(), 1, help.size(), stderr);
    return kExitUsage;
  }
  const auto declared = std::ranges::find(declared_, named.front(), &Declared::app);
  if (declared == declared_.end()) {
    print_error(format("this build does not have `{}` yet", named.front()->get_name()));
    return kExitUsage;
  }
  return invocation(*declared);
}

Invocation CommandLine::invocation(const Declared& declared) const {
  Invocation invocation{declared.command, common_->json || declared.common->json, std::nullopt, {}};
  invocation.config = declared.common->config ? declared.common->config : common_->config;
  const Flags* const sources[] = {&common_->flags, &declared.common->flags, declared.flags.get()};
  for (const Flags* const flags : sources) {
    std::ranges::copy(flags->overrides(), std::back_inserter(invocation.overrides));
  }
  return invocation;
}

int CommandLine::refuse(std::string message) const {
  message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  const auto named = app_.get_subcommands();
  print_error(message);
  print_error(format("see millrace {}--help", named.empty() ? "" : named.front()->get_name() + " "));
  return kExitUsage;
}

/// Says what an argument that nobody expected may have been meant to be.
int CommandLine::refuse_extras(const CLI::App& app) const {
  const std::vector<std::string> extras = app.remaining();
  const std::string first = extras.empty() ? "" : extras.front();
  std::vector<std::string> names;
  if (first.starts_with('-')) {
    for (const CLI::Option* const option : app.get_options()) {
      names.push_back(option->get_name());
    }
  } else if (app.get_parent() == nullptr) {
    for (const Declared& declared : declared_) {
      names.push_back(declared.app->get_name());
    }
  }
  const std::string_view kind = first.starts_with('-') ? "flag" : app.get_parent() == nullptr ? "command" : "argument";
  const auto nearest = nearest_name(first.substr(0, first.find('=')), names);
  return refuse(format("unknown {}: {}{}", kind, first, nearest ? format(" (did you mean {}?)", *nearest) : ""));
}

/// The file named by a flag, else by MILLRACE_CONFIG, else the default one where it exists.
std::optional<std::filesystem::path> config_file(const Invocation& invocation, const Program& program) {
  if (invocation.config) {
    return invocation.config;
  }
  if (const auto named = program.environment.find("MILLRACE_CONFIG"); named != program.environment.end()) {
    return named->second;
  }
  std::error_code ignored;  // a file that cannot be looked at is not there
  return std::filesystem::exists(kDefaultConfig, ignored) ? std::optional(kDefaultConfig) : std::nullopt;
}

/// An error of a command: a line for people, or one that a reader of JSON logs can read too.
void report(const Error& error, LogFormat format) {
  if (format == LogFormat::json) {
    log_error("failed", {{"fault", to_string(error.fault)}, {"error", error.message}});
  } else {
    print_error(error.message);
  }
}

/// The exit code of a command that ran: see program.h.
int run_to_exit_code(Command& command, const Context& context, const SignalWatcher& signals) {
  Result<int> code = command.run(context);
  if (Result<void> flushed = flush_output(); code && !flushed) {
    code = std::unexpected(flushed.error());
  }
  if (!code && output_closed()) {
    code = kExitDone;
  }
  const std::optional<int> signal = signals.received();
  if (!code && signal && code.error().fault == Fault::stopped) {
    code = kExitDone;  // by the signal, and cleanly
  }
  if (!code) {
    report(code.error(), context.settings.logging.format);
    return exit_code_of(code.error().fault);
  }
  return *code == kExitDone && signal ? exit_code_of_signal(*signal) : *code;
}

}  // namespace

int run_program(const Program& program, const std::vector<std::string>& arguments) {
  CommandLine command_line(program);
  const auto read = command_line.read(arguments);
  if (const int* const code = std::get_if<int>(&read)) {
    return flush_output() || output_closed() ? *code : kExitFailed;
  }
  const auto& invocation = std::get<Invocation>(read);
  const ConfigSources sources{
      .file = config_file(invocation, program), .environment = program.environment, .overrides = invocation.overrides};
  const auto config = Config::load(settings_schema(), sources);
  if (!config) {
    print_error(config.error().message);
    return kExitUsage;
  }
  const Settings settings = settings_from(*config);
  start_logging(settings.logging.level, settings.logging.format);
  for (const std::string& change : config->describe_changes()) {
    log_debug("setting", {{"changed", change}});
  }
  const auto signals = SignalWatcher::start();
  if (!signals) {
    report(signals.error(), settings.logging.format);
    return exit_code_of(signals.error().fault);
  }
  const Context context{.settings = settings, .json = invocation.json, .stop = (*signals)->stop_token()};
  return run_to_exit_code(*invocation.command, context, **signals);
}

}  // namespace millrace
