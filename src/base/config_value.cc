#include "base/config_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t kKibi = 1024;
constexpr std::int64_t kKilo = 1000;
constexpr std::array kByteUnits = {
    Unit{"", 1},
    Unit{"K", kKibi},
    Unit{"M", kKibi * kKibi},
    Unit{"G", kKibi * kKibi * kKibi},
    Unit{"T", kKibi * kKibi * kKibi * kKibi},
    Unit{"KiB", kKibi},
    Unit{"MiB", kKibi * kKibi},
    Unit{"GiB", kKibi * kKibi * kKibi},
    Unit{"TiB", kKibi * kKibi * kKibi * kKibi},
    Unit{"KB", kKilo},
    Unit{"MB", kKilo * kKilo},
    Unit{"GB", kKilo * kKilo * kKilo},
    Unit{"TB", kKilo * kKilo * kKilo * kKilo},
};

/// The number that is the whole text, or nothing.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return number;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// The parts between commas, without the spaces around them; none of an empty text.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    parts.push_back(trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<ConfigMap> parse_map(std::string_view text) {
  ConfigMap map;
  for (const std::string_view part : split(text)) {
    const std::size_t equals = part.find('=');
    if (equals == 0 || equals == std::string_view::npos ||
        !map.emplace(part.substr(0, equals), part.substr(equals + 1)).second) {
      return std::nullopt;
    }
  }
  return map;
}

/// Nothing where the text is not of this type; limits and choices are not looked at.
std::optional<ConfigValue> parse_type(ConfigType type, std::string_view text) {
  switch (type) {
    case ConfigType::text:
      return std::string(text);
    case ConfigType::integer:
      return parse_number<std::int64_t>(text);
    case ConfigType::real: {
      const auto number = parse_number<double>(text);
      return number && std::isfinite(*number) ? std::optional<ConfigValue>(*number) : std::nullopt;
    }
    case ConfigType::boolean:
      return text == "true" || text == "false" ? std::optional<ConfigValue>(text == "true") : std::nullopt;
    case ConfigType::duration:
      return parse_duration(text);
    case ConfigType::bytes:
      return parse_bytes(text);
    case ConfigType::list: {
      ConfigList list;
      for (const std::string_view part : split(text)) {
        list.emplace_back(part);
      }
      return list;
    }
    case ConfigType::map:
      return parse_map(text);
  }
  CHECK(false);
}

std::string_view type_words(ConfigType type) {
  switch (type) {
    case ConfigType::text:
      return "a text";
    case ConfigType::integer:
      return "a whole number";
    case ConfigType::real:
      return "a number";
    case ConfigType::boolean:
      return "true or false";
    case ConfigType::duration:
      return "a duration such as 250ms, 60s, 15m, 2h or 7d";
    case ConfigType::bytes:
      return "a number of bytes such as 4096, 512M or 1GiB";
    case ConfigType::list:
      return "a list of texts";
    case ConfigType::map:
      return "a map of texts";
  }
  CHECK(false);
}

/// Orders two values of the same type that limits are for.
bool is_less(const ConfigValue& a, const ConfigValue& b) {
  CHECK(a.index() == b.index());
  return a < b;
}

/// The single texts of a value; of a map those of the names, or those of what the names stand for.
std::vector<std::string_view> texts_of(const ConfigValue& value, bool names) {
  std::vector<std::string_view> texts;
  if (const auto* whole = std::get_if<std::string>(&value)) {
    texts.push_back(*whole);
  } else if (const auto* list = std::get_if<ConfigList>(&value)) {
    texts.assign(list->begin(), list->end());
  } else if (const auto* map = std::get_if<ConfigMap>(&value)) {
    for (const auto& [name, text] : *map) {
      texts.push_back(names ? name : text);
    }
  }
  return texts;
}

bool is_within(const ConfigKey& key, const ConfigValue& value) {
  const auto limit = [&](const std::string& text) {
    auto parsed = parse_type(key.type, text);
    CHECK(parsed);  // the schema is ours
    return *parsed;
  };
  return !(key.at_least && is_less(value, limit(*key.at_least))) &&
         !(key.at_most && is_less(limit(*key.at_most), value));
}

}  // namespace

std::string expectation(const ConfigKey& key) {
  std::string words;
  for (std::size_t i = 0; i < key.choices.size(); ++i) {
    words += i == 0 ? "" : i + 1 == key.choices.size() ? " or " : ", ";
    words += key.choices[i];
  }
  if (words.empty() || key.type == ConfigType::map) {
    words = std::string(type_words(key.type)) + (words.empty() ? "" : " named " + words);
  }
  if (key.at_least && key.at_most) {
    words += format(" from {} to {}", *key.at_least, *key.at_most);
  } else if (key.at_least) {
    words += format(", at least {}", *key.at_least);
  } else if (key.at_most) {
    words += format(", at most {}", *key.at_most);
  }
  return words;
}

std::optional<std::string> broken_rule(const ConfigKey& key, const ConfigValue& value) {
  if (!is_within(key, value)) {
    return expectation(key);
  }
  for (const std::string_view name : texts_of(value, true)) {
    if (!key.choices.empty() && std::ranges::find(key.choices, name) == key.choices.end()) {
      return expectation(key);
    }
  }
  for (const std::string_view text : texts_of(value, false)) {
    if (const char* const expected = key.check == nullptr ? nullptr : key.check(text)) {
      return expected;
    }
  }
  return std::nullopt;
}

std::expected<ConfigValue, std::string> parse_config_value(const ConfigKey& key, std::string_view text) {
  auto value = parse_type(key.type, text);
  if (!value) {
    const std::string grammar = key.type == ConfigType::map ? ", written name=text,name=text" : "";
    return std::unexpected(expectation(key) + grammar);
  }
  if (auto expected = broken_rule(key, *value)) {
    return std::unexpected(*std::move(expected));
  }
  return *std::move(value);
}

std::string to_text(const ConfigKey& key, const ConfigValue& value) {
  struct Visitor {
    ConfigType type;
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t n) const {
      return type == ConfigType::bytes ? bytes_to_text(n) : format("{}", n);
    }
    std::string operator()(double number) const { return format("{}", number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(Duration duration) const { return duration_to_text(duration); }
    std::string operator()(const ConfigList& list) const {
      std::string text;
      for (const std::string& item : list) {
        text += (text.empty() ? "" : ",") + item;
      }
      return text;
    }
    std::string operator()(const ConfigMap& map) const {
      std::string text;
      for (const auto& [name, item] : map) {
        text += format("{}{}={}", text.empty() ? "" : ",", name, item);
      }
      return text;
    }
  };
  return std::visit(Visitor{key.type}, value);
}

std::string bytes_to_text(std::int64_t bytes) {
  constexpr std::array kUnits = {Unit{"TiB", kKibi * kKibi * kKibi * kKibi}, Unit{"GiB", kKibi * kKibi * kKibi},
                                 Unit{"MiB", kKibi * kKibi}, Unit{"KiB", kKibi}};
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % unit.factor == 0) {
      return format("{}{}", bytes / unit.factor, unit.name);
    }
  }
  return format("{}", bytes);
}

std::string duration_to_text(Duration duration) {
  constexpr std::array kUnits = {Unit{"d", kDay.us}, Unit{"h", hours(1).us}, Unit{"m", minutes(1).us},
                                 Unit{"s", seconds(1).us}, Unit{"ms", milliseconds(1).us}};
  for (const Unit& unit : kUnits) {
    if (duration.us != 0 && duration.us % unit.factor == 0) {
      return format("{}{}", duration.us / unit.factor, unit.name);
    }
  }
  CHECK(duration.us == 0);
  return "0";
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::int64_t>(text.substr(0, digits));
  const auto* const unit = std::ranges::find(kByteUnits, text.substr(digits), &Unit::name);
  if (!number || unit == kByteUnits.end() || *number > std::numeric_limits<std::int64_t>::max() / unit->factor) {
    return std::nullopt;
  }
  return *number * unit->factor;
}

}  // namespace millrace
