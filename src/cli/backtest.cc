// `millrace backtest`: a model judged from rolling origins, beside seasonal naive, and its forecasts as a file.
#include <memory>
#include <string>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/backtest_file.h"
#include "cli/commands.h"
#include "cli/daily_sales.h"
#include "cli/exit_code.h"
#include "cli/model_settings.h"
#include "cli/output.h"
#include "forecast/backtest.h"
#include "forecast/ensemble.h"

namespace millrace {
namespace {

constexpr std::string_view kLine = "{:<18} {:<14} {:>9} {:>9} {:>9} {:>8} {:>9} {:>9} {:>8} {:>9} {:>9}\n";

std::string to_text(std::string_view scope, std::string_view model, const Scores& scores) {
  return scores.cells == 0 ? ""
                           : format(kLine, scope, model, format("{:.3f}", scores.mae), format("{:.3f}", scores.rmse),
                                    percent(scores.wape), percent(scores.bias), percent(scores.median_wape),
                                    scores.quantile_loss ? format("{:.3f}", *scores.quantile_loss) : "-",
                                    percent(scores.coverage), percent(scores.coverage_sold), percent(scores.above_p90));
}

/// Both models on the same cells.
std::string to_text(std::string_view scope, std::string_view model, const Scores& scores, const Scores& naive) {
  return to_text(scope, model, scores) + to_text("", "seasonal naive", naive);
}

std::string to_text(const BacktestReport& report, std::string_view model) {
  const BacktestScores& scores = report.model;
  const BacktestScores& naive = report.seasonal_naive;
  std::string text = format("{} folds, from the evenings of", report.origins.size());
  for (const Day origin : report.origins) {
    text += format(" {}", to_string(origin));
  }
  text +=
      "\n" + format(kLine, "", "", "MAE", "RMSE", "WAPE", "bias", "P50 WAPE", "wQL", "covered", "if sold", "above P90");
  text += to_text("next day", model, scores.next_day, naive.next_day);
  text += to_text("days", model, scores.days, naive.days);
  text += to_text("week's total", model, scores.total, naive.total);
  for (const auto& [name, of_class] : scores.by_volume) {
    text += to_text(format("volume class {}", name), model, of_class, naive.by_volume.at(name));
  }
  const auto number = [](const std::optional<double>& value) { return value ? format("{:.3f}", *value) : "-"; };
  return text + format("RMSSE {} (seasonal naive {}), weighted by revenue {} ({})\n", number(scores.rmsse),
                       number(naive.rmsse), number(scores.weighted_rmsse), number(naive.weighted_rmsse));
}

class BacktestCommand final : public Command {
 public:
  std::string_view name() const override { return "backtest"; }
  std::string_view summary() const override { return "evaluate a model from rolling origins"; }

  void add_flags(Flags& flags) override {
    flags.add("--data", data_, "daily sales: a Parquet file or folder; empty: gold's daily_sales")->type_name("PATH");
    flags.add("--model", model_, "ensemble, xgboost, linear_regression, or a simple one (millrace train --help)");
    flags.add("--folds", folds_, "how many, one behind the other up to the last day; fitted anew for each");
    flags.add("--horizon", horizon_, "days of a fold, 1 to 7");
    flags.add_switch("--daily-origins", daily_origins_, "also one day ahead from every other day of the folds");
    flags.add("--out", out_, "write all forecasts to this file: .csv, else Parquet")->type_name("FILE");
    flags.add_setting("--seed", "ml.seed");
    flags.add_setting("--promotions", "ml.promotions");
  }

  Result<int> run(const Context& context) override {
    ASSIGN_OR_RETURN(const ModelOptions recipe, model_options(context));
    ASSIGN_OR_RETURN(const Series series, load_daily_sales(context, data_));
    const BacktestOptions options{.model = model_,
                                  .model_options = recipe,
                                  .folds = folds_,
                                  .horizon = horizon_,
                                  .daily_origins = daily_origins_,
                                  .progress = [](std::string_view what) { log_info("backtest", {{"doing", what}}); }};
    std::unique_ptr<BacktestFile> file;
    if (!out_.empty()) {
      ASSIGN_OR_RETURN(file, BacktestFile::create(out_, model_));
    }
    const BacktestSink sink = [&](const BacktestRow& row) -> Result<void> {
      return file != nullptr ? file->add(series, row) : Result<void>();
    };
    ASSIGN_OR_RETURN(const BacktestReport report, backtest(series, options, sink));
    if (file != nullptr) {
      TRY(file->finish());
    }
    Json json = {{"model", model_}, {"folds", Json::array()}, {"horizon", horizon_}};
    for (const Day origin : report.origins) {
      json["folds"].push_back(to_string(origin));
    }
    json["scores"] = report.model.to_json();
    json["seasonal_naive"] = report.seasonal_naive.to_json();
    json["out"] = file != nullptr ? Json({{"file", out_}, {"rows", file->rows()}}) : Json();
    const std::string written = file != nullptr ? format("{} forecasts in {}\n", file->rows(), out_) : "";
    TRY(print(context.json ? json.dump(2) + "\n" : to_text(report, model_) + written));
    return kExitDone;
  }

 private:
  std::string data_;
  std::string model_{kEnsemble};
  int folds_ = 4;
  int horizon_ = 7;
  bool daily_origins_ = false;
  std::string out_;
};

}  // namespace

std::unique_ptr<Command> make_backtest_command() { return std::make_unique<BacktestCommand>(); }

}  // namespace millrace
