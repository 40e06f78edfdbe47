#include "forecast/linear.h"
#include "forecast/demand_signals.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/format.h"
#include "forecast/judged.h"
#include "forecast/least_squares.h"
#include "forecast/samples.h"

namespace millrace {
namespace {

constexpr std::string_view kFile = "linear.json";
constexpr int kHistoryDaysMin = 14;
constexpr double kExpectedFloor = 0.1;  // below it, the scatter does not shrink any more
constexpr double kPenaltyShare = 1e-3;  // of the constant's own weight
constexpr double kStandardMax = 4;
constexpr double kDeviationMin = 1e-9;
constexpr double kFactorMax = 5;  // a correction of the expected demand beyond it is no longer a correction

double compress(float value) {
  const double x = static_cast<double>(value);
  return x < 0 ? -std::log1p(-x) : std::log1p(x);
}

/// One regression: a feature's place and width, and the coefficients (the constant first).
struct Regression {
  std::vector<double> means;
  std::vector<double> deviations;
  std::vector<double> coefficients;

  double standardised(std::size_t column, float value) const {
    return std::clamp((compress(value) - means[column]) / deviations[column], -kStandardMax, kStandardMax);
  }

  void standardise(const Samples& samples) {
    const std::size_t columns = samples.columns;
    const auto rows = static_cast<double>(samples.rows());
    std::vector<double> sums(columns, 0);
    std::vector<double> squares(columns, 0);
    for (std::size_t i = 0; i < samples.values.size(); ++i) {
      const double value = compress(samples.values[i]);
      sums[i % columns] += value;
      squares[i % columns] += value * value;
    }
    means.resize(columns);
    deviations.resize(columns);
    for (std::size_t column = 0; column < columns; ++column) {
      means[column] = sums[column] / rows;
      const double variance = squares[column] / rows - means[column] * means[column];
      // A feature that never changes says nothing: it is divided by one and ends as zero.
      deviations[column] = variance > kDeviationMin ? std::sqrt(variance) : 1;
    }
  }

  Result<void> fit(const Samples& samples) {
    standardise(samples);
    LeastSquares squares(samples.columns + 1);
    std::vector<double> row(samples.columns + 1);
    double constant_weight = 0;
    for (std::size_t i = 0; i < samples.rows(); ++i) {
      const double expected = static_cast<double>(samples.expected[i]);
      row[0] = expected;
      for (std::size_t column = 0; column < samples.columns; ++column) {
        row[column + 1] = expected * standardised(column, samples.values[i * samples.columns + column]);
      }
      const double weight = std::pow(expected + kExpectedFloor, -kVariancePower);
      squares.add(row, static_cast<double>(samples.targets[i]), weight);
      constant_weight += weight * expected * expected;
    }
    std::vector<double> penalty(samples.columns + 1, kPenaltyShare * constant_weight);
    penalty[0] = constant_weight > 0 ? 0 : 1;
    ASSIGN_OR_RETURN(coefficients, squares.solve(penalty));
    return {};
  }

  double predict(const Samples& samples, std::size_t row) const {
    double factor = coefficients[0];
    for (std::size_t column = 0; column < samples.columns; ++column) {
      factor += coefficients[column + 1] * standardised(column, samples.values[row * samples.columns + column]);
    }
    return static_cast<double>(samples.expected[row]) * std::clamp(factor, 0.0, kFactorMax);
  }

  Json to_json() const { return {{"means", means}, {"deviations", deviations}, {"coefficients", coefficients}}; }

  bool is_for(std::size_t columns) const {
    const auto finite = [](const std::vector<double>& values) {
      return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
    };
    return means.size() == columns && deviations.size() == columns && coefficients.size() == columns + 1 &&
           finite(means) && finite(deviations) && finite(coefficients) &&
           std::ranges::all_of(deviations, [](double value) { return value > 0; });
  }
};

/// Throws the library's exception for a missing key or a wrong type.
Regression regression_from(const Json& json) {
  return {.means = json.at("means").get<std::vector<double>>(),
          .deviations = json.at("deviations").get<std::vector<double>>(),
          .coefficients = json.at("coefficients").get<std::vector<double>>()};
}

class LinearModel final : public Model {
 public:
  explicit LinearModel(const ModelOptions& options) : options_(options) {}

  std::string_view name() const override { return kLinearRegression; }

  Result<void> fit(const Series& series, int end, Learn) override {
    TRY(require_history(end, kHistoryDaysMin));
    signals_ = find_demand_signals(series, end);
    ASSIGN_OR_RETURN(Samples day, training_samples(series, end, std::array{kNextDay}, options_, signals_));
    blank_shared_features(options_.features, end, day);
    TRY(next_day_.fit(day));
    ASSIGN_OR_RETURN(Samples week, training_samples(series, end, kNextWeek, options_, signals_));
    blank_shared_features(options_.features, end, week);
    return next_week_.fit(week);
  }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions predictions = predictions_for(series, origin, horizons);
    const Samples samples = prediction_samples(series, origin, predictions, horizons, options_.features, signals_);
    for (std::size_t row = 0; row < samples.rows(); ++row) {
      const bool is_next_day = horizons[row % horizons.size()] == kNextDay;
      predictions.means[row] = static_cast<float>((is_next_day ? next_day_ : next_week_).predict(samples, row));
    }
    return predictions;
  }

  Json parameters() const override {
    return {{"rows_max", options_.rows_max},
            {"variance_power", kVariancePower},
            {"penalty_share", kPenaltyShare},
            {"expected_floor", kExpectedFloor},
            {"demand_signals", millrace::to_json(signals_)}};
  }

  Result<ModelFiles> files() const override {
    const Json json = {{"next_day", next_day_.to_json()}, {"next_week", next_week_.to_json()}};
    return ModelFiles{{std::string(kFile), json.dump(1) + "\n"},
                      {std::string(kSignalsFile), millrace::to_json(signals_).dump() + "\n"}};
  }

  Result<void> read(const ModelFiles& files) {
    ASSIGN_OR_RETURN(signals_, demand_signals_from(files));
    const auto found = files.find(std::string(kFile));
    if (found == files.end()) {
      return fail(Fault::corrupt, format("a file of the linear model is missing; train again: {}", kFile));
    }
    ASSIGN_OR_RETURN(const Json json, parse_json(found->second, kFile));
    try {
      next_day_ = regression_from(json.at("next_day"));
      next_week_ = regression_from(json.at("next_week"));
    } catch (const Json::exception& error) {
      return fail(Fault::corrupt, format("could not read {}; train again: {}", kFile, error.what()));
    }
    const std::size_t columns = options_.features.size();
    if (!next_day_.is_for(columns) || !next_week_.is_for(columns)) {
      return fail(Fault::corrupt, format("{} is not for this list of {} features; train again", kFile, columns));
    }
    return {};
  }

 private:
  ModelOptions options_;
  DemandSignals signals_;
  Regression next_day_;
  Regression next_week_;
};

}  // namespace

std::unique_ptr<Model> make_linear_regression(const ModelOptions& options) {
  return std::make_unique<LinearModel>(options);
}

Result<std::unique_ptr<Model>> read_linear_regression(const ModelOptions& options, const ModelFiles& files) {
  auto model = std::make_unique<LinearModel>(options);
  TRY(model->read(files));
  return model;
}

}  // namespace millrace
