// `millrace demo`: a simulated shop through the whole flow, in one process and with no server.
//
// Two years of history, as a CSV, and then live events, through the log and the stream; gold from both, models,
// forecasts and answers. With --historical-csv that shop's history instead, in a data folder of its own. Every step can
// be cut short and made again: a second run makes up for what is missing and doubles nothing. With --json the results
// of the steps are the members of one document: each of them prints one document, and the demo prints what stands
// between.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/daily_sales.h"
#include "cli/demo_summary.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "forecast/registry.h"

namespace millrace {
namespace {

constexpr Day kLiveBegin{19'737};  // 2024-01-15; a constant, so that the same seed gives the same shop
constexpr std::int64_t kDailyEvents = 5'000;

class DemoCommand final : public Command {
 public:
  std::string_view name() const override { return "demo"; }
  std::string_view summary() const override { return "a simulated shop through the whole flow, in one go"; }

  void add_flags(Flags& flags) override {
    flags.add("--events", events_, "how many events happen live in the shop")->check(CLI::PositiveNumber);
    flags.add("--history-days", history_days_, "how many days of history lie before them")->check(CLI::PositiveNumber);
    flags.add("--seed", seed_, "what decides about every one of them");
    flags.add("--historical-csv", history_, "that shop instead, in a data folder of its own")->type_name("FILE");
    flags.add_switch("--no-serve", no_serve_, "end after the last step (there is no dashboard yet: it always does)");
  }

  Result<int> run(const Context& context) override;

 private:
  struct Step {
    std::string title;  // its key in the JSON document
    std::unique_ptr<Command> command;
    std::vector<std::string> flags;
  };
  std::vector<Step> simulated_shop(const Context& context) const;
  std::vector<Step> real_shop() const;
  static void add_answers(std::vector<Step>& steps);

  std::int64_t events_ = 10'000;
  std::int32_t history_days_ = 730;
  std::int64_t seed_ = 1;
  std::string history_;
  bool no_serve_ = false;
};

/// Forecasts and answers: the same for every shop.
void DemoCommand::add_answers(std::vector<Step>& steps) {
  steps.push_back({"train", make_train_command(), {}});
  steps.push_back({"predict_next_day", make_predict_command(), {}});
  steps.push_back({"predict_next_week", make_predict_command(), {"--horizon", "next_week"}});
  steps.push_back({"daily_revenue", make_analytics_command(), {"daily_revenue", "--days", "7"}});
  steps.push_back({"top_selling_products", make_analytics_command(), {"top_selling_products", "--limit", "10"}});
  steps.push_back({"category_growth", make_analytics_command(), {"category_growth"}});
}

std::vector<DemoCommand::Step> DemoCommand::simulated_shop(const Context& context) const {
  const std::string history = (context.settings.data_dir / "history.csv").string();
  const std::string seed = format("{}", seed_);
  const std::string daily = format("{}", kDailyEvents);
  std::vector<Step> steps;
  std::error_code ignored;  // a file that cannot be looked at is written
  if (!fs::exists(history, ignored)) {
    steps.push_back({"history",
                     make_produce_command(),
                     {"--days", format("{}", history_days_), "--start",
                      to_string(Day{kLiveBegin.number - history_days_}), "--daily-events", daily, "--seed", seed,
                      "--duplicate-rate", "0", "--late-rate", "0", "--bad-rate", "0", "--to-csv", history}});
  }
  const std::int64_t days = (events_ + kDailyEvents - 1) / kDailyEvents + 1;  // a quiet day has fewer events
  steps.push_back({"produce",
                   make_produce_command(),
                   {"--days", format("{}", days), "--start", to_string(kLiveBegin), "--daily-events", daily, "--events",
                    format("{}", events_), "--seed", seed, "--resume"}});
  steps.push_back({"stream", make_stream_command(), {"--once"}});
  steps.push_back({"batch", make_batch_command(), {"--historical-csv", history}});
  add_answers(steps);
  steps.push_back({"status", make_status_command(), {}});
  return steps;
}

std::vector<DemoCommand::Step> DemoCommand::real_shop() const {
  std::vector<Step> steps;
  steps.push_back({"batch", make_batch_command(), {"--historical-csv", history_}});
  add_answers(steps);
  return steps;
}

/// The champion has learnt from the very same sales.
bool is_trained(const Context& context) {
  const Registry registry(context.models_folder());
  const auto champion = registry.champion();
  const auto metadata = champion ? registry.metadata(*champion) : Result<Json>(std::unexpected(champion.error()));
  const auto sales = load_daily_sales(context, "");
  if (!metadata || !sales || !metadata->contains("data")) {
    return false;  // the training says what is wrong
  }
  return metadata->at("data").value("content_hash", "") == format("{:016x}", sales->content_hash());
}

Result<int> DemoCommand::run(const Context& outer) {
  Settings settings = outer.settings;
  if (!history_.empty()) {
    settings.data_dir /= fs::path(history_).stem().stem();  // of sales.csv.gz too
  }
  const Context context{.settings = settings, .json = outer.json, .stop = outer.stop};
  const std::vector<Step> steps = history_.empty() ? simulated_shop(context) : real_shop();
  std::string_view before = "{";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (context.stop.stop_requested()) {
      return kExitDone;  // main gives the signal's
    }
    log_info("demo", {{"step", format("{} of {}", i + 1, steps.size())}, {"doing", step.title}});
    if (step.title == "train" && is_trained(context)) {
      TRY(print(context.json ? "" : "train:\nnot needed, the champion has learnt from these sales\n\n"));
      continue;
    }
    TRY(print(context.json ? format("{}\"{}\": ", before, step.title) : format("{}:\n", step.title)));
    before = ", ";
    ASSIGN_OR_RETURN(const int code, run_command(*step.command, step.flags, context));
    if (code != kExitDone) {
      return code;
    }
    TRY(print(context.json ? "" : "\n"));
    TRY(flush_output());
  }
  if (context.stop.stop_requested()) {
    return kExitDone;
  }
  ASSIGN_OR_RETURN(const DemoSummary summary, summarize_demo(context));
  TRY(print(context.json ? format("{}\"summary\": {}}}\n", before, to_json(summary).dump(2))
                         : to_text(summary, context)));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_demo_command() { return std::make_unique<DemoCommand>(); }

}  // namespace millrace
