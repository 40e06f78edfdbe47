#include "forecast/naive.h"

#include "forecast/level.h"
#include "forecast/price_response.h"

namespace millrace {
namespace {

std::size_t weekday_after(const Series& series, int origin, int horizon) {
  return static_cast<std::size_t>(weekday_of(series.day(origin + horizon)));
}

/// What they have in common: each product is looked at by itself.
class RuleModel : public Model {
 public:
  Result<void> fit(const Series&, int end, Learn) override { return require_history(end, 1); }
  Json parameters() const override { return Json::object(); }
  Result<ModelFiles> files() const override { return ModelFiles(); }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions predictions = predictions_for(series, origin, horizons);
    const LevelReader levels(series, origin + 1, elasticity());
    for (std::size_t i = 0; i < predictions.products.size(); ++i) {
      for (std::size_t k = 0; k < horizons.size(); ++k) {
        predictions.means[predictions.index(i, k)] =
            static_cast<float>(mean(series, levels, predictions.products[i], origin, horizons[k]));
      }
    }
    return predictions;
  }

 private:
  virtual double elasticity() const { return 0; }
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
  Result<void> fit(const Series& series, int end, Learn learn) override {
    elasticity_ = price_elasticity(series, end);
    return RuleModel::fit(series, end, learn);
  }
  Json parameters() const override { return elasticity_to_json(elasticity_); }
  Result<ModelFiles> files() const override {
    return ModelFiles{{std::string(kPriceFile), parameters().dump() + "\n"}};
  }
  Result<void> read(const ModelFiles& files) {
    ASSIGN_OR_RETURN(elasticity_, elasticity_from(files));
    return {};
  }

 private:
  double elasticity() const override { return elasticity_; }
  double mean(const Series& series, const LevelReader& levels, int product, int origin, int horizon) const override {
    return levels.mean_of_eight_weeks(product) * levels.price_effect_now(product) *
           levels.profile()[weekday_after(series, origin, horizon)];
  }

  double elasticity_ = 0;
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
