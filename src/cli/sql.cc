// `millrace sql`: SQL over all tables by name.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
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
    limit_flag_ =
        flags.add("--limit", limit_, "rows at most, 0: all; of a table 1000, else all")->check(CLI::NonNegativeNumber);
    limit_flag_->default_str("by the format");
    format_.add_with_parquet_to(flags);
  }

  Result<int> run(const Context& context) override {
    const std::string sql = query_ == "-" ? read_input() : query_;
    ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context, sql));
    TRY(warehouse->engine().restrict_to({context.lake_folder()}));
    ASSIGN_OR_RETURN(const OutputFormat output, format_.chosen(context.json));
    if (output == OutputFormat::parquet) {
      TRY(print_parquet(*warehouse, sql));
      return kExitDone;
    }
    const bool is_chosen = limit_flag_->count() > 0;
    TRY(print_query(warehouse->engine(), sql, {}, output,
                    is_chosen || output != OutputFormat::table ? limit_ : kTableRows));
    return kExitDone;
  }

 private:
  static constexpr std::int64_t kTableRows = 1'000;

  /// The engine writes a file, which goes to standard output: a Parquet file's end is known last.
  Result<void> print_parquet(Warehouse& warehouse, const std::string& sql) const {
    if (::isatty(STDOUT_FILENO) != 0) {
      return fail(Fault::invalid, "--format parquet: this is no text for a terminal, expected `> FILE` behind it");
    }
    ASSIGN_OR_RETURN(const std::filesystem::path path, warehouse.temporary_file("rows.parquet"));
    TRY(warehouse.engine().write_parquet(sql, {}, limit_, path));
    ASSIGN_OR_RETURN(const File file, File::open_to_read(path));
    std::vector<char> piece(1 << 20);
    for (std::int64_t position = 0;;) {
      ASSIGN_OR_RETURN(const std::size_t bytes, file.read_at(position, piece));
      if (bytes == 0) {
        return {};
      }
      TRY(print({piece.data(), bytes}));
      position += static_cast<std::int64_t>(bytes);
    }
  }

  std::string query_;
  std::int64_t limit_ = 0;
  CLI::Option* limit_flag_ = nullptr;
  OutputFormatFlag format_;
};

}  // namespace

std::unique_ptr<Command> make_sql_command() { return std::make_unique<SqlCommand>(); }

}  // namespace millrace
