// millrace: the commands of this build, and what it was built from.
#include <string>
#include <vector>

#include "base/format.h"
#include "build_info.h"
#include "cli/commands.h"
#include "cli/program.h"
#include "cli/version.h"

namespace {

/// The commands in the order of the help: as an event travels.
std::vector<std::unique_ptr<millrace::Command>> make_commands() {
  std::vector<std::unique_ptr<millrace::Command>> commands;
  commands.push_back(millrace::make_demo_command());
  commands.push_back(millrace::make_produce_command());
  commands.push_back(millrace::make_consume_command());
  commands.push_back(millrace::make_stream_command());
  commands.push_back(millrace::make_batch_command());
  commands.push_back(millrace::make_train_command());
  commands.push_back(millrace::make_backtest_command());
  commands.push_back(millrace::make_predict_command());
  commands.push_back(millrace::make_models_command());
  commands.push_back(millrace::make_analytics_command());
  commands.push_back(millrace::make_sql_command());
  commands.push_back(millrace::make_files_command());
  commands.push_back(millrace::make_quarantine_command());
  commands.push_back(millrace::make_status_command());
  commands.push_back(millrace::make_compact_command());
  commands.push_back(millrace::make_rebuild_command());
  return commands;
}

}  // namespace

int main(int argc, char** argv) {
  const millrace::Program program{
      .version = millrace::format("millrace {}\nrevision: {}\ncompiler: {}\nbuild type: {}\nlibraries: {}",
                                  millrace::kVersion, millrace::kRevision, millrace::kCompiler, millrace::kBuildType,
                                  millrace::library_versions()),
      .commands = make_commands(),
      .environment = millrace::environment_with_prefix("MILLRACE_"),
  };
  return millrace::run_program(program, {argv + 1, argv + argc});
}
