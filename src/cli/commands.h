// The commands of this build, each made by the file of its name; main.cc lists them in the order of the help.
//
// A command that CONTRACT.md names and that is not here stands in planned_commands(): the help says so, and calling
// one is an error, so that nobody takes silence for success.
// Thread rule: free functions, called on the main thread.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/command.h"

namespace millrace {

std::unique_ptr<Command> make_demo_command();
std::unique_ptr<Command> make_produce_command();
std::unique_ptr<Command> make_consume_command();
std::unique_ptr<Command> make_stream_command();
std::unique_ptr<Command> make_batch_command();
std::unique_ptr<Command> make_train_command();
std::unique_ptr<Command> make_backtest_command();
std::unique_ptr<Command> make_predict_command();
std::unique_ptr<Command> make_models_command();
std::unique_ptr<Command> make_analytics_command();
std::unique_ptr<Command> make_sql_command();
std::unique_ptr<Command> make_files_command();
std::unique_ptr<Command> make_quarantine_command();
std::unique_ptr<Command> make_status_command();
std::unique_ptr<Command> make_compact_command();
std::unique_ptr<Command> make_rebuild_command();

struct PlannedCommand {
  std::string_view name;
  std::string_view summary;
};

/// What this build does not have yet.
std::span<const PlannedCommand> planned_commands();

}  // namespace millrace
