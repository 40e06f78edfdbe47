// What a configuration key may hold: its type, limits and help; and the reading of a value from text.
//
// Every source of a value (file, environment, flag) gives text, and every type has one grammar for it:
//   text      as it is                         boolean   true, false
//   integer   -3, 8192                         duration  250ms 60s 15m 2h 7d, or 0 (base/time.h)
//   real      0.25, 1e-3                       bytes     4096, 512K = 512KiB (1024 each), 512KB (1000 each); K M G T
//   list      red,green                        map       id=StockCode,price=UnitPrice
// Spaces around the parts of a list or map are dropped. That grammar is for the environment and flags: a file has its
// own notation for both.
// Thread rule: plain values and pure functions.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace millrace {

enum class ConfigType : std::uint8_t { text, integer, real, boolean, duration, bytes, list, map };

using ConfigList = std::vector<std::string>;
using ConfigMap = std::map<std::string, std::string>;

/// Integers and bytes are std::int64_t.
using ConfigValue = std::variant<std::string, std::int64_t, double, bool, Duration, ConfigList, ConfigMap>;

/// The definition of one key.
struct ConfigKey {
  std::string name;  // dotted: `section.key`, or `key` at the top
  ConfigType type = ConfigType::text;
  std::string default_text = {};             // in the grammar of its type
  std::string help = {};                     // what it is, in a few words
  std::optional<std::string> at_least = {};  // in the grammar of its type; for integer, real, duration, bytes
  std::optional<std::string> at_most = {};
  std::vector<std::string> choices = {};  // the only texts allowed, where there are some; for a map: the only names
  bool secret = false;                    // its value is never printed
  /// A rule beyond these, for one text (each text of a list, each but the names of a map): what is expected where the
  /// text breaks it, else null. May be null.
  const char* (*check)(std::string_view text) = nullptr;
};

/// What the key expects, for messages and help: `a duration such as 250ms, 60s, 15m, 2h or 7d, at least 1s`.
std::string expectation(const ConfigKey& key);

/// The value of a text; or what was expected instead.
std::expected<ConfigValue, std::string> parse_config_value(const ConfigKey& key, std::string_view text);

/// Whether a value that was put together elsewhere keeps the key's rules; what was expected where it does not.
std::optional<std::string> broken_rule(const ConfigKey& key, const ConfigValue& value);

/// A text that parse_config_value() reads back as this value (but for texts of a list or map that hold a comma).
std::string to_text(const ConfigKey& key, const ConfigValue& value);

/// `1GiB`, `1500`: the shortest text that reads back.
std::string bytes_to_text(std::int64_t bytes);
/// `2h`, `90s`, `250ms`: the shortest text that reads back. Precondition: whole milliseconds.
std::string duration_to_text(Duration duration);

/// Reads `4096`, `512K`, `1GiB`, `500MB`. Nothing where it is not that or does not fit 63 bits.
std::optional<std::int64_t> parse_bytes(std::string_view text);

}  // namespace millrace
