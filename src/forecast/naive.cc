#include "forecast/naive.h"
#include "forecast/demand_signals.h"

#include "forecast/level.h"

namespace millrace {
namespace {

/// What they have in common: each product is looked at by itself.
class RuleModel : public Model {
 public:
  Result<void> fit(const Series&, int end, Learn) override { return require_history(end, 1); }
  Json parameters() const override { return Json::object(); }
  Result<ModelFiles> files() const override { return ModelFiles(); }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions predictions = predictions_for(series, origin, horizons);
    const LevelReader levels(series, origin + 1, signals());
    for (std::size_t i = 0; i < predictions.products.size(); ++i) {
      for (std::size_t k = 0; k < horizons.size(); ++k) {
        predictions.means[predictions.index(i, k)] =
            static_cast<float>(mean(series, levels, predictions.products[i], origin, horizons[k]));
      }
    }
    return predictions;
  }

 private:
  virtual DemandSignals signals() const { return {}; }
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
      return levels.level(product) * levels.weekday_factor(product, origin + horizon);
    }
    return static_cast<double>(series.value(Channel::units, product, same_weekday));
  }
};

class MovingAverage final : public RuleModel {
 public:
  std::string_view name() const override { return kMovingAverage; }
  Result<void> fit(const Series& series, int end, Learn learn) override {
    signals_ = find_demand_signals(series, end);
    return RuleModel::fit(series, end, learn);
  }
  Json parameters() const override { return to_json(signals_); }
  Result<ModelFiles> files() const override {
    return ModelFiles{{std::string(kSignalsFile), parameters().dump() + "\n"}};
  }
  Result<void> read(const ModelFiles& files) {
    ASSIGN_OR_RETURN(signals_, demand_signals_from(files));
    return {};
  }

 private:
  DemandSignals signals() const override { return signals_; }
  double mean(const Series&, const LevelReader& levels, int product, int origin, int horizon) const override {
    return levels.mean_of_eight_weeks(product) * levels.price_effects(product).effect(origin + horizon) *
           levels.weekday_factor(product, origin + horizon);
  }

  DemandSignals signals_;
};

}  // namespace

std::unique_ptr<Model> make_zero() { return std::make_unique<Zero>(); }
std::unique_ptr<Model> make_seasonal_naive() { return std::make_unique<SeasonalNaive>(); }
std::unique_ptr<Model> make_moving_average() { return std::make_unique<MovingAverage>(); }

Result<std::unique_ptr<Model>> read_moving_average(const ModelFiles& files) {
  auto model = std::make_unique<MovingAverage>();
  TRY(model->read(files));
  return model;
}

}  // namespace millrace
