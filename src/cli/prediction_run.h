// One model's forecasts of a horizon: made, stored in the lake, and shown.
//
// Thread rule: one thread; the series and the forecaster outlive it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/reorder_rules.h"
#include "forecast/trainer.h"
#include "lake/object_store.h"
#include "lake/predictions_table.h"

namespace millrace {

constexpr std::string_view kNextDayName = "next_day";
constexpr std::string_view kNextWeekName = "next_week";

/// The days of kNextDayName or kNextWeekName.
std::span<const int> horizons_of(std::string_view horizon);

class ForecastRun {
 public:
  /// Forecasts of all products that are alive on the origin, with their sums by category; for a week also what to buy.
  static Result<ForecastRun> make(const LoadedForecaster& model, const Series& series, int origin,
                                  std::string_view horizon, Instant now, const ReorderCatalog& catalog);

  /// Stores all of it; returns the files, each under the lake's root.
  Result<std::vector<std::string>> write(ObjectStore& store) const;

  std::size_t rows() const { return predictions_.size(); }
  Json to_json(const std::vector<std::string>& files) const;
  std::string to_text(const std::vector<std::string>& files) const;

 private:
  ForecastRun() = default;

  PredictionRun run_;
  std::string model_name_;
  std::vector<PredictionRow> predictions_;
  std::vector<CategoryPredictionRow> categories_;
  std::vector<ReorderRow> reorders_;
};

}  // namespace millrace
