// `millrace predict`: the demand for every product, tomorrow or in the next seven days.
#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/daily_sales.h"
#include "cli/exit_code.h"
#include "cli/lineage.h"
#include "cli/output.h"
#include "forecast/trainer.h"
#include "lake/local_store.h"
#include "lake/predictions_table.h"

namespace millrace {
namespace {

constexpr std::string_view kNextDayName = "next_day";
constexpr std::string_view kNextWeekName = "next_week";

class PredictCommand final : public Command {
 public:
  std::string_view name() const override { return "predict"; }
  std::string_view summary() const override { return "forecast the demand for every product"; }

  void add_flags(Flags& flags) override {
    flags.add("--data", data_, "daily sales: a Parquet file or folder; empty: gold's daily_sales")->type_name("PATH");
    flags.add("--model", model_, "champion, a model's name (its newest version), or name/version");
    flags.add("--horizon", horizon_, "next_day, or next_week: seven days");
    flags.add("--as-of", as_of_, "forecast from the evening of this day; else of the last complete one")
        ->type_name("DATE");
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

  std::string data_;
  std::string model_ = "champion";
  std::string horizon_{kNextDayName};
  std::string as_of_;
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
  return {};
}

std::vector<PredictionRow> to_rows(const Series& series, int origin, const std::vector<Forecast>& forecasts) {
  std::vector<PredictionRow> rows;
  rows.reserve(forecasts.size());
  for (const Forecast& forecast : forecasts) {
    rows.push_back({.date = forecast.date,
                    .product_id = series.product_id(forecast.product),
                    .category = series.category_name(series.category(forecast.product, origin + 1)),
                    .mean = forecast.mean,
                    .p10 = forecast.quantiles[0],
                    .p50 = forecast.quantiles[1],
                    .p90 = forecast.quantiles[2]});
  }
  return rows;
}

Json to_json(const PredictionRun& run, const std::string& file, const std::vector<PredictionRow>& rows) {
  Json json = {
      {"as_of_date", to_string(run.as_of)}, {"prediction_horizon", run.horizon},       {"model_name", run.model_name},
      {"model_version", run.model_version}, {"created_at", to_string(run.created_at)}, {"file", file},
      {"predictions", Json::array()}};
  for (const PredictionRow& row : rows) {
    json["predictions"].push_back({{"prediction_date", to_string(row.date)},
                                   {"product_id", row.product_id},
                                   {"category", row.category},
                                   {"predicted_demand", row.mean},
                                   {"p10", row.p10},
                                   {"p50", row.p50},
                                   {"p90", row.p90}});
  }
  return json;
}

std::string to_text(const PredictionRun& run, const std::string& file, std::vector<PredictionRow> rows) {
  constexpr std::size_t kShown = 10;
  const double all = std::accumulate(rows.begin(), rows.end(), 0.0,
                                     [](double sum, const PredictionRow& row) { return sum + row.mean; });
  std::ranges::sort(rows, [](const PredictionRow& a, const PredictionRow& b) {
    return std::tie(b.mean, a.product_id, a.date) < std::tie(a.mean, b.product_id, b.date);
  });
  std::string text = format(
      "{} after {} by {}/{}: {:.0f} pieces in {} rows; the largest:\n{:<12} {:<16} {:<24} {:>9} "
      "{:>9} {:>9} {:>9}\n",
      run.horizon, to_string(run.as_of), run.model_name, run.model_version, all, rows.size(), "date", "product",
      "category", "demand", "p10", "p50", "p90");
  for (std::size_t i = 0; i < std::min(kShown, rows.size()); ++i) {
    const PredictionRow& row = rows[i];
    text += format("{:<12} {:<16} {:<24} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f}\n", to_string(row.date), row.product_id,
                   row.category, row.mean, row.p10, row.p50, row.p90);
  }
  return text + format("all of them: {}\n", file);
}

Result<int> PredictCommand::run(const Context& context, LineageRun& lineage) const {
  TRY(check_flags());
  ASSIGN_OR_RETURN(const LoadedForecaster loaded, load_forecaster(Registry(context.models_folder()), model_));
  ASSIGN_OR_RETURN(const Series series, load_daily_sales(context, data_));
  const Day as_of = as_of_.empty() ? series.last_day() : *parse_day(as_of_);
  ASSIGN_OR_RETURN(const int origin, origin_of(series, as_of));
  const std::string trained_to = loaded.metadata.at("data").at("last_day").get<std::string>();
  if (to_string(as_of) < trained_to) {
    log_warning(
        "the model has learnt from days after the as-of date, so that this forecast says nothing about its "
        "quality",
        {{"trained_to", trained_to}, {"as_of", to_string(as_of)}});
  }
  const std::span<const int> horizons =
      horizon_ == kNextDayName ? std::span(&kNextDay, 1) : std::span<const int>(kNextWeek);
  ASSIGN_OR_RETURN(const auto forecasts, loaded.forecaster.predict(series, origin, horizons));
  const std::vector<PredictionRow> rows = to_rows(series, origin, forecasts);
  LocalStore store(context.lake_folder());
  const PredictionRun run{.as_of = as_of,
                          .horizon = horizon_,
                          .model_name = loaded.version.name,
                          .model_version = loaded.version.version,
                          .created_at = system_clock().now()};
  ASSIGN_OR_RETURN(const std::string path, write_predictions(store, run, rows));
  const std::string file = store.locate(path);
  lineage.add_input(daily_sales_path(context, data_));
  lineage.add_input(context.models_folder() / to_string(loaded.version));
  lineage.add_output(fs::path(file).parent_path().parent_path(),
                     {{"outputStatistics", {{"rowCount", rows.size()}, {"fileCount", 1}}}});
  TRY(print(context.json ? to_json(run, file, rows).dump(2) + "\n" : to_text(run, file, rows)));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_predict_command() { return std::make_unique<PredictCommand>(); }

}  // namespace millrace
