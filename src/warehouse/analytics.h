// The named queries of sql/analytics/: what they answer, what they take, and their SQL.
//
// A file begins with comments of a fixed form: the question in one line, `-- parameters: as_of, days = 28, category`
// (those with a default, and those that may be left out: as_of is the last complete day, category is all), then what
// each column means. Money is exact; ratios and percentages are rounded doubles.
// Errors: invalid for a parameter that a query does not take. Thread rule: constants and free functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "lake/object_store.h"
#include "warehouse/engine.h"

namespace millrace {

struct AnalyticsQuery {
  std::string name;
  std::string question;
  std::map<std::string, std::optional<std::int64_t>> parameters;  // with their defaults
  std::string_view sql;
};

/// By name.
const std::vector<AnalyticsQuery>& analytics_queries();
/// One query out of its file. Fault invalid where the header is not of the form.
Result<AnalyticsQuery> parse_analytics_query(std::string_view name, std::string_view sql);

/// What the caller chose; what is left out has its default.
struct AnalyticsChoice {
  std::optional<Day> as_of = {};
  std::optional<std::int64_t> days = {};
  std::optional<std::string> category = {};
  std::optional<std::int64_t> limit = {};
};

/// The values to bind. `as_of` is the day where the caller chose none. Fault invalid for one that the query does not
/// take.
Result<SqlParameters> parameters_for(const AnalyticsQuery& query, const AnalyticsChoice& choice, Day as_of);

/// The last complete day, as the newest batch found it; nothing before the first.
Result<std::optional<Day>> gold_as_of(ObjectStore& store);

}  // namespace millrace
