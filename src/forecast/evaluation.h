// A forecaster judged on days it has not seen: a split in time, with rolling origins behind the split.
//
// The forecaster has learnt the days before `begin`. Next day: from every origin of [begin − 1, end − 1), one day.
// Next week: from every seventh of these origins whose week is complete, each of the seven days, and their total.
// Judged are products that were first sold four weeks or more before the origin; all that are alive in a history so
// short that there are none. The mean of an origin may read the days up to it, the model itself is not fitted again.
// Thread rule: a pure function.
#pragma once

#include <vector>

#include "forecast/forecaster.h"
#include "forecast/metrics.h"

namespace millrace {

struct Evaluation {
  Day first;  // day judged
  Day last;
  Scores next_day;
  Scores next_week;
  Scores week_total;
  /// Of each day judged: the mean of squared errors, each over its product's squared_step() before `begin`, of the next
  /// day's forecasts, and of the week's added. So that one bulk order does not decide. Not in to_json().
  std::vector<double> daily_losses = {};

  /// What a champion is chosen by: the root of the mean of both squared errors, next day and week. Pieces.
  double rmse() const;
  Json to_json() const;
};

/// Precondition: 1 <= begin < end <= series.days().
Result<Evaluation> evaluate(const Forecaster& forecaster, const Series& series, int begin, int end);

}  // namespace millrace
