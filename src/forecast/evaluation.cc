#include "forecast/evaluation.h"

#include <cmath>

#include "base/check.h"

namespace millrace {
namespace {

constexpr int kAgeDaysMin = 28;
constexpr int kWeek = static_cast<int>(kNextWeek.size());

bool is_judged(const Series& series, int product, int origin, int age_days_min) {
  return series.first_sale(product) + age_days_min <= origin;
}

/// Four weeks, or 0 where no product is as old at the first origin.
int age_days_min(const Series& series, int origin) {
  for (int product = 0; product < series.products(); ++product) {
    if (is_judged(series, product, origin, kAgeDaysMin)) {
      return kAgeDaysMin;
    }
  }
  return 0;
}

float sold_from(const Series& series, const Forecast& forecast, int days) {
  const int begin = series.index(forecast.date);
  float sold = 0;
  for (int day = begin; day < begin + days; ++day) {
    sold += series.value(Channel::units, forecast.product, day);
  }
  return sold;
}

void add(const Series& series, int origin, int age_days, const std::vector<Forecast>& forecasts, int days,
         Scorer& scorer) {
  for (const Forecast& forecast : forecasts) {
    if (is_judged(series, forecast.product, origin, age_days)) {
      scorer.add(sold_from(series, forecast, days), forecast.mean, forecast.quantiles);
    }
  }
}

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
  Scorer next_day;
  Scorer next_week;
  Scorer week_total;
  for (int origin = begin - 1; origin + 1 < end; ++origin) {
    ASSIGN_OR_RETURN(const auto days, forecaster.predict(series, origin, std::array{kNextDay}));
    add(series, origin, age_days, days, 1, next_day);
    if ((origin - (begin - 1)) % kWeek == 0 && origin + kWeek < end) {
      ASSIGN_OR_RETURN(const auto week, forecaster.predict(series, origin, kNextWeek));
      add(series, origin, age_days, week, 1, next_week);
      ASSIGN_OR_RETURN(const auto totals, forecaster.predict_week_totals(series, origin));
      add(series, origin, age_days, totals, kWeek, week_total);
    }
  }
  return Evaluation{.first = series.day(begin),
                    .last = series.day(end - 1),
                    .next_day = next_day.scores(),
                    .next_week = next_week.scores(),
                    .week_total = week_total.scores()};
}

}  // namespace millrace
