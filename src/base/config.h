// Configuration by a schema: known keys from a YAML file, the environment and flags.
//
// Precedence: flag > environment PREFIX_SECTION_KEY > file > default. All problems of all sources are found in one
// run: unknown key, duplicate key, bad value, each with its place (file and line, variable, flag), what was expected
// and the nearest right name. A file is a map of sections, and a section a map of keys; a key without a section stands
// at the top. Nothing is ever ignored.
// Errors: invalid, the problems one a line; not_found or unavailable where the file cannot be read.
// Thread rule: plain values; a loaded Config is only read.
// Source of the file format: YAML 1.2, https://yaml.org/spec/1.2.2/ (one document; anchors are allowed).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config_value.h"
#include "base/result.h"

namespace millrace {

/// All keys of a program.
struct ConfigSchema {
  std::string environment_prefix;  // `MILLRACE_`
  std::vector<ConfigKey> keys;
  /// Sections that may stand in a file, empty, because their keys come with a later build.
  std::vector<std::string> future_sections;
  /// Variables with the prefix that are read by somebody else, and hence are no misspelt keys.
  std::vector<std::string> other_variables;

  /// Null where there is none of this name.
  const ConfigKey* find(std::string_view name) const;
  /// `stream.idle_flush` -> `MILLRACE_STREAM_IDLE_FLUSH`
  std::string variable_of(const ConfigKey& key) const;
};

/// A value given by a flag.
struct ConfigOverride {
  std::string key;
  std::string flag;  // `--threads`, for messages
  std::string text;
};

/// Where the values come from; what is not there gives nothing.
struct ConfigSources {
  std::optional<std::filesystem::path> file;
  std::map<std::string, std::string> environment;  // see environment_with_prefix()
  std::vector<ConfigOverride> overrides;           // the last of several for one key wins
};

/// A YAML file that is one map from names to lists of texts, in the order of the file; nothing in it is a setting.
using NamedLists = std::vector<std::pair<std::string, std::vector<std::string>>>;
Result<NamedLists> load_named_lists(const std::filesystem::path& file);
/// A YAML file that is one map from names to maps of keys and texts, in the order of the file; a list of texts is one
/// text, with commas between them.
using NamedMaps = std::vector<std::pair<std::string, std::map<std::string, std::string>>>;
Result<NamedMaps> load_named_maps(const std::filesystem::path& file);

/// The variables of this process whose names begin with the prefix.
std::map<std::string, std::string> environment_with_prefix(std::string_view prefix);

/// The values of all keys of a schema.
class Config {
 public:
  static Result<Config> load(const ConfigSchema& schema, const ConfigSources& sources);
  /// As load(), with the file's text given; `name` stands for its path in messages.
  static Result<Config> load_text(const ConfigSchema& schema, std::string_view name, std::string_view yaml,
                                  const ConfigSources& sources);

  /// Precondition: the schema has the key.
  const ConfigValue& value(std::string_view key) const;

  /// What is not at its default: `stream.threads=4 (--threads)`, one text each, a secret's value hidden.
  std::vector<std::string> describe_changes() const;

 private:
  struct Entry {
    ConfigKey key;
    ConfigValue value;
    std::string source;  // empty: the default
  };
  friend class ConfigLoader;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace millrace
