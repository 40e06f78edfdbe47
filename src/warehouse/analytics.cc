#include "warehouse/analytics.h"

#include <charconv>

#include "base/check.h"
#include "base/format.h"
#include "warehouse/gold_manifest.h"
#include "warehouse/sql_text.h"

namespace millrace {
namespace {

constexpr std::string_view kFolder = "analytics/";
constexpr std::string_view kComment = "-- ";
constexpr std::string_view kParameters = "-- parameters: ";

/// The next line, taken off the text.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

/// `days = 28`, or a name alone.
bool add_parameter(std::string_view text, AnalyticsQuery& query) {
  const std::size_t equals = text.find('=');
  const std::string name(trimmed(text.substr(0, equals)));
  std::optional<std::int64_t> value;
  if (equals != std::string_view::npos) {
    const std::string_view digits = trimmed(text.substr(equals + 1));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return false;
    }
    value = number;
  }
  const bool known = name == "as_of" || name == "days" || name == "category" || name == "limit";
  return known && query.parameters.emplace(name, value).second;
}

}  // namespace

Result<AnalyticsQuery> parse_analytics_query(std::string_view name, std::string_view sql) {
  const auto wrong = [name](std::string_view expected) {
    return fail(Fault::invalid, format("sql/analytics/{}.sql: expected {}", name, expected));
  };
  AnalyticsQuery query{.name = std::string(name), .question = {}, .parameters = {}, .sql = sql};
  const std::string_view question = take_line(sql);
  if (!question.starts_with(kComment) || !question.ends_with('?')) {
    return wrong("a question in the first line");
  }
  query.question = question.substr(kComment.size());
  std::string_view parameters = take_line(sql);
  if (!parameters.starts_with(kParameters)) {
    return wrong("the parameters in the second line");
  }
  parameters.remove_prefix(kParameters.size());
  while (!parameters.empty()) {
    const std::size_t comma = std::min(parameters.find(','), parameters.size());
    if (!add_parameter(trimmed(parameters.substr(0, comma)), query)) {
      return wrong("parameters among as_of, days, category and limit");
    }
    parameters.remove_prefix(std::min(parameters.size(), comma + 1));
  }
  if (take_line(sql) != "-- columns:") {
    return wrong("the columns from the third line on");
  }
  return query;
}

const std::vector<AnalyticsQuery>& analytics_queries() {
  static const std::vector<AnalyticsQuery> queries = [] {
    std::vector<AnalyticsQuery> all;
    for (const auto& [name, text] : sql_texts()) {
      if (name.starts_with(kFolder)) {
        auto query = parse_analytics_query(name.substr(kFolder.size()), text);
        CHECK(query);
        all.push_back(*std::move(query));
      }
    }
    return all;
  }();
  return queries;
}

Result<SqlParameters> parameters_for(const AnalyticsQuery& query, const AnalyticsChoice& choice, Day as_of) {
  SqlParameters values;
  for (const auto& [name, number] : query.parameters) {
    values[name] = number ? SqlValue(*number) : SqlValue();
  }
  const auto refused = [&query](std::string_view flag) {
    return fail(Fault::invalid, format("--{}: the query {} does not take it", flag, query.name));
  };
  const auto choose = [&values](const char* name, const auto& chosen) {
    if (!chosen) {
      return true;
    }
    const auto value = values.find(name);
    if (value != values.end()) {
      value->second = *chosen;
    }
    return value != values.end();
  };
  if (!choose("as_of", choice.as_of                         ? choice.as_of
                       : query.parameters.contains("as_of") ? std::optional(as_of)
                                                            : std::nullopt)) {
    return refused("as-of");
  }
  if (!choose("days", choice.days)) {
    return refused("days");
  }
  if (!choose("category", choice.category)) {
    return refused("category");
  }
  if (!choose("limit", choice.limit)) {
    return refused("limit");
  }
  return values;
}

Result<std::optional<Day>> gold_as_of(ObjectStore& store) {
  ASSIGN_OR_RETURN(const GoldManifest manifest, read_gold_manifest(store));
  if (manifest.as_of) {
    return manifest.as_of;
  }
  return manifest.days.empty() ? std::nullopt : std::optional(manifest.days.rbegin()->first);
}

}  // namespace millrace
