// `millrace predict`: the demand for every product, tomorrow or in the next seven days; of categories and the shop;
// what to buy by it; and why a product's forecast is what it is.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/daily_sales.h"
#include "cli/exit_code.h"
#include "cli/lineage.h"
#include "cli/output.h"
#include "cli/prediction_run.h"
#include "lake/local_store.h"

namespace millrace {
namespace {

constexpr std::size_t kReasonsShown = 12;

class PredictCommand final : public Command {
 public:
  std::string_view name() const override { return "predict"; }
  std::string_view summary() const override { return "forecast the demand for every product"; }

  void add_flags(Flags& flags) override {
    flags.add("--data", data_, "daily sales: a Parquet file or folder; empty: gold's daily_sales")->type_name("PATH");
    flags.add_setting("--promotions", "ml.promotions");
    flags
        .add("--model", models_,
             "champion, a model's name (its newest version), or name/version; several, with commas, predict side by "
             "side")
        ->delimiter(',');
    flags.add("--horizon", horizon_, "next_day, or next_week: seven days, and what to buy for them");
    flags.add("--as-of", as_of_, "forecast from the evening of this day; else of the last complete one")
        ->type_name("DATE");
    flags.add("--explain", explain_, "store nothing, and say why this product's forecast is what it is")
        ->type_name("PRODUCT");
    flags.add_switch("--save-bq", save_bq_, "also write to BigQuery");
  }

  Result<int> run(const Context& context) override {
    LineageRun lineage(context, name());
    Result<int> done = run(context, lineage);
    lineage.finish(done);
    return done;
  }

 private:
  Result<int> run(const Context& context, LineageRun& lineage) const;
  Result<void> check_flags() const;
  Result<std::vector<LoadedForecaster>> load_models(const Context& context) const;
  Result<void> forecast(const Context& context, LineageRun& lineage, const std::vector<LoadedForecaster>& models,
                        const Series& series, int origin) const;
  Result<void> explain(const Context& context, const LoadedForecaster& model, const Series& series, int origin) const;

  std::string data_;
  std::vector<std::string> models_{"champion"};
  std::string horizon_{kNextDayName};
  std::string as_of_;
  std::string explain_;
  bool save_bq_ = false;
};

Result<void> PredictCommand::check_flags() const {
  if (save_bq_) {
    return fail(Fault::invalid, "this build does not write to BigQuery yet: leave out --save-bq");
  }
  if (horizon_ != kNextDayName && horizon_ != kNextWeekName) {
    return fail(Fault::invalid, format("--horizon: expected next_day or next_week, found: {}", horizon_));
  }
  if (!as_of_.empty() && !parse_day(as_of_)) {
    return fail(Fault::invalid, format("--as-of: expected a day such as 2024-01-15, found: {}", as_of_));
  }
  if (!explain_.empty() && models_.size() != 1) {
    return fail(Fault::invalid, "--explain: one model's forecast is explained at a time, name one with --model");
  }
  return {};
}

Result<std::vector<LoadedForecaster>> PredictCommand::load_models(const Context& context) const {
  const Registry registry(context.models_folder());
  std::vector<LoadedForecaster> models;
  for (const std::string& name : models_) {
    ASSIGN_OR_RETURN(LoadedForecaster model, load_forecaster(registry, name));
    if (std::ranges::find(models, model.version, &LoadedForecaster::version) != models.end()) {
      return fail(Fault::invalid, format("--model: named twice: {}", to_string(model.version)));
    }
    models.push_back(std::move(model));
  }
  return models;
}

Result<void> PredictCommand::forecast(const Context& context, LineageRun& lineage,
                                      const std::vector<LoadedForecaster>& models, const Series& series,
                                      int origin) const {
  ReorderCatalog catalog;
  if (horizon_ == kNextWeekName) {  // what to buy is asked of weeks alone
    ASSIGN_OR_RETURN(catalog, ReorderCatalog::load(context));
  }
  LocalStore store(context.lake_folder());
  Json runs = Json::array();
  std::string text;
  for (const LoadedForecaster& model : models) {
    ASSIGN_OR_RETURN(const ForecastRun run,
                     ForecastRun::make(model, series, origin, horizon_, system_clock().now(), catalog));
    ASSIGN_OR_RETURN(const auto files, run.write(store));
    lineage.add_input(context.models_folder() / to_string(model.version));
    lineage.add_output(fs::path(files.front()).parent_path().parent_path(),
                       {{"outputStatistics", {{"rowCount", run.rows()}, {"fileCount", 1}}}});
    runs.push_back(run.to_json(files));
    text += run.to_text(files);
  }
  return print(!context.json ? text : (runs.size() == 1 ? runs[0] : Json({{"runs", runs}})).dump(2) + "\n");
}

Result<void> PredictCommand::explain(const Context& context, const LoadedForecaster& model, const Series& series,
                                     int origin) const {
  const auto product = series.find(explain_);
  if (!product || series.first_sale(*product) > origin) {
    return fail(Fault::not_found,
                format("--explain: no such product was sold up to {}: {}", to_string(series.day(origin)), explain_));
  }
  Json days = Json::array();
  std::string text;
  for (const int horizon : horizons_of(horizon_)) {
    ASSIGN_OR_RETURN(const Explanation why, model.forecaster.model().explain(series, origin, *product, horizon));
    Json day = {{"prediction_date", to_string(series.day(origin + horizon))}};
    day.update(why.to_json());
    days.push_back(std::move(day));
    text += format("{} on {}, by {}: {}", explain_, to_string(series.day(origin + horizon)), to_string(model.version),
                   why.to_text(kReasonsShown));
  }
  const Json json = {{"product_id", explain_},
                     {"as_of_date", to_string(series.day(origin))},
                     {"model", to_string(model.version)},
                     {"explanations", std::move(days)}};
  return print(context.json ? json.dump(2) + "\n" : text);
}

Result<int> PredictCommand::run(const Context& context, LineageRun& lineage) const {
  TRY(check_flags());
  ASSIGN_OR_RETURN(const auto models, load_models(context));
  ASSIGN_OR_RETURN(const Series series, load_daily_sales(context, data_));
  lineage.add_input(daily_sales_path(context, data_));
  const Day as_of = as_of_.empty() ? series.last_day() : *parse_day(as_of_);
  ASSIGN_OR_RETURN(const int origin, origin_of(series, as_of));
  for (const LoadedForecaster& model : models) {
    const std::string trained_to = model.metadata.at("data").at("last_day").get<std::string>();
    if (to_string(as_of) < trained_to) {
      log_warning(
          "the model has learnt from days after the as-of date, so that this forecast says nothing about its "
          "quality",
          {{"model", to_string(model.version)}, {"trained_to", trained_to}, {"as_of", to_string(as_of)}});
    }
  }
  TRY(explain_.empty() ? forecast(context, lineage, models, series, origin)
                       : explain(context, models.front(), series, origin));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_predict_command() { return std::make_unique<PredictCommand>(); }

}  // namespace millrace
