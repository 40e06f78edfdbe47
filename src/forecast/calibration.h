// How far from its mean forecast a demand usually ends: quantiles learnt from days that the model did not see.
//
// A QuantileTable sorts such outcomes (mean forecast, pieces sold) by the mean into bins of equal count and keeps, for
// each bin, the quantiles of sold ÷ mean. So rare products get wide factors and steady ones narrow ones, whatever the
// model. A Calibration holds one table for the next day, one for the days of the week, one for totals of seven days,
// and one for a day of all products of a category. Quantiles are those of R's type 7 (linear between order statistics);
// the order of outcomes does not matter. Errors: a stored table that does not hold together is `corrupt`. Thread rule:
// values.
#pragma once

#include <vector>

#include "forecast/model.h"

namespace millrace {

struct Outcome {
  float mean = 0;
  float sold = 0;
  auto operator<=>(const Outcome&) const = default;
  Outcome operator+(const Outcome& other) const { return {.mean = mean + other.mean, .sold = sold + other.sold}; }
};

class QuantileTable {
 public:
  /// A table without outcomes says that what is forecast happens.
  QuantileTable() = default;
  explicit QuantileTable(std::vector<Outcome> outcomes);

  /// P10 <= P50 <= P90, none negative. Precondition: mean is finite and not negative.
  Quantiles around(float mean) const;

  Json to_json() const;
  static Result<QuantileTable> from_json(const Json& json);

 private:
  struct Bin {
    float mean_max;
    std::array<double, 3> factors;
  };
  std::vector<Bin> bins_;  // by mean_max, rising
};

struct Calibration {
  MixWeights weights;  // of the model's members (Model::set_weights); the tables are of their mix
  QuantileTable next_day;
  QuantileTable next_week;
  QuantileTable week_total;
  QuantileTable category;  // of a day of a category, or of the whole shop: the sum of its products

  Json to_json() const;
  static Result<Calibration> from_json(const Json& json);
};

/// The quantile of level in [0, 1] of sorted values. Precondition: there is one.
double quantile_of(const std::vector<double>& sorted, double level);

/// From a model that has learnt days before `begin`: its forecasts of days [begin, end), from every origin, a product's
/// first four weeks left out. A model that mixes others gets its weights from these days first.
Result<Calibration> calibrate(Model& model, const Series& series, int begin, int end);

}  // namespace millrace
