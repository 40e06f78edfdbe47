// How good forecasts were: one accumulator, fed with (sold, mean, quantiles), and its figures.
//
// The mean is judged by MAE, RMSE, R², WAPE and bias; the median by its own WAPE; the quantiles by weighted quantile
// loss (2 × mean pinball loss at P10, P50, P90 ÷ mean demand) and coverage. Figures that would divide by nothing are
// absent. Units: pieces for MAE and RMSE, shares elsewhere (0.92 = 92 %).
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "forecast/model.h"

namespace millrace {

struct Scores {
  std::int64_t cells = 0;
  double sold = 0;  // pieces, all cells
  double mae = 0;
  double rmse = 0;
  std::optional<double> r2;           // absent where every cell sold the same
  std::optional<double> wape;         // Σ|error| ÷ Σ sold
  std::optional<double> bias;         // Σ error ÷ Σ sold: positive where too much was forecast
  std::optional<double> median_wape;  // of P50
  std::optional<double> quantile_loss;
  double coverage = 0;                  // P10 <= sold <= P90
  std::optional<double> coverage_sold;  // of the cells with a sale
  double above_p90 = 0;

  Json to_json() const;
};

class Scorer {
 public:
  void add(float sold, float mean, const Quantiles& quantiles);
  std::int64_t cells() const { return cells_; }
  Scores scores() const;

 private:
  std::int64_t cells_ = 0;
  double sold_ = 0;
  double sold_squares_ = 0;
  double errors_ = 0;
  double absolute_errors_ = 0;
  double squared_errors_ = 0;
  double median_absolute_errors_ = 0;
  double pinball_ = 0;
  std::int64_t covered_ = 0;
  std::int64_t cells_sold_ = 0;
  std::int64_t covered_sold_ = 0;
  std::int64_t above_p90_ = 0;
};

}  // namespace millrace
