#include "forecast/forecaster.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/nearest.h"
#include "forecast/boosted.h"
#include "forecast/ensemble.h"
#include "forecast/linear.h"
#include "forecast/naive.h"
#include "forecast/smoothing.h"

namespace millrace {
namespace {

constexpr std::string_view kFile = "forecaster.json";
constexpr int kFormatVersion = 2;  // 2: the options are an object of their own
constexpr int kHeldOutDays = 28;

/// The model's own quantiles and those of the table, half each, made to be what quantiles are.
Quantiles combine(const Quantiles* own, const Quantiles& table) {
  Quantiles quantiles = table;
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    quantiles[i] = std::max(0.F, own != nullptr ? (quantiles[i] + (*own)[i]) / 2 : quantiles[i]);
  }
  std::ranges::sort(quantiles);
  return quantiles;
}

struct Stored {
  std::string model;
  ModelOptions options;
  Json calibration;
};

Result<Stored> read_stored(const std::string& text) {
  ASSIGN_OR_RETURN(const Json json, parse_json(text, kFile));
  Stored stored;
  Json options;
  try {
    const int version = json.at("format_version").get<int>();
    if (version > kFormatVersion) {
      return fail(Fault::invalid,
                  format("the model was made by a newer millrace; update, or train again: format {}", version));
    }
    stored.model = json.at("model").get<std::string>();
    options = json.at("options");
    stored.calibration = json.at("calibration");
  } catch (const Json::exception& error) {
    return fail(Fault::corrupt, format("could not read {}; train again: {}", kFile, error.what()));
  }
  ASSIGN_OR_RETURN(stored.options, model_options_from(options));
  return stored;
}

Result<std::unique_ptr<Model>> read_model(const Stored& stored, const ModelFiles& files) {
  if (stored.model == kXgboost) {
    return read_xgboost(stored.options, files);
  }
  if (stored.model == kEnsemble) {
    return read_ensemble(stored.options, files);
  }
  if (stored.model == kLinearRegression) {
    return read_linear_regression(stored.options, files);
  }
  if (stored.model == kMovingAverage) {
    return read_moving_average(files);
  }
  if (make_smoothing(stored.model) != nullptr) {
    return read_smoothing(stored.model, files);
  }
  return make_model(stored.model, stored.options);  // the others store nothing
}

}  // namespace

std::vector<std::string> model_names() {
  return {std::string(kZero),          std::string(kSeasonalNaive),
          std::string(kMovingAverage), std::string(kExponentialSmoothing),
          std::string(kCroston),       std::string(kSba),
          std::string(kTsb),           std::string(kLinearRegression),
          std::string(kXgboost),       std::string(kEnsemble)};
}

Result<std::unique_ptr<Model>> make_model(std::string_view name, const ModelOptions& options) {
  if (name == kZero) {
    return make_zero();
  }
  if (name == kSeasonalNaive) {
    return make_seasonal_naive();
  }
  if (name == kMovingAverage) {
    return make_moving_average();
  }
  if (name == kLinearRegression) {
    return make_linear_regression(options);
  }
  if (name == kXgboost) {
    return make_xgboost(options);
  }
  if (name == kEnsemble) {
    return make_ensemble(options);
  }
  if (auto smoothing = make_smoothing(name)) {
    return smoothing;
  }
  const auto candidate = nearest_name(name, model_names());
  return fail(Fault::invalid, candidate ? format("there is no such model, did you mean {}: \"{}\"", *candidate, name)
                                        : format("there is no such model: \"{}\"", name));
}

int held_out_days(int days) { return std::clamp(days / 4, 1, kHeldOutDays); }

Result<int> origin_of(const Series& series, Day as_of) {
  const int origin = series.index(as_of);
  if (origin < 0 || origin >= series.days()) {
    return fail(Fault::invalid, format("the as-of date lies outside the sales history ({} to {}): {}",
                                       to_string(series.first_day()), to_string(series.last_day()), to_string(as_of)));
  }
  return origin;
}

Result<Forecaster> Forecaster::fit(std::string_view model_name, const ModelOptions& options, const Series& series,
                                   int end) {
  TRY(require_history(end, kFitDaysMin));
  const int begin = end - held_out_days(end);
  ASSIGN_OR_RETURN(const auto earlier, make_model(model_name, options));
  TRY(earlier->fit(series, begin, Learn::means));
  ASSIGN_OR_RETURN(Calibration calibration, calibrate(*earlier, series, begin, end));
  return fit(model_name, options, series, end, std::move(calibration));
}

Result<Forecaster> Forecaster::fit(std::string_view model_name, const ModelOptions& options, const Series& series,
                                   int end, Calibration calibration) {
  CHECK(end <= series.days());
  TRY(require_history(end, kFitDaysMin));
  ASSIGN_OR_RETURN(auto model, make_model(model_name, options));
  model->set_weights(calibration.weights);
  TRY(model->fit(series, end, Learn::means_and_quantiles));
  return Forecaster(std::move(model), options, std::move(calibration));
}

Result<std::vector<Forecast>> Forecaster::predict(const Series& series, int origin,
                                                  std::span<const int> horizons) const {
  ASSIGN_OR_RETURN(const Predictions predictions, model_->predict(series, origin, horizons));
  std::vector<Forecast> forecasts;
  forecasts.reserve(predictions.means.size());
  for (std::size_t i = 0; i < predictions.products.size(); ++i) {
    for (std::size_t k = 0; k < horizons.size(); ++k) {
      const std::size_t cell = predictions.index(i, k);
      const float mean = predictions.means[cell];
      CHECK(std::isfinite(mean) && mean >= 0);
      const QuantileTable& table = horizons[k] == kNextDay ? calibration_.next_day : calibration_.next_week;
      const Quantiles* own = predictions.quantiles.empty() ? nullptr : &predictions.quantiles[cell];
      forecasts.push_back({.product = predictions.products[i],
                           .date = series.day(origin + horizons[k]),
                           .horizon = horizons[k],
                           .mean = mean,
                           .quantiles = combine(own, table.around(mean))});
    }
  }
  return forecasts;
}

Result<std::vector<Forecast>> Forecaster::predict_week_totals(const Series& series, int origin) const {
  ASSIGN_OR_RETURN(const Predictions predictions, model_->predict(series, origin, kNextWeek));
  std::vector<Forecast> forecasts;
  for (std::size_t i = 0; i < predictions.products.size(); ++i) {
    float mean = 0;
    for (std::size_t k = 0; k < kNextWeek.size(); ++k) {
      mean += predictions.means[predictions.index(i, k)];
    }
    forecasts.push_back({.product = predictions.products[i],
                         .date = series.day(origin + 1),
                         .horizon = kNextDay,
                         .mean = mean,
                         .quantiles = calibration_.week_total.around(mean)});
  }
  return forecasts;
}

std::vector<CategoryForecast> Forecaster::sum_by_category(const Series& series, int origin,
                                                          std::span<const Forecast> forecasts) const {
  std::map<std::pair<Day, std::optional<int>>, CategoryForecast> sums;
  for (const Forecast& forecast : forecasts) {
    for (const std::optional<int> category :
         {std::optional<int>(), std::optional(series.category(forecast.product, origin + 1))}) {
      CategoryForecast& sum = sums[{forecast.date, category}];
      sum.category = category;
      sum.date = forecast.date;
      sum.horizon = forecast.horizon;
      sum.mean += forecast.mean;
    }
  }
  std::vector<CategoryForecast> rows;
  for (auto& [key, sum] : sums) {
    sum.quantiles = calibration_.category.around(sum.mean);
    rows.push_back(sum);
  }
  return rows;
}

Result<ModelFiles> Forecaster::files() const {
  ASSIGN_OR_RETURN(ModelFiles files, model_->files());
  const Json json = {{"format_version", kFormatVersion},
                     {"model", model_->name()},
                     {"options", options_.to_json()},
                     {"calibration", calibration_.to_json()}};
  files[std::string(kFile)] = json.dump(1) + "\n";
  return files;
}

Result<Forecaster> Forecaster::from_files(const ModelFiles& files) {
  const auto found = files.find(std::string(kFile));
  if (found == files.end()) {
    return fail(Fault::corrupt, format("a file of the model is missing; train again: {}", kFile));
  }
  ASSIGN_OR_RETURN(const Stored stored, read_stored(found->second));
  ASSIGN_OR_RETURN(Calibration calibration, Calibration::from_json(stored.calibration));
  auto model = read_model(stored, files);
  if (!model) {
    return fail(std::move(model).error(), "could not read the model");
  }
  const std::size_t members = (*model)->weights().next_day.size();
  if (calibration.weights.next_day.size() != members || calibration.weights.next_week.size() != members) {
    return fail(Fault::corrupt, "the model's weights are not those of its members; train again");
  }
  (*model)->set_weights(calibration.weights);
  return Forecaster(*std::move(model), stored.options, std::move(calibration));
}

}  // namespace millrace
