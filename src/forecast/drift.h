// Whether a stored model still knows the shop: what has changed since it was trained, in its inputs and in its errors.
//
// Inputs: an InputProfile holds, for each feature that differs from product to product, the deciles of its values over
// the products on the last evening of training. The stability index compares how many products lie between them today:
// Σ (share now − share then) × ln(share now ÷ share then); 0.25 is a changed shop. Few products move it by chance,
// which is allowed for. Errors: the model's forecasts of the days that came since, which it has not learnt, against the
// WAPE that it was stored with and against seasonal naive. A model is stale where it is older than asked for, forecasts
// a quarter worse than it did, or a quarter of its inputs have changed. Source: N. Siddiqi, "Credit Risk Scorecards",
// 2006, for the index. Errors: metadata without a profile is `invalid` (train again); those of predicting. Thread rule:
// pure functions and values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "forecast/trainer.h"

namespace millrace {

/// Of the products alive on the origin.
class InputProfile {
 public:
  static InputProfile of(const Series& series, int origin, const FeatureSet& features);

  Json to_json() const;
  static Result<InputProfile> from_json(const Json& json);

  struct Change {
    Feature feature;
    double index;  // the stability index
    bool is_large;
  };
  /// Of each feature in the profile, the largest first.
  std::vector<Change> changes(const Series& series, int origin) const;

 private:
  struct Bins {
    Feature feature;
    std::vector<float> edges;    // rising; a value belongs to the first edge that is not below it, or behind them all
    std::vector<double> shares;  // of products; one more than edges
  };
  std::vector<Bins> features_;
  int products_ = 0;
};

struct DriftReport {
  Day trained_to;
  int age_days = 0;  // from trained_to to the last day
  std::vector<InputProfile::Change> inputs = {};
  double wape_then = 0;                   // next day, as stored
  std::optional<double> wape_now = {};    // on the days since; none of fewer than a week
  std::optional<double> naive_now = {};   // of seasonal naive on the same days
  std::vector<std::string> reasons = {};  // why it is stale, for people

  bool is_stale() const { return !reasons.empty(); }
  Json to_json() const;
};

/// The series' last day is today.
Result<DriftReport> drift_of(const LoadedForecaster& model, const Series& series, int age_days_max);

}  // namespace millrace
