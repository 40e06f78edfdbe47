#include "base/config.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/config_hint.h"
#include "base/files.h"
#include "base/format.h"

namespace millrace {
namespace {

std::string place_in(std::string_view file_name, const YAML::Mark& mark) {
  return mark.is_null() ? std::string(file_name) : format("{}:{}", file_name, mark.line + 1);
}

Result<std::vector<std::string>> texts_of(std::string_view file_name, const YAML::Node& list) {
  std::vector<std::string> texts;
  for (const auto& item : list) {
    if (!item.IsScalar()) {
      return fail(Fault::invalid, format("{}: expected a text", place_in(file_name, item.Mark())));
    }
    texts.push_back(item.Scalar());
  }
  return texts;
}

Result<NamedLists> named_lists_of(std::string_view file_name, const YAML::Node& root) {
  NamedLists lists;
  if (!root.IsMap()) {
    return fail(Fault::invalid, format("{}: expected a map of lists", place_in(file_name, root.Mark())));
  }
  for (const auto& pair : root) {
    const std::string place = place_in(file_name, pair.first.Mark());
    if (!pair.first.IsScalar() || !pair.second.IsSequence()) {
      return fail(Fault::invalid, format("{}: expected a name and a list of texts", place));
    }
    const std::string& name = pair.first.Scalar();
    if (std::ranges::find(lists, name, &NamedLists::value_type::first) != lists.end()) {
      return fail(Fault::invalid, format("{}: a name stands twice: {}", place, name));
    }
    ASSIGN_OR_RETURN(std::vector<std::string> texts, texts_of(file_name, pair.second));
    lists.emplace_back(name, std::move(texts));
  }
  return lists;
}

/// A scalar, or the scalars of a list with commas between them.
Result<std::string> joined_text(std::string_view file_name, const YAML::Node& node) {
  if (node.IsScalar()) {
    return node.Scalar();
  }
  if (!node.IsSequence()) {
    return fail(Fault::invalid, format("{}: expected a text or a list of texts", place_in(file_name, node.Mark())));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, texts_of(file_name, node));
  std::string joined;
  for (const std::string& text : texts) {
    joined += (joined.empty() ? "" : ",") + text;
  }
  return joined;
}

Result<NamedMaps> named_maps_of(std::string_view file_name, const YAML::Node& root) {
  NamedMaps maps;
  if (!root.IsMap()) {
    return fail(Fault::invalid, format("{}: expected a map of maps", place_in(file_name, root.Mark())));
  }
  for (const auto& pair : root) {
    const std::string place = place_in(file_name, pair.first.Mark());
    if (!pair.first.IsScalar() || !pair.second.IsMap()) {
      return fail(Fault::invalid, format("{}: expected a name and a map", place));
    }
    const std::string& name = pair.first.Scalar();
    if (std::ranges::find(maps, name, &NamedMaps::value_type::first) != maps.end()) {
      return fail(Fault::invalid, format("{}: a name stands twice: {}", place, name));
    }
    std::map<std::string, std::string> keys;
    for (const auto& item : pair.second) {
      const std::string item_place = place_in(file_name, item.first.Mark());
      if (!item.first.IsScalar()) {
        return fail(Fault::invalid, format("{}: expected a key and a text", item_place));
      }
      ASSIGN_OR_RETURN(std::string text, joined_text(file_name, item.second));
      if (!keys.emplace(item.first.Scalar(), std::move(text)).second) {
        return fail(Fault::invalid, format("{}: a key stands twice: {}", item_place, item.first.Scalar()));
      }
    }
    maps.emplace_back(name, std::move(keys));
  }
  return maps;
}

/// The file's YAML, made into what `of` makes of it.
template <class Of>
auto load_yaml(const std::filesystem::path& file, Of of) -> decltype(of("", YAML::Node())) {
  ASSIGN_OR_RETURN(const std::string yaml, read_file(file));
  try {
    return of(file.string(), YAML::Load(yaml));
  } catch (const YAML::Exception& error) {
    return fail(Fault::invalid, format("{}: could not read YAML: {}", place_in(file.string(), error.mark), error.msg));
  }
}

}  // namespace

/// Puts a Config together, source by source, and collects the problems on its way.
class ConfigLoader {
 public:
  explicit ConfigLoader(const ConfigSchema& schema) : schema_(schema) {
    for (const ConfigKey& key : schema.keys) {
      auto value = parse_config_value(key, key.default_text);
      CHECK(value);
      CHECK(config_.entries_.emplace(key.name, Config::Entry{key, *std::move(value), ""}).second);
    }
  }

  void read_file(std::string_view file_name, std::string_view yaml) {
    file_name_ = file_name;
    try {
      const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
      if (documents.size() > 1) {
        problems_.push_back(format("{}: expected one YAML document, found {}", file_name_, documents.size()));
      } else if (!documents.empty()) {
        read_top(documents.front());
      }
    } catch (const YAML::Exception& error) {
      problems_.push_back(format("{}: could not read YAML: {}", place(error.mark), error.msg));
    }
  }

  void read_environment(const std::map<std::string, std::string>& environment) {
    std::vector<std::string> variables;
    for (const ConfigKey& key : schema_.keys) {
      variables.push_back(schema_.variable_of(key));
    }
    for (const auto& [variable, text] : environment) {
      const auto known = std::ranges::find(variables, variable);
      if (known != variables.end()) {
        set_text(schema_.keys[static_cast<std::size_t>(known - variables.begin())], variable, text);
      } else if (std::ranges::find(schema_.other_variables, variable) == schema_.other_variables.end()) {
        problems_.push_back(
            format("environment: unknown variable: {}{}", variable, hint_for_variable(schema_, variable)));
      }
    }
  }

  void read_overrides(const std::vector<ConfigOverride>& overrides) {
    for (const ConfigOverride& given : overrides) {
      const ConfigKey* const key = schema_.find(given.key);
      CHECK(key != nullptr);
      set_text(*key, given.flag, given.text);
    }
  }

  Result<Config> finish() {
    if (problems_.empty()) {
      return std::move(config_);
    }
    std::string message;
    for (const std::string& problem : problems_) {
      message += (message.empty() ? "" : "\n") + problem;
    }
    return fail(Fault::invalid, std::move(message));
  }

 private:
  void read_top(const YAML::Node& root) {
    if (root.IsNull()) {
      return;
    }
    if (!root.IsMap()) {
      problems_.push_back(format("{}: expected a map of sections", place(root.Mark())));
      return;
    }
    for (const auto& pair : root) {
      const YAML::Node& key = pair.first;
      if (!is_new(key, key.Scalar())) {
        continue;
      }
      if (const ConfigKey* const known = schema_.find(key.Scalar()); known != nullptr && is_top(*known)) {
        set_node(*known, key, pair.second);
      } else if (is_section(key.Scalar()) || is_future(key.Scalar())) {
        read_section(key.Scalar(), pair.second);
      } else {
        problems_.push_back(format("{}: unknown key: {}{}", place(key.Mark()), shown(key.Scalar()),
                                   hint_for_top(schema_, key.Scalar())));
      }
    }
  }

  void read_section(const std::string& section, const YAML::Node& keys) {
    if (keys.IsNull()) {
      return;
    }
    if (!keys.IsMap()) {
      problems_.push_back(format("{}: expected a map of keys in section {}", place(keys.Mark()), section));
      return;
    }
    for (const auto& pair : keys) {
      const YAML::Node& key = pair.first;
      const std::string name = format("{}.{}", section, key.Scalar());
      if (!is_new(key, name)) {
        continue;
      }
      if (is_future(section)) {
        problems_.push_back(format("{}: section {} must be empty, because this build has no such key yet: {}",
                                   place(key.Mark()), section, shown(name)));
      } else if (const ConfigKey* const known = schema_.find(name); known != nullptr) {
        set_node(*known, key, pair.second);
      } else {
        problems_.push_back(format("{}: unknown key: {}{}", place(key.Mark()), shown(name),
                                   hint_for_key(schema_, section, key.Scalar())));
      }
    }
  }

  /// Whether a key is a plain text that did not stand in the file before.
  bool is_new(const YAML::Node& key, const std::string& name) {
    if (!key.IsScalar()) {
      problems_.push_back(format("{}: expected the name of a key", place(key.Mark())));
      return false;
    }
    const auto [earlier, is_first] = lines_.emplace(name, key.Mark().line + 1);
    if (!is_first) {
      problems_.push_back(format("{}: duplicate key, it stands in line {} already: {}", place(key.Mark()),
                                 earlier->second, shown(name)));
    }
    return is_first;
  }

  void set_node(const ConfigKey& key, const YAML::Node& name, const YAML::Node& node) {
    const std::string source = place(name.Mark());
    if (key.type == ConfigType::list && (node.IsSequence() || node.IsNull())) {
      ConfigList list;
      for (const auto& item : node) {
        if (!item.IsScalar()) {
          return refuse(key, source, expectation(key), "something else in it");
        }
        list.push_back(item.Scalar());
      }
      set(key, source, std::move(list));
    } else if (key.type == ConfigType::map && (node.IsMap() || node.IsNull())) {
      ConfigMap map;
      for (const auto& item : node) {
        if (!item.first.IsScalar() || !item.second.IsScalar()) {
          return refuse(key, source, expectation(key), "something else in it");
        }
        if (!map.emplace(item.first.Scalar(), item.second.Scalar()).second) {
          return refuse(key, source, "each name once", format("twice: {}", shown(item.first.Scalar())));
        }
      }
      set(key, source, std::move(map));
    } else if (node.IsScalar() && key.type != ConfigType::list && key.type != ConfigType::map) {
      set_text(key, source, node.Scalar());
    } else {
      refuse(key, source, expectation(key), node.IsNull() ? "nothing" : node.IsScalar() ? "a text" : "a list or map");
    }
  }

  void set_text(const ConfigKey& key, const std::string& source, const std::string& text) {
    if (auto value = parse_config_value(key, text)) {
      set(key, source, *std::move(value));
    } else {
      refuse(key, source, value.error(), key.secret ? "a secret that is not shown" : shown(text));
    }
  }

  void set(const ConfigKey& key, const std::string& source, ConfigValue value) {
    if (const auto expected = broken_rule(key, value)) {
      return refuse(key, source, *expected, key.secret ? "a secret that is not shown" : shown(to_text(key, value)));
    }
    config_.entries_.at(key.name) = {key, std::move(value), source};
  }

  void refuse(const ConfigKey& key, const std::string& source, std::string_view expected, std::string_view found) {
    problems_.push_back(format("{}: bad value for {}: expected {}, found {}", source, key.name, expected, found));
  }

  std::string place(const YAML::Mark& mark) const { return place_in(file_name_, mark); }

  static bool is_top(const ConfigKey& key) { return !key.name.contains('.'); }
  bool is_section(std::string_view name) const {
    return std::ranges::any_of(schema_.keys,
                               [&](const ConfigKey& key) { return !is_top(key) && section_of(key.name) == name; });
  }
  bool is_future(std::string_view name) const {
    return std::ranges::find(schema_.future_sections, name) != schema_.future_sections.end();
  }

  const ConfigSchema& schema_;
  std::string file_name_;
  std::map<std::string, int> lines_;  // of the keys of the file
  std::vector<std::string> problems_;
  Config config_;
};

Result<NamedLists> load_named_lists(const std::filesystem::path& file) {
  return load_yaml(file, [](const std::string& name, const YAML::Node& root) { return named_lists_of(name, root); });
}

Result<NamedMaps> load_named_maps(const std::filesystem::path& file) {
  return load_yaml(file, [](const std::string& name, const YAML::Node& root) { return named_maps_of(name, root); });
}

const ConfigKey* ConfigSchema::find(std::string_view name) const {
  const auto key = std::ranges::find(keys, name, &ConfigKey::name);
  return key == keys.end() ? nullptr : &*key;
}

std::string ConfigSchema::variable_of(const ConfigKey& key) const {
  std::string variable = environment_prefix;
  for (const char c : key.name) {
    variable += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return variable;
}

std::map<std::string, std::string> environment_with_prefix(std::string_view prefix) {
  std::map<std::string, std::string> found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos && text.starts_with(prefix)) {
      found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return found;
}

Result<Config> Config::load(const ConfigSchema& schema, const ConfigSources& sources) {
  if (!sources.file) {
    return load_text(schema, "", "", sources);
  }
  ASSIGN_OR_RETURN(const std::string yaml, read_file(*sources.file));
  return load_text(schema, sources.file->string(), yaml, sources);
}

Result<Config> Config::load_text(const ConfigSchema& schema, std::string_view name, std::string_view yaml,
                                 const ConfigSources& sources) {
  ConfigLoader loader(schema);
  loader.read_file(name, yaml);
  loader.read_environment(sources.environment);
  loader.read_overrides(sources.overrides);
  return loader.finish();
}

const ConfigValue& Config::value(std::string_view key) const {
  const auto found = entries_.find(key);
  CHECK(found != entries_.end());
  return found->second.value;
}

std::vector<std::string> Config::describe_changes() const {
  std::vector<std::string> changes;
  for (const auto& [name, entry] : entries_) {
    if (!entry.source.empty()) {
      changes.push_back(
          format("{}={} ({})", name, entry.key.secret ? "***" : to_text(entry.key, entry.value), entry.source));
    }
  }
  return changes;
}

}  // namespace millrace
