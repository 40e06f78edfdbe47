// `millrace files`: where the committed files of the tables are, for other readers.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "base/format.h"
#include "base/json.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "lake/local_store.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

/// Tables go by their name in SQL or by their folder: `silver_late_events`, `silver/late_events`.
Result<std::vector<LakeTable>> tables_named(const std::string& name) {
  const std::vector<LakeTable>& all = lake_tables();
  if (name.empty()) {
    return all;
  }
  std::vector<std::string> names;
  for (const LakeTable& table : all) {
    if (name == table.view || name == table.folder) {
      return std::vector<LakeTable>{table};
    }
    names.emplace_back(table.view);
  }
  const auto nearest = nearest_name(name, names);
  return fail(Fault::invalid, format("--table: there is no such table: {}{}", name,
                                     nearest ? format(" (did you mean {}?)", *nearest) : ""));
}

class FilesCommand final : public Command {
 public:
  std::string_view name() const override { return "files"; }
  std::string_view summary() const override { return "list the committed files of the tables, for other readers"; }
  void add_flags(Flags& flags) override {
    flags.add("--table", table_, "this one alone, by its name in SQL or its folder below the lake");
    flags.add_switch("--views", views_, "SQL that makes them views of another DuckDB, as they are now");
  }

  Result<int> run(const Context& context) override {
    ASSIGN_OR_RETURN(const std::vector<LakeTable> tables, tables_named(table_));
    LocalStore store(std::filesystem::absolute(context.lake_folder()));
    if (views_) {
      ASSIGN_OR_RETURN(const std::string sql, views_sql(store));
      TRY(print(sql));
      return 0;
    }
    Json json = Json::object();
    for (const LakeTable& table : tables) {
      ASSIGN_OR_RETURN(const std::vector<std::string> files, table_files(table.view, store));
      json[table.view] = files;
      for (const std::string& file : files) {
        TRY(print(context.json ? "" : file + "\n"));
      }
    }
    TRY(print(context.json ? json.dump(2) + "\n" : ""));
    return 0;
  }

 private:
  std::string table_;
  bool views_ = false;
};

}  // namespace

std::unique_ptr<Command> make_files_command() { return std::make_unique<FilesCommand>(); }

}  // namespace millrace
