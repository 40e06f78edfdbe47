// `millrace compact`: a folder's small files become one, also while a stream is at work.
#include <memory>
#include <string>

#include "base/format.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "lake/lake.h"
#include "lake/local_store.h"
#include "lake/tables.h"

namespace millrace {
namespace {

/// By its folder or its name in SQL: `silver/late_events`, `silver_late_events`; a table of the stream.
Result<std::string> stream_table(std::string name) {
  if (name.empty()) {
    return name;
  }
  std::string names;
  for (const TableSpec* table : stream_tables()) {
    std::string in_sql(table->name);
    in_sql[in_sql.find('/')] = '_';
    if (name == table->name || name == in_sql) {
      return std::string(table->name);
    }
    names += format("{}{}", names.empty() ? "" : ", ", in_sql);
  }
  return fail(Fault::invalid,
              format("--table: only the stream's tables have small files to merge ({}), found: {}", names, name));
}

class CompactCommand final : public Command {
 public:
  std::string_view name() const override { return "compact"; }
  std::string_view summary() const override { return "merge small Parquet files: same rows, fewer files"; }
  void add_flags(Flags& flags) override {
    flags.add("--table", table_, "this one alone, by its name in SQL or its folder below the lake");
    flags.add_setting("--topic", "kafka.topic");
  }

  Result<int> run(const Context& context) override {
    const std::string& topic = context.settings.kafka.topic;
    CompactionOptions options{.files_max = 1};
    ASSIGN_OR_RETURN(options.table, stream_table(table_));
    LocalStore store(context.lake_folder());
    ASSIGN_OR_RETURN(const auto partitions, CommitLog::partitions(store, topic));
    if (partitions.empty()) {  // before a lake is made where there is none
      return fail(Fault::not_found, format("no lake of topic {} in {} (millrace stream makes one)", topic,
                                           context.lake_folder().string()));
    }
    ASSIGN_OR_RETURN(const auto lake, Lake::open(store, topic, system_clock(), {}));
    Json json = Json::array();
    for (const Partition partition : partitions) {
      if (context.stop.stop_requested()) {
        return fail(Fault::stopped, "stopped; what was merged stays merged");
      }
      const Result<Lake::Compacted> compacted = lake->compact(partition, options);
      if (!compacted) {
        return fail(compacted.error(), format("partition {}", partition));
      }
      json.push_back(
          {{"partition", partition}, {"files_before", compacted->before}, {"files_after", compacted->after}});
      TRY(print(context.json
                    ? ""
                    : format("partition {}: {} files became {}\n", partition, compacted->before, compacted->after)));
    }
    TRY(print(context.json ? json.dump(2) + "\n" : ""));
    return 0;
  }

 private:
  std::string table_;
};

}  // namespace

std::unique_ptr<Command> make_compact_command() { return std::make_unique<CompactCommand>(); }

}  // namespace millrace
