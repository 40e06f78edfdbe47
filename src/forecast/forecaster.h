// A model with its intervals: what `train` stores and `predict` asks.
//
// fit() lets the model learn all days before `end`. Its P10, P50 and P90 come from the quantiles of what happened
// around its means on the last four weeks, for which a second model is fitted that did not see them; where the model
// has quantiles of its own, the two are averaged. Weekly totals have intervals of their own: those of days do not add
// up. Every product with a sale up to the origin gets a row; one that was first sold less than four weeks before it
// leans on its category (level.h). Quantiles are in order; nothing is negative, nothing is not finite. Errors: too
// little history, or an origin outside the series, is `invalid`; files that do not hold together are `corrupt`, files
// of a newer millrace `invalid`. Thread rule: fitted by one thread, a constant afterwards.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "forecast/calibration.h"
#include "forecast/model.h"

namespace millrace {

/// Days that fit() needs: it learns on three quarters of them at least.
constexpr int kFitDaysMin = 28;

struct Forecast {
  int product;  // index in the series
  Day date;     // the first day
  int horizon;  // days from the origin to `date`
  float mean;
  Quantiles quantiles;  // P10, P50, P90
};

/// A day of all products of a category, or of the whole shop.
struct CategoryForecast {
  std::optional<int> category;  // index in the series; none: the whole shop
  Day date;
  int horizon = 0;
  float mean = 0;  // the sum of the products' means
  Quantiles quantiles{};
};

/// The models that can be fitted by name, simple ones first.
std::vector<std::string> model_names();
/// Fault invalid for an unknown name.
Result<std::unique_ptr<Model>> make_model(std::string_view name, const ModelOptions& options);

class Forecaster {
 public:
  static Result<Forecaster> fit(std::string_view model_name, const ModelOptions& options, const Series& series,
                                int end);
  /// With a calibration that is known already: one fit instead of two.
  static Result<Forecaster> fit(std::string_view model_name, const ModelOptions& options, const Series& series, int end,
                                Calibration calibration);

  const Model& model() const { return *model_; }
  Model& model() { return *model_; }
  const ModelOptions& options() const { return options_; }

  /// One row for each product alive on the origin and each horizon (kNextDay, kNextWeek), product by product.
  Result<std::vector<Forecast>> predict(const Series& series, int origin, std::span<const int> horizons) const;
  /// One row for each product alive: the total of the seven days that begin after the origin.
  Result<std::vector<Forecast>> predict_week_totals(const Series& series, int origin) const;

  /// One row for each category of these forecasts, and one for the whole shop, day by day: their means are the sums of
  /// the products', their intervals come from what sums like them did, and so have no bias that their means may have.
  std::vector<CategoryForecast> sum_by_category(const Series& series, int origin,
                                                std::span<const Forecast> forecasts) const;

  Result<ModelFiles> files() const;
  static Result<Forecaster> from_files(const ModelFiles& files);

 private:
  Forecaster(std::unique_ptr<Model> model, ModelOptions options, Calibration calibration)
      : model_(std::move(model)), options_(std::move(options)), calibration_(std::move(calibration)) {}

  std::unique_ptr<Model> model_;
  ModelOptions options_;
  Calibration calibration_;
};

/// The day index of an as-of date. Fault invalid where it lies outside the series.
Result<int> origin_of(const Series& series, Day as_of);

/// The days at the end that are kept for judging: four weeks, or a quarter of a shorter history.
int held_out_days(int days);

}  // namespace millrace
