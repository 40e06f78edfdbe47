// Why a forecast is what it is, in numbers that multiply.
//
// A boosted model begins with what its product usually sells on such a day (`start`: level × weekday), and each feature
// moves that by a factor: start × base × the factors of all reasons = the model's mean, but for rounding. The factors
// are SHAP values of the trees, e to their power. Of a mix, the members' means and weights are told, and the reasons
// are those of the member that has some. A model without reasons is a rule that its own header tells.
// Source: S. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", Nature
// Machine Intelligence 2020. Thread rule: values.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "forecast/feature_set.h"

namespace millrace {

struct Reason {
  Feature feature;
  float value;    // of the feature
  double factor;  // above 1: it raises the forecast
};

struct MemberForecast {
  std::string model;
  double weight;
  double mean;
};

struct Explanation {
  double mean = 0;  // pieces
  std::vector<MemberForecast> members = {};
  std::string explained = {};        // the model that the rest is about
  double start = 0;                  // pieces
  double base = 1;                   // what the model makes of any product
  std::vector<Reason> reasons = {};  // the strongest first

  Json to_json() const;
  /// Sentences for a person, with the strongest `reasons_max` reasons.
  std::string to_text(std::size_t reasons_max) const;
};

}  // namespace millrace
