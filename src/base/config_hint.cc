#include "base/config_hint.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/format.h"
#include "base/nearest.h"

namespace millrace {
namespace {

std::string name_in_section(std::string_view key) { return std::string(key.substr(key.find('.') + 1)); }

std::string did_you_mean(const std::optional<std::string>& name) {
  return name ? format(" (did you mean {}?)", *name) : "";
}

/// The key may stand in the wrong section, or may have been written with dots.
std::string hint_elsewhere(const ConfigSchema& schema, std::string_view name) {
  std::vector<std::string> names;
  for (const ConfigKey& key : schema.keys) {
    names.push_back(name_in_section(key.name));
  }
  const auto nearest = nearest_name(name.substr(name.rfind('.') + 1), names);
  if (!nearest) {
    return "";
  }
  const auto index = static_cast<std::size_t>(std::ranges::find(names, *nearest) - names.begin());
  const std::string section = section_of(schema.keys[index].name);
  return did_you_mean(section.empty() ? format("{} at the top", *nearest)
                                      : format("{} in section {}", *nearest, section));
}

}  // namespace

std::string section_of(std::string_view key) {
  const std::size_t dot = key.find('.');
  return std::string(key.substr(0, dot == std::string_view::npos ? 0 : dot));
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 100;
  return format("{:?}{}", text.substr(0, kShownBytesMax), text.size() > kShownBytesMax ? "..." : "");
}

std::string hint_for_top(const ConfigSchema& schema, std::string_view name) {
  std::vector<std::string> names = schema.future_sections;
  for (const ConfigKey& key : schema.keys) {
    const std::string section = section_of(key.name);
    names.push_back(section.empty() ? key.name : section);
  }
  const auto nearest = nearest_name(name, names);
  return nearest ? did_you_mean(nearest) : hint_elsewhere(schema, name);
}

std::string hint_for_key(const ConfigSchema& schema, std::string_view section, std::string_view name) {
  std::vector<std::string> names;
  for (const ConfigKey& key : schema.keys) {
    if (section_of(key.name) == section) {
      names.push_back(name_in_section(key.name));
    }
  }
  const auto nearest = nearest_name(name, names);
  return nearest ? did_you_mean(nearest) : hint_elsewhere(schema, name);
}

std::string hint_for_variable(const ConfigSchema& schema, std::string_view variable) {
  std::vector<std::string> names = schema.other_variables;
  for (const ConfigKey& key : schema.keys) {
    names.push_back(schema.variable_of(key));
  }
  return did_you_mean(nearest_name(variable, names));
}

}  // namespace millrace
