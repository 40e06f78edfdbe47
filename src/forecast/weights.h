// Which weights the members of a mix of models shall have: those that days which they have not learnt speak for.
//
// The weights w >= 0 with sum 1 for which Σ (sold − Σ w · forecast)² ÷ (mean forecast)^1.3 is least: each error against
// how far a demand of its size usually scatters (the power by which XGBoost's loss has variance grow with the mean), or
// a few bulk orders would decide. They are drawn to weights that are known before (the prior), the more the less the
// members differ. Source: Bates & Granger, "The combination of forecasts", OR Quarterly 1969.
// Thread rule: a WeightFinder belongs to one thread.
#pragma once

#include <span>
#include <vector>

namespace millrace {

class WeightFinder {
 public:
  /// As strong as if four times as many days as those that were added had spoken for the prior: which members are best
  /// changes from one month to the next, and a mix near to what is usual is hard to beat.
  static constexpr double kPriorStrength = 4;

  /// The prior has a weight for each member, and the sum 1.
  explicit WeightFinder(std::vector<double> prior, double prior_strength = kPriorStrength);

  /// What the members said, and what was sold.
  void add(std::span<const float> forecasts, float sold);
  /// The prior, where nothing was added.
  std::vector<double> weights() const;

 private:
  std::vector<double> prior_;
  double prior_strength_;
  std::vector<double> products_;  // Σ (forecast − their mean) × (forecast − their mean) ÷ variance, member by member
  std::vector<double> errors_;    // Σ (forecast − their mean) × (sold − their mean) ÷ variance
  std::vector<double> deviations_;
};

}  // namespace millrace
