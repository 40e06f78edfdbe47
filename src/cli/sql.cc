// `millrace sql`: SQL over all tables by name.
#include <cstdio>
#include <memory>
#include <string>

#include "base/format.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/rows_output.h"
#include "cli/warehouse.h"

namespace millrace {
namespace {

/// The text that stands on standard input.
std::string read_input() {
  std::string text;
  char buffer[1 << 16];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, count);
  }
  return text;
}

class SqlCommand final : public Command {
 public:
  std::string_view name() const override { return "sql"; }
  std::string_view summary() const override { return "SQL over all tables by name"; }

  void add_flags(Flags& flags) override {
    flags.add("query", query_, "a query in DuckDB's SQL, \"show tables\" to begin with; -: from standard input")
        ->required();
    format_.add_to(flags);
  }

  Result<int> run(const Context& context) override {
    ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context));
    TRY(warehouse->engine().restrict_to({context.lake_folder()}));
    const std::string sql = query_ == "-" ? read_input() : query_;
    ASSIGN_OR_RETURN(const OutputFormat output, format_.chosen(context.json));
    TRY(print_query(warehouse->engine(), sql, {}, output));
    return kExitDone;
  }

 private:
  std::string query_;
  OutputFormatFlag format_;
};

}  // namespace

std::unique_ptr<Command> make_sql_command() { return std::make_unique<SqlCommand>(); }

}  // namespace millrace
