#include "forecast/backtest.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/format.h"
#include "forecast/judged.h"
#include "forecast/naive.h"

namespace millrace {
namespace {

constexpr int kWeek = static_cast<int>(kNextWeek.size());
constexpr double kShareOfA = 0.80;
constexpr double kShareOfB = 0.95;
constexpr int kRevenueDays = 28;

/// A: the products that made the first 80 % of all pieces sold before `end`, the largest first; B: up to 95 %.
std::vector<char> volume_classes(const Series& series, int end) {
  std::vector<double> sold(static_cast<std::size_t>(series.products()));
  for (int product = 0; product < series.products(); ++product) {
    const auto values = series.values(Channel::units, product, end);
    sold[static_cast<std::size_t>(product)] = std::accumulate(values.begin(), values.end(), 0.0);
  }
  std::vector<std::size_t> order(sold.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::less(), [&sold](std::size_t product) { return std::pair(-sold[product], product); });
  const double all = std::accumulate(sold.begin(), sold.end(), 0.0);
  std::vector<char> classes(sold.size(), 'C');
  double before = 0;
  for (const std::size_t product : order) {
    classes[product] = before < kShareOfA * all ? 'A' : before < kShareOfB * all ? 'B' : 'C';
    before += sold[product];
  }
  return classes;
}

double revenue_of(const Series& series, int product, int end) {
  const auto values = series.values(Channel::revenue, product, end);
  const auto last = values.last(std::min(values.size(), static_cast<std::size_t>(kRevenueDays)));
  return std::accumulate(last.begin(), last.end(), 0.0);
}

template <class Key>
std::map<Key, Scores> scores_of(const std::map<Key, Scorer>& scorers) {
  std::map<Key, Scores> scores;
  for (const auto& [key, scorer] : scorers) {
    scores[key] = scorer.scores();
  }
  return scores;
}

/// Adds up what one model's forecasts were worth.
class Judge {
 public:
  explicit Judge(const Series& series) : series_(series) {}

  void begin_fold(int origin) {
    origin_ = origin;
    classes_ = volume_classes(series_, origin + 1);
    squares_.assign(static_cast<std::size_t>(series_.products()), 0);
    days_.assign(squares_.size(), 0);
  }

  void add(const BacktestRow& row, int horizon, bool is_of_fold) {
    const float sold = sold_on(series_, row.product, series_.index(row.date), row.span);
    if (row.span > 1) {
      total_.add(sold, row.mean, row.quantiles);
      return;
    }
    if (horizon == kNextDay) {
      next_day_.add(sold, row.mean, row.quantiles);
    }
    if (!is_of_fold) {
      return;
    }
    const auto product = static_cast<std::size_t>(row.product);
    const std::string& category = series_.category_name(series_.category(row.product, origin_ + 1));
    for (Scorer* const scorer :
         {&all_days_, &by_horizon_[horizon], &by_volume_[std::string(1, classes_[product])], &by_category_[category]}) {
      scorer->add(sold, row.mean, row.quantiles);
    }
    const auto error = static_cast<double>(row.mean - sold);
    squares_[product] += error * error;
    ++days_[product];
  }

  void end_fold() {
    for (std::size_t product = 0; product < days_.size(); ++product) {
      const auto scale =
          days_[product] > 0 ? squared_step(series_, static_cast<int>(product), origin_ + 1) : std::nullopt;
      if (scale) {
        const double rmsse = std::sqrt(squares_[product] / days_[product] / *scale);
        const double weight = revenue_of(series_, static_cast<int>(product), origin_ + 1);
        rmsse_ += rmsse;
        ++rmsse_count_;
        weighted_ += weight * rmsse;
        weights_ += weight;
      }
    }
  }

  BacktestScores scores() const {
    return {.next_day = next_day_.scores(),
            .days = all_days_.scores(),
            .total = total_.scores(),
            .rmsse = rmsse_count_ > 0 ? std::optional(rmsse_ / static_cast<double>(rmsse_count_)) : std::nullopt,
            .weighted_rmsse = weights_ > 0 ? std::optional(weighted_ / weights_) : std::nullopt,
            .by_horizon = scores_of(by_horizon_),
            .by_volume = scores_of(by_volume_),
            .by_category = scores_of(by_category_)};
  }

 private:
  const Series& series_;
  int origin_ = 0;             // of the fold
  std::vector<char> classes_;  // by product, as the next two
  std::vector<double> squares_;
  std::vector<int> days_;
  Scorer next_day_;
  Scorer all_days_;
  Scorer total_;
  std::map<int, Scorer> by_horizon_;
  std::map<std::string, Scorer> by_volume_;
  std::map<std::string, Scorer> by_category_;
  double rmsse_ = 0;
  std::int64_t rmsse_count_ = 0;
  double weighted_ = 0;
  double weights_ = 0;
};

class Backtest {
 public:
  Backtest(const Series& series, const BacktestOptions& options, const BacktestSink& sink)
      : series_(series), options_(options), sink_(sink), model_(series), naive_(series) {}

  Result<BacktestReport> run() {
    TRY(check());
    BacktestReport report;
    for (int fold = 0; fold < options_.folds; ++fold) {
      const int origin = series_.days() - 1 - options_.horizon * (options_.folds - fold);
      report.origins.push_back(series_.day(origin));
      TRY(run_fold(fold, origin));
    }
    report.model = model_.scores();
    report.seasonal_naive = naive_.scores();
    return report;
  }

 private:
  Result<void> check() const {
    if (options_.folds < 1 || options_.horizon < 1 || options_.horizon > kWeek) {
      return fail(Fault::invalid,
                  format("a backtest has at least one fold and a horizon of 1 to {} days, found: {} folds, "
                         "{} days",
                         kWeek, options_.folds, options_.horizon));
    }
    TRY(make_model(options_.model, options_.model_options));
    const int learnt = series_.days() - options_.horizon * options_.folds;
    if (learnt < kFitDaysMin) {
      return fail(Fault::invalid,
                  format("too little sales history for {} folds of {} days, which leave {} days to learn "
                         "from, and {} are needed: {} days",
                         options_.folds, options_.horizon, std::max(learnt, 0), kFitDaysMin, series_.days()));
    }
    return {};
  }

  Result<void> run_fold(int fold, int origin) {
    if (options_.progress) {
      options_.progress(format("fold {} of {}: fitting on {} to {}", fold + 1, options_.folds,
                               to_string(series_.first_day()), to_string(series_.day(origin))));
    }
    ASSIGN_OR_RETURN(const Forecaster model,
                     Forecaster::fit(options_.model, options_.model_options, series_, origin + 1));
    ASSIGN_OR_RETURN(const Forecaster naive,
                     Forecaster::fit(kSeasonalNaive, options_.model_options, series_, origin + 1));
    TRY(judge(model, origin, model_, sink_));
    return judge(naive, origin, naive_, {});
  }

  Result<void> judge(const Forecaster& forecaster, int origin, Judge& judge, const BacktestSink& sink) const {
    judge.begin_fold(origin);
    const auto horizons = std::span(kNextWeek).first(static_cast<std::size_t>(options_.horizon));
    ASSIGN_OR_RETURN(const auto days, forecaster.predict(series_, origin, horizons));
    TRY(take(days, origin, 1, true, judge, sink));
    if (options_.horizon == kWeek) {
      ASSIGN_OR_RETURN(const auto totals, forecaster.predict_week_totals(series_, origin));
      TRY(take(totals, origin, kWeek, true, judge, sink));
    }
    for (int later = origin + 1; options_.daily_origins && later < origin + options_.horizon; ++later) {
      ASSIGN_OR_RETURN(const auto next, forecaster.predict(series_, later, std::span(&kNextDay, 1)));
      TRY(take(next, later, 1, false, judge, sink));
    }
    judge.end_fold();
    return {};
  }

  Result<void> take(const std::vector<Forecast>& forecasts, int origin, int span, bool is_of_fold, Judge& judge,
                    const BacktestSink& sink) const {
    for (const Forecast& forecast : forecasts) {
      if (series_.first_sale(forecast.product) + kJudgedAgeDays > origin) {
        continue;
      }
      const BacktestRow row{.origin = series_.day(origin),
                            .date = forecast.date,
                            .span = span,
                            .product = forecast.product,
                            .mean = forecast.mean,
                            .quantiles = forecast.quantiles};
      judge.add(row, forecast.horizon, is_of_fold);
      if (sink) {
        TRY(sink(row));
      }
    }
    return {};
  }

  const Series& series_;
  const BacktestOptions& options_;
  const BacktestSink& sink_;
  Judge model_;
  Judge naive_;
};

template <class Key>
Json to_json(const std::map<Key, Scores>& scores) {
  Json json = Json::object();
  for (const auto& [key, value] : scores) {
    json[format("{}", key)] = value.to_json();
  }
  return json;
}

}  // namespace

Json BacktestScores::to_json() const {
  return {{"next_day", next_day.to_json()},
          {"days", days.to_json()},
          {"week_total", total.to_json()},
          {"rmsse", rmsse ? Json(*rmsse) : Json()},
          {"weighted_rmsse", weighted_rmsse ? Json(*weighted_rmsse) : Json()},
          {"by_horizon", millrace::to_json(by_horizon)},
          {"by_volume", millrace::to_json(by_volume)},
          {"by_category", millrace::to_json(by_category)}};
}

Result<BacktestReport> backtest(const Series& series, const BacktestOptions& options, const BacktestSink& sink) {
  return Backtest(series, options, sink).run();
}

}  // namespace millrace
