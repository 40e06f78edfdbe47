#include "forecast/evaluation.h"

#include <cmath>
#include <optional>
#include <span>

#include "base/check.h"
#include "forecast/judged.h"

namespace millrace {
namespace {

constexpr int kWeek = static_cast<int>(kNextWeek.size());

bool is_judged(const Series& series, int product, int origin, int age_days_min) {
  return series.first_sale(product) + age_days_min <= origin;
}

/// Four weeks, or 0 where no product is as old at the first origin.
int age_days_min(const Series& series, int origin) {
  for (int product = 0; product < series.products(); ++product) {
    if (is_judged(series, product, origin, kJudgedAgeDays)) {
      return kJudgedAgeDays;
    }
  }
  return 0;
}

/// Adds up what forecasts of one kind were worth: their figures, and each day's loss.
class Judge {
 public:
  /// `scales`: squared_step() of each product.
  Judge(const Series& series, std::span<const std::optional<double>> scales, int begin, int end, int age_days)
      : series_(series),
        scales_(scales),
        begin_(begin),
        age_days_(age_days),
        losses_(static_cast<std::size_t>(end - begin)) {}

  void add(int origin, const std::vector<Forecast>& forecasts, int days) {
    for (const Forecast& forecast : forecasts) {
      if (!is_judged(series_, forecast.product, origin, age_days_)) {
        continue;
      }
      const int day = series_.index(forecast.date);
      const float sold = sold_on(series_, forecast.product, day, days);
      scorer_.add(sold, forecast.mean, forecast.quantiles);
      if (const auto& scale = scales_[static_cast<std::size_t>(forecast.product)]) {
        const auto error = static_cast<double>(forecast.mean - sold);
        Loss& loss = losses_[static_cast<std::size_t>(day - begin_)];
        loss.sum += error * error / *scale;
        ++loss.cells;
      }
    }
  }

  Scores scores() const { return scorer_.scores(); }

  /// Adds each day's mean loss.
  void add_losses(std::vector<double>& all) const {
    for (std::size_t day = 0; day < losses_.size(); ++day) {
      all[day] += losses_[day].cells > 0 ? losses_[day].sum / losses_[day].cells : 0;
    }
  }

 private:
  struct Loss {
    double sum = 0;
    int cells = 0;
  };

  const Series& series_;
  std::span<const std::optional<double>> scales_;
  int begin_;
  int age_days_;
  std::vector<Loss> losses_;  // by day
  Scorer scorer_;
};

}  // namespace

double Evaluation::rmse() const {
  return std::sqrt((next_day.rmse * next_day.rmse +
                    (next_week.cells > 0 ? next_week.rmse * next_week.rmse : next_day.rmse * next_day.rmse)) /
                   2);
}

Json Evaluation::to_json() const {
  return {{"first_day", to_string(first)},  {"last_day", to_string(last)},      {"rmse", rmse()},
          {"next_day", next_day.to_json()}, {"next_week", next_week.to_json()}, {"week_total", week_total.to_json()}};
}

Result<Evaluation> evaluate(const Forecaster& forecaster, const Series& series, int begin, int end) {
  CHECK(begin >= 1 && begin < end && end <= series.days());
  const int age_days = age_days_min(series, begin - 1);
  std::vector<std::optional<double>> scales;
  for (int product = 0; product < series.products(); ++product) {
    scales.push_back(squared_step(series, product, begin));
  }
  Judge next_day(series, scales, begin, end, age_days);
  Judge next_week(series, scales, begin, end, age_days);
  Judge week_total(series, scales, begin, end, age_days);
  for (int origin = begin - 1; origin + 1 < end; ++origin) {
    ASSIGN_OR_RETURN(const auto days, forecaster.predict(series, origin, std::array{kNextDay}));
    next_day.add(origin, days, 1);
    if ((origin - (begin - 1)) % kWeek == 0 && origin + kWeek < end) {
      ASSIGN_OR_RETURN(const auto week, forecaster.predict(series, origin, kNextWeek));
      next_week.add(origin, week, 1);
      ASSIGN_OR_RETURN(const auto totals, forecaster.predict_week_totals(series, origin));
      week_total.add(origin, totals, kWeek);
    }
  }
  Evaluation evaluation{.first = series.day(begin),
                        .last = series.day(end - 1),
                        .next_day = next_day.scores(),
                        .next_week = next_week.scores(),
                        .week_total = week_total.scores(),
                        .daily_losses = std::vector<double>(static_cast<std::size_t>(end - begin))};
  next_day.add_losses(evaluation.daily_losses);
  next_week.add_losses(evaluation.daily_losses);
  return evaluation;
}

}  // namespace millrace
