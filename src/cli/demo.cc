// `millrace demo`: a simulated shop through the whole flow of this build, in one process and with no server.
//
// With --json the results of the steps are the members of one document: each of them prints one document, and the
// demo prints what stands between.
#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "ingest/local_log.h"

namespace millrace {
namespace {

class DemoCommand final : public Command {
 public:
  std::string_view name() const override { return "demo"; }
  std::string_view summary() const override { return "a simulated shop through the whole flow, in one go"; }

  void add_flags(Flags& flags) override {
    flags.add("--events", events_, "how many events happen in the shop")->check(CLI::PositiveNumber);
    flags.add("--seed", seed_, "what decides about every one of them");
    flags.add_switch("--no-serve", no_serve_, "end after the last step (there is no dashboard yet: it always does)");
  }

  Result<int> run(const Context& context) override;

 private:
  struct Step {
    std::unique_ptr<Command> command;
    std::vector<std::string> flags;
  };
  Result<std::vector<Step>> steps(const Context& context) const;

  std::int64_t events_ = 10'000;
  std::uint64_t seed_ = 1;
  bool no_serve_ = false;
};

/// The records that the topic holds already.
Result<std::int64_t> records_in_log(const Context& context) {
  ASSIGN_OR_RETURN(const auto log, LocalLog::open(context.log_folder(), context.settings.kafka.topic));
  ASSIGN_OR_RETURN(const auto partitions, log->partitions());
  std::int64_t records = 0;
  for (const Partition partition : partitions) {
    ASSIGN_OR_RETURN(const Offset end, log->end_offset(partition));
    records += end;
  }
  return records;
}

Result<std::vector<DemoCommand::Step>> DemoCommand::steps(const Context& context) const {
  std::vector<Step> steps;
  ASSIGN_OR_RETURN(const std::int64_t records, records_in_log(context));
  if (records == 0) {
    // One event a second of the shop's time, so that the events of a small demo fill windows of an hour too.
    steps.push_back(
        {make_produce_command(),
         {"--events", format("{}", events_), "--seed", format("{}", seed_), "--rate", "1", "--speed", "max"}});
  } else if (!context.json) {
    // The same events again would all be duplicates, and others late.
    TRY(
        print(format("produce: not needed, {} holds {} records already (other data: --data-dir DIR, more: millrace "
                     "produce)\n\n",
                     (context.log_folder() / context.settings.kafka.topic).string(), records)));
  }
  steps.push_back({make_stream_command(), {"--once"}});
  steps.push_back({make_status_command(), {}});
  return steps;
}

Result<int> DemoCommand::run(const Context& context) {
  ASSIGN_OR_RETURN(const std::vector<Step> all, steps(context));
  std::string_view before = "{";
  for (const Step& step : all) {
    if (context.stop.stop_requested()) {
      return kExitDone;  // main gives the signal's
    }
    TRY(print(context.json ? format("{}\"{}\": ", before, step.command->name())
                           : format("{}: ", step.command->name())));
    before = ", ";
    ASSIGN_OR_RETURN(const int code, run_command(*step.command, step.flags, context));
    if (code != kExitDone) {
      return code;
    }
    TRY(print(context.json ? "" : "\n"));
  }
  TRY(print(context.json ? "}\n"
                         : format("The lake is in {}: Parquet files that any reader of Parquet takes.\n",
                                  context.lake_folder().string())));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_demo_command() { return std::make_unique<DemoCommand>(); }

}  // namespace millrace
