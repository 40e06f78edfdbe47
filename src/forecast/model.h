// What every forecasting model can do: learn from a series up to a day, and say what comes after an origin.
//
// A model reads the values of days before `end` while it learns, and of days up to `origin` when it predicts, whatever
// else stands in the series. The same series, options and seed give the same numbers on the same type of machine.
// Predictions are pieces a day, finite and not negative. Models are data: files() holds all that predict() needs, and
// Forecaster::from_files() makes the same model from it.
// Errors: too little history is `invalid`. Thread rule: fit() by one thread; a fitted model is a constant.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "forecast/explanation.h"
#include "forecast/model_options.h"
#include "forecast/series.h"

namespace millrace {

/// P10, P50, P90.
using Quantiles = std::array<float, 3>;
constexpr std::array<double, 3> kQuantileLevels{0.1, 0.5, 0.9};

constexpr int kNextDay = 1;
constexpr std::array<int, 7> kNextWeek{1, 2, 3, 4, 5, 6, 7};

/// For each product alive on the origin and each horizon, product by product.
struct Predictions {
  std::vector<int> products;
  std::vector<int> horizons;
  std::vector<float> means;
  std::vector<Quantiles> quantiles;  // empty where the model has none of its own

  std::size_t index(std::size_t product, std::size_t horizon) const { return product * horizons.size() + horizon; }
};

/// How much each member of a mix counts: none is negative, the sum is 1.
struct MixWeights {
  std::vector<double> next_day;
  std::vector<double> next_week;
  bool operator==(const MixWeights&) const = default;

  const std::vector<double>& of(int horizon) const { return horizon == kNextDay ? next_day : next_week; }
};

/// File name -> content.
using ModelFiles = std::map<std::string, std::string>;

enum class Learn : std::uint8_t { means, means_and_quantiles };

class Model {
 public:
  virtual ~Model() = default;

  virtual std::string_view name() const = 0;
  virtual Result<void> fit(const Series& series, int end, Learn learn) = 0;
  /// Precondition: fitted.
  virtual Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const = 0;
  /// Why it says what it says. Precondition: fitted; the product is alive on the origin.
  virtual Result<Explanation> explain(const Series& series, int origin, int product, int horizon) const;
  /// What it was made with, for people to read.
  virtual Json parameters() const = 0;
  /// Precondition: fitted.
  virtual Result<ModelFiles> files() const = 0;

  /// What each of the models says that this one mixes; what it says itself, where it mixes none.
  virtual Result<std::vector<Predictions>> predict_members(const Series& series, int origin,
                                                           std::span<const int> horizons) const;
  /// How much each of them counts; until they are set, what is usual.
  virtual MixWeights weights() const { return {.next_day = {1}, .next_week = {1}}; }
  /// Precondition: one for each member.
  virtual void set_weights(const MixWeights& /*weights*/) {}
};

/// Products alive on the origin and the horizons, without numbers yet.
Predictions predictions_for(const Series& series, int origin, std::span<const int> horizons);

/// Fault invalid where days [0, end) hold fewer than `days_min` days.
Result<void> require_history(int end, int days_min);

}  // namespace millrace
