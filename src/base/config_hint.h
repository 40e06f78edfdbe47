// Words that help with a configuration problem: what was found, and what may have been meant.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/config.h"

namespace millrace {

/// `stream` of `stream.idle_flush`; empty for a key at the top.
std::string section_of(std::string_view key);

/// A text from outside for a message: in quotes, escaped, and cut where it is long.
std::string shown(std::string_view text);

/// ` (did you mean stream?)`, or nothing, for a name at the top of a file that is neither a section nor a key there.
std::string hint_for_top(const ConfigSchema& schema, std::string_view name);
/// ... for a name that is no key of its section.
std::string hint_for_key(const ConfigSchema& schema, std::string_view section, std::string_view name);
/// ... for an environment variable that is none of a key.
std::string hint_for_variable(const ConfigSchema& schema, std::string_view variable);

}  // namespace millrace
