#include "cli/prediction_run.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/format.h"

namespace millrace {
namespace {

constexpr std::size_t kShown = 10;
constexpr std::string_view kLine = "{:<12} {:<16} {:<24} {:>9} {:>9} {:>9} {:>9}\n";

std::vector<ReorderRow> reorder_rows(const Series& series, int origin, const std::vector<Forecast>& totals,
                                     const ReorderCatalog& catalog) {
  std::vector<ReorderRow> rows;
  for (const Forecast& total : totals) {
    const std::string& product_id = series.product_id(total.product);
    const ReorderRules rules = catalog.rules_of(product_id);
    const std::optional<std::int64_t> stock = catalog.stock_of(product_id);
    const Reorder reorder = reorder_of(static_cast<double>(total.mean), total.quantiles, rules, stock);
    rows.push_back({.product_id = product_id,
                    .category = series.category_name(series.category(total.product, origin + 1)),
                    .lead_time_days = rules.lead_time_days,
                    .service_level = rules.service_level,
                    .lead_time_demand = reorder.lead_time_demand,
                    .safety_stock = reorder.safety_stock,
                    .reorder_point = reorder.reorder_point,
                    .stock = stock,
                    .order_quantity = reorder.order_quantity});
  }
  return rows;
}

Json quantiles_and(Json json, double mean, double p10, double p50, double p90) {
  json.update({{"predicted_demand", mean}, {"p10", p10}, {"p50", p50}, {"p90", p90}});
  return json;
}

}  // namespace

std::span<const int> horizons_of(std::string_view horizon) {
  return horizon == kNextDayName ? std::span(&kNextDay, 1) : std::span<const int>(kNextWeek);
}

Result<ForecastRun> ForecastRun::make(const LoadedForecaster& model, const Series& series, int origin,
                                      std::string_view horizon, Instant now, const ReorderCatalog& catalog) {
  ASSIGN_OR_RETURN(const auto forecasts, model.forecaster.predict(series, origin, horizons_of(horizon)));
  ForecastRun run;
  run.run_ = {.as_of = series.day(origin),
              .horizon = horizon,
              .model_name = model.version.name,
              .model_version = model.version.version,
              .created_at = now};
  for (const Forecast& forecast : forecasts) {
    run.predictions_.push_back({.date = forecast.date,
                                .product_id = series.product_id(forecast.product),
                                .category = series.category_name(series.category(forecast.product, origin + 1)),
                                .mean = forecast.mean,
                                .p10 = forecast.quantiles[0],
                                .p50 = forecast.quantiles[1],
                                .p90 = forecast.quantiles[2]});
  }
  for (const CategoryForecast& sum : model.forecaster.sum_by_category(series, origin, forecasts)) {
    CategoryPredictionRow& row = run.categories_.emplace_back();
    row = {.date = sum.date,
           .category = {},
           .mean = sum.mean,
           .p10 = sum.quantiles[0],
           .p50 = sum.quantiles[1],
           .p90 = sum.quantiles[2]};
    if (sum.category) {
      row.category = series.category_name(*sum.category);
    }
  }
  if (horizon == kNextWeekName) {
    ASSIGN_OR_RETURN(const auto totals, model.forecaster.predict_week_totals(series, origin));
    run.reorders_ = reorder_rows(series, origin, totals, catalog);
  }
  return run;
}

Result<std::vector<std::string>> ForecastRun::write(ObjectStore& store) const {
  std::vector<std::string> files;
  ASSIGN_OR_RETURN(files.emplace_back(), write_predictions(store, run_, predictions_));
  ASSIGN_OR_RETURN(files.emplace_back(), write_category_predictions(store, run_, categories_));
  if (run_.horizon == kNextWeekName) {
    ASSIGN_OR_RETURN(files.emplace_back(), write_reorder_suggestions(store, run_, reorders_));
  }
  for (std::string& file : files) {
    file = store.locate(file);
  }
  return files;
}

Json ForecastRun::to_json(const std::vector<std::string>& files) const {
  Json json = {{"as_of_date", to_string(run_.as_of)},
               {"prediction_horizon", run_.horizon},
               {"model_name", run_.model_name},
               {"model_version", run_.model_version},
               {"created_at", to_string(run_.created_at)},
               {"file", files.front()},
               {"predictions", Json::array()},
               {"categories", Json::array()}};
  for (const PredictionRow& row : predictions_) {
    json["predictions"].push_back(quantiles_and(
        {{"prediction_date", to_string(row.date)}, {"product_id", row.product_id}, {"category", row.category}},
        row.mean, row.p10, row.p50, row.p90));
  }
  for (const CategoryPredictionRow& row : categories_) {
    json["categories"].push_back(quantiles_and(
        {{"prediction_date", to_string(row.date)}, {"category", row.category ? Json(*row.category) : Json()}}, row.mean,
        row.p10, row.p50, row.p90));
  }
  if (run_.horizon == kNextWeekName) {
    json["reorder_suggestions"] = Json::array();
  }
  for (const ReorderRow& row : reorders_) {
    json["reorder_suggestions"].push_back({{"product_id", row.product_id},
                                           {"category", row.category},
                                           {"lead_time_days", row.lead_time_days},
                                           {"service_level", row.service_level},
                                           {"lead_time_demand", row.lead_time_demand},
                                           {"safety_stock", row.safety_stock},
                                           {"reorder_point", row.reorder_point},
                                           {"stock", row.stock ? Json(*row.stock) : Json()},
                                           {"order_quantity", row.order_quantity}});
  }
  return json;
}

std::string ForecastRun::to_text(const std::vector<std::string>& files) const {
  std::vector<PredictionRow> rows = predictions_;
  const double all = std::accumulate(rows.begin(), rows.end(), 0.0,
                                     [](double sum, const PredictionRow& row) { return sum + row.mean; });
  std::ranges::sort(rows, [](const PredictionRow& a, const PredictionRow& b) {
    return std::tie(b.mean, a.product_id, a.date) < std::tie(a.mean, b.product_id, b.date);
  });
  const auto line = [](const PredictionRow& row) {
    const auto number = [](double pieces) { return format("{:.2f}", pieces); };
    return format(kLine, to_string(row.date), row.product_id, row.category, number(row.mean), number(row.p10),
                  number(row.p50), number(row.p90));
  };
  std::string text = format("{} after {} by {}/{}: {:.0f} pieces in {} rows; the largest:\n", run_.horizon,
                            to_string(run_.as_of), run_.model_name, run_.model_version, all, rows.size()) +
                     format(kLine, "date", "product", "category", "demand", "p10", "p50", "p90");
  for (std::size_t i = 0; i < std::min(kShown, rows.size()); ++i) {
    text += line(rows[i]);
  }
  for (const std::string& file : files) {
    text += format("all of them: {}\n", file);
  }
  return text;
}

}  // namespace millrace
