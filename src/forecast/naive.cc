#include "forecast/naive.h"

#include "forecast/level.h"

namespace millrace {
namespace {

std::size_t weekday_after(const Series& series, int origin, int horizon) {
  return static_cast<std::size_t>(weekday_of(series.day(origin + horizon)));
}

/// What they have in common: nothing is learnt, nothing is stored.
class RuleModel : public Model {
 public:
  Result<void> fit(const Series&, int end, Learn) override { return require_history(end, 1); }
  Json parameters() const override { return Json::object(); }
  Result<ModelFiles> files() const override { return ModelFiles(); }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions predictions = predictions_for(series, origin, horizons);
    const LevelReader levels(series, origin + 1);
    for (std::size_t i = 0; i < predictions.products.size(); ++i) {
      for (std::size_t k = 0; k < horizons.size(); ++k) {
        predictions.means[predictions.index(i, k)] =
            static_cast<float>(mean(series, levels, predictions.products[i], origin, horizons[k]));
      }
    }
    return predictions;
  }

 private:
  virtual double mean(const Series& series, const LevelReader& levels, int product, int origin, int horizon) const = 0;
};

class Zero final : public RuleModel {
 public:
  std::string_view name() const override { return kZero; }

 private:
  double mean(const Series&, const LevelReader&, int, int, int) const override { return 0; }
};

class SeasonalNaive final : public RuleModel {
 public:
  std::string_view name() const override { return kSeasonalNaive; }

 private:
  double mean(const Series& series, const LevelReader& levels, int product, int origin, int horizon) const override {
    const int back = (kDaysPerWeek - horizon % kDaysPerWeek) % kDaysPerWeek;
    const int same_weekday = origin - back;
    if (same_weekday < series.first_sale(product)) {
      return levels.level(product) * levels.profile()[weekday_after(series, origin, horizon)];
    }
    return static_cast<double>(series.value(Channel::units, product, same_weekday));
  }
};

class MovingAverage final : public RuleModel {
 public:
  std::string_view name() const override { return kMovingAverage; }

 private:
  double mean(const Series& series, const LevelReader& levels, int product, int origin, int horizon) const override {
    return levels.mean_of_eight_weeks(product) * levels.profile()[weekday_after(series, origin, horizon)];
  }
};

}  // namespace

std::unique_ptr<Model> make_zero() { return std::make_unique<Zero>(); }
std::unique_ptr<Model> make_seasonal_naive() { return std::make_unique<SeasonalNaive>(); }
std::unique_ptr<Model> make_moving_average() { return std::make_unique<MovingAverage>(); }

}  // namespace millrace
