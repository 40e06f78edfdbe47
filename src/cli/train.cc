// `millrace train`: fits the demand models on daily sales, judges them on the last weeks, and stores them.
#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "build_info.h"
#include "cli/commands.h"
#include "cli/daily_sales.h"
#include "cli/exit_code.h"
#include "cli/lineage.h"
#include "cli/model_settings.h"
#include "cli/output.h"
#include "forecast/boosted.h"
#include "forecast/ensemble.h"
#include "forecast/linear.h"
#include "forecast/trainer.h"

namespace millrace {
namespace {

constexpr std::string_view kAll = "all";

class TrainCommand final : public Command {
 public:
  std::string_view name() const override { return "train"; }
  std::string_view summary() const override { return "fit, judge and store the demand models"; }

  void add_flags(Flags& flags) override {
    flags.add("--data", data_, "daily sales: a Parquet file or folder; empty: gold's daily_sales")->type_name("PATH");
    flags.add("--model", model_,
              "all: linear_regression, xgboost and ensemble; or one of them; or a simple one: "
              "zero, seasonal_naive, moving_average, exponential_smoothing, croston, sba, tsb");
    flags.add("--target", target_, "what is forecast: daily_quantity");
    flags.add_setting("--seed", "ml.seed");
    flags.add_setting("--promotions", "ml.promotions");
  }

  Result<int> run(const Context& context) override {
    LineageRun lineage(context, name());
    Result<int> done = run(context, lineage);
    lineage.finish(done);
    return done;
  }

 private:
  Result<int> run(const Context& context, LineageRun& lineage) const;

  std::string data_;
  std::string model_{kAll};
  std::string target_ = "daily_quantity";
};

Json to_json(const TrainReport& report) {
  Json models = Json::array();
  for (const TrainedModel& model : report.models) {
    models.push_back({{"name", model.version.name},
                      {"version", model.version.version},
                      {"skill", model.skill},
                      {"metrics", model.evaluation.to_json()}});
  }
  return {{"first_day", to_string(report.first_day)},
          {"last_day", to_string(report.last_day)},
          {"products", report.products},
          {"models", std::move(models)},
          {"seasonal_naive", report.seasonal_naive.to_json()},
          {"champion", to_string(report.champion)},
          {"decision", report.decision},
          {"paired_test", report.test ? report.test->to_json() : Json()}};
}

std::string to_text(std::string_view model, std::string_view horizon, const Scores& scores) {
  return format("{:<22} {:<10} {:>9.3f} {:>9.3f} {:>7} {:>9} {:>9}\n", model, horizon, scores.mae, scores.rmse,
                scores.r2 ? format("{:.3f}", *scores.r2) : "-", percent(scores.wape), percent(scores.bias));
}

std::string to_text(const TrainReport& report) {
  std::string text = format("{} products, {} to {}; judged on {} to {}\n{:<22} {:<10} {:>9} {:>9} {:>7} {:>9} {:>9}\n",
                            report.products, to_string(report.first_day), to_string(report.last_day),
                            to_string(report.seasonal_naive.first), to_string(report.seasonal_naive.last), "model",
                            "horizon", "MAE", "RMSE", "R2", "WAPE", "bias");
  for (const TrainedModel& model : report.models) {
    text += to_text(to_string(model.version), "next_day", model.evaluation.next_day);
    text += to_text("", "next_week", model.evaluation.next_week);
  }
  text += to_text("(seasonal naive)", "next_day", report.seasonal_naive.next_day);
  text += to_text("", "next_week", report.seasonal_naive.next_week);
  return text + format("champion: {} ({})\n", to_string(report.champion), report.decision);
}

Result<int> TrainCommand::run(const Context& context, LineageRun& lineage) const {
  if (target_ != "daily_quantity") {
    return fail(Fault::invalid, format("--target: expected daily_quantity, found: {}", target_));
  }
  ASSIGN_OR_RETURN(const ModelOptions recipe, model_options(context));
  ASSIGN_OR_RETURN(const Series series, load_daily_sales(context, data_));
  TrainOptions options{.models = {model_},
                       .model = recipe,
                       .git_revision = std::string(kRevision),
                       .created_at = system_clock().now(),
                       .progress = [](std::string_view what) { log_info("train", {{"doing", what}}); }};
  if (model_ == kAll) {
    options.models = {std::string(kLinearRegression), std::string(kXgboost), std::string(kEnsemble)};
  }
  ASSIGN_OR_RETURN(const TrainReport report, train(series, options, Registry(context.models_folder())));
  lineage.add_input(daily_sales_path(context, data_));
  for (const TrainedModel& model : report.models) {
    lineage.add_output(context.models_folder() / to_string(model.version));
  }
  TRY(print(context.json ? to_json(report).dump(2) + "\n" : to_text(report)));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_train_command() { return std::make_unique<TrainCommand>(); }

}  // namespace millrace
