// A mix of models: XGBoost, linear regression and the moving average, each with a weight for the next day and one for
// the days of the week.
//
// The weights come from days that the members have not learnt (weights_from()): those whose mix has the least squared
// error there, each error against how far a demand of its size usually scatters (the power by which XGBoost's loss has
// variance grow with the mean), or a few bulk orders would decide. None is negative, their sum is 1, and they are drawn
// a little to equal ones. Until they are set all weigh the same. Quantiles are those of XGBoost. Its files are its
// members', each with the member's name in front. Source: Bates & Granger, "The combination of forecasts", OR Quarterly
// 1969. Errors, thread rule: as Model.
#pragma once

#include "forecast/model.h"

namespace millrace {

constexpr std::string_view kEnsemble = "ensemble";

std::unique_ptr<Model> make_ensemble(const ModelOptions& options);
/// Fault corrupt where the files are not those of such a model.
Result<std::unique_ptr<Model>> read_ensemble(const ModelOptions& options, const ModelFiles& files);

/// The weights w >= 0 with sum 1 for which Σ (y − Σ w·forecast)² ÷ (mean forecast)^1.3 is least, of what was added up.
class WeightFinder {
 public:
  explicit WeightFinder(std::size_t members);

  /// What the members said, and what was sold.
  void add(std::span<const float> forecasts, float sold);
  std::vector<double> weights() const;

 private:
  std::size_t members_;
  std::vector<double> products_;  // Σ (forecast − their mean) × (forecast − their mean) ÷ variance, member by member
  std::vector<double> errors_;    // Σ (forecast − their mean) × (sold − their mean) ÷ variance
  std::vector<double> deviations_;
};

}  // namespace millrace
