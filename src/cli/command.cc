#include "cli/command.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"

namespace millrace {

CLI::Option* Flags::add_setting(const std::string& flag, const std::string& key) {
  const ConfigKey* const defined = settings_schema().find(key);
  CHECK(defined != nullptr);
  const auto store = [this, key, flag](const std::string& text) {
    overrides_.push_back({.key = key, .flag = flag, .text = text});
  };
  const std::string choices = defined->choices.empty() ? "" : ": " + expectation(*defined);
  return app_.add_option_function<std::string>(flag, store, format("{}{} (setting {})", defined->help, choices, key))
      ->default_str(defined->default_text)
      ->take_last();
}

Result<int> run_command(Command& command, const std::vector<std::string>& flags, const Context& context) {
  CLI::App app;
  Flags declared(app);
  command.add_flags(declared);
  try {
    app.parse(std::vector<std::string>(flags.rbegin(), flags.rend()));  // the library takes them from the end
  } catch (const CLI::ParseError& error) {
    return fail(Fault::invalid, format("wrong flags for {}: {}", command.name(), error.what()));
  }
  CHECK(declared.overrides().empty());
  return command.run(context);
}

}  // namespace millrace
