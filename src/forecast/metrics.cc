#include "forecast/metrics.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace millrace {
namespace {

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

Json Scores::to_json() const {
  return {{"cells", cells},
          {"sold", sold},
          {"mae", mae},
          {"rmse", rmse},
          {"r2", or_null(r2)},
          {"wape", or_null(wape)},
          {"bias", or_null(bias)},
          {"median_wape", or_null(median_wape)},
          {"quantile_loss", or_null(quantile_loss)},
          {"coverage", coverage},
          {"coverage_sold", or_null(coverage_sold)},
          {"above_p90", above_p90}};
}

void Scorer::add(float sold, float mean, const Quantiles& quantiles) {
  const double y = static_cast<double>(sold);
  const double error = static_cast<double>(mean) - y;
  ++cells_;
  sold_ += y;
  sold_squares_ += y * y;
  errors_ += error;
  absolute_errors_ += std::abs(error);
  squared_errors_ += error * error;
  median_absolute_errors_ += std::abs(static_cast<double>(quantiles[1]) - y);
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const double above = y - static_cast<double>(quantiles[i]);
    pinball_ += std::max(kQuantileLevels[i] * above, (kQuantileLevels[i] - 1) * above);
  }
  const bool is_covered = sold >= quantiles[0] && sold <= quantiles[2];
  covered_ += is_covered ? 1 : 0;
  cells_sold_ += sold > 0 ? 1 : 0;
  covered_sold_ += sold > 0 && is_covered ? 1 : 0;
  above_p90_ += sold > quantiles[2] ? 1 : 0;
}

Scores Scorer::scores() const {
  Scores scores;
  scores.cells = cells_;
  if (cells_ == 0) {
    return scores;
  }
  const auto count = static_cast<double>(cells_);
  scores.sold = sold_;
  scores.mae = absolute_errors_ / count;
  scores.rmse = std::sqrt(squared_errors_ / count);
  const double spread = sold_squares_ - sold_ * sold_ / count;
  if (spread > 1e-9 * sold_squares_) {
    scores.r2 = 1 - squared_errors_ / spread;
  }
  if (sold_ > 0) {
    scores.wape = absolute_errors_ / sold_;
    scores.bias = errors_ / sold_;
    scores.median_wape = median_absolute_errors_ / sold_;
    scores.quantile_loss = 2 * pinball_ / static_cast<double>(kQuantileLevels.size()) / sold_;
  }
  scores.coverage = static_cast<double>(covered_) / count;
  scores.above_p90 = static_cast<double>(above_p90_) / count;
  if (cells_sold_ > 0) {
    scores.coverage_sold = static_cast<double>(covered_sold_) / static_cast<double>(cells_sold_);
  }
  return scores;
}

}  // namespace millrace
