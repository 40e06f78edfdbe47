// `millrace analytics`: the named queries over gold.
#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/rows_output.h"
#include "cli/warehouse.h"
#include "warehouse/analytics.h"
#include "warehouse/sql_text.h"

namespace millrace {
namespace {

class AnalyticsCommand final : public Command {
 public:
  std::string_view name() const override { return "analytics"; }
  std::string_view summary() const override { return "run the named queries"; }

  void add_flags(Flags& flags) override {
    flags.add("query", query_, "its name; without one the queries are listed");
    flags.add("--engine", engine_, "where it runs: local");
    flags.add("--as-of", as_of_, "the last day to look at; else the last complete one")->type_name("DATE");
    days_flag_ = flags.add("--days", days_, "how many days to look at")->check(CLI::PositiveNumber);
    flags.add("--category", category_, "this category alone");
    limit_flag_ = flags.add("--limit", limit_, "rows at most")->check(CLI::PositiveNumber);
    days_flag_->default_str("by the query");
    limit_flag_->default_str("by the query");
    format_.add_to(flags);
  }

  Result<int> run(const Context& context) override;

 private:
  Result<AnalyticsChoice> choice() const;

  std::string query_;
  std::string engine_ = "local";
  std::string as_of_;
  std::int64_t days_ = 0;
  std::string category_;
  std::int64_t limit_ = 0;
  CLI::Option* days_flag_ = nullptr;
  CLI::Option* limit_flag_ = nullptr;
  OutputFormatFlag format_;
};

Result<void> list_queries(bool json) {
  Json list = Json::array();
  for (const AnalyticsQuery& query : analytics_queries()) {
    list.push_back({{"name", query.name}, {"question", query.question}});
    TRY(print(json ? "" : format("{:<24} {}\n", query.name, query.question)));
  }
  return print(json ? list.dump(2) + "\n" : "");
}

Result<const AnalyticsQuery*> find_query(const std::string& name) {
  std::vector<std::string> names;
  for (const AnalyticsQuery& query : analytics_queries()) {
    if (query.name == name) {
      return &query;
    }
    names.push_back(query.name);
  }
  const auto nearest = nearest_name(name, names);
  return fail(Fault::invalid,
              format("there is no such query: {}{}", name, nearest ? format(" (did you mean {}?)", *nearest) : ""));
}

Result<AnalyticsChoice> AnalyticsCommand::choice() const {
  AnalyticsChoice choice;
  if (!as_of_.empty()) {
    choice.as_of = parse_day(as_of_);
    if (!choice.as_of) {
      return fail(Fault::invalid, format("--as-of: expected a day such as 2024-01-15, found: {}", as_of_));
    }
  }
  choice.days = days_flag_->count() > 0 ? std::optional(days_) : std::nullopt;
  choice.limit = limit_flag_->count() > 0 ? std::optional(limit_) : std::nullopt;
  choice.category = category_.empty() ? std::nullopt : std::optional(category_);
  return choice;
}

Result<int> AnalyticsCommand::run(const Context& context) {
  if (engine_ != "local") {
    return fail(Fault::invalid, format("--engine: this build runs queries locally alone, found: {}", engine_));
  }
  ASSIGN_OR_RETURN(const OutputFormat output, format_.chosen(context.json));
  if (query_.empty()) {
    TRY(list_queries(output == OutputFormat::json));
    return kExitDone;
  }
  ASSIGN_OR_RETURN(const AnalyticsQuery* const query, find_query(query_));
  ASSIGN_OR_RETURN(const AnalyticsChoice chosen, choice());
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context, query->sql));
  ASSIGN_OR_RETURN(const std::optional<Day> as_of, gold_as_of(warehouse->store()));
  if (!as_of) {
    return fail(Fault::not_found,
                format("there is no gold in {} yet: run millrace batch first", context.lake_folder().string()));
  }
  ASSIGN_OR_RETURN(const SqlParameters parameters, parameters_for(*query, chosen, *as_of));
  TRY(load_dialect(warehouse->engine(), context.settings.shop.time_zone));
  TRY(print_query(warehouse->engine(), std::string(query->sql), parameters, output));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_analytics_command() { return std::make_unique<AnalyticsCommand>(); }

}  // namespace millrace
