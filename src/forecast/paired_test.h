// Whether one model was better than another, or was lucky: a test of both on the same days.
//
// Each day's loss of the challenger less that of the champion is one number. Were the two equally good, each could as
// well have had the other sign; so the share of random signs whose mean is as low as the one observed is the
// probability of such luck. Nothing is assumed of how losses are distributed. Source: E. Pitman, "Significance tests
// which may be applied to samples from any populations", 1937. Thread rule: a pure function.
#pragma once

#include <span>

#include "base/json.h"

namespace millrace {

/// What counts as better: less luck than this.
constexpr double kSignificance = 0.05;

struct PairedTest {
  int days = 0;
  double challenger = 0;  // mean loss
  double champion = 0;
  double p_value = 1;  // that the challenger is no better

  bool says_better() const { return challenger < champion && p_value < kSignificance; }
  Json to_json() const;
};

/// Precondition: as many losses of the one as of the other. The same losses give the same result.
PairedTest paired_test(std::span<const double> challenger, std::span<const double> champion);

}  // namespace millrace
