#include "forecast/boosted.h"
#include "forecast/demand_signals.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "forecast/samples.h"
#include "forecast/xgboost.h"

namespace millrace {
namespace {

constexpr int kHistoryDaysMin = 14;
constexpr int kQuantileRounds = 100;
constexpr double kQuantileLearningRate = 0.1;
constexpr std::int64_t kQuantileRowsMax = 150'000;

BoosterParameters tree_parameters(const ModelOptions& options, double learning_rate) {
  return {{"tree_method", "hist"},
          {"eta", format("{}", learning_rate)},
          {"max_depth", format("{}", options.max_depth)},
          {"min_child_weight", format("{}", options.min_child_weight)},
          {"subsample", format("{}", options.subsample)},
          {"colsample_bytree", format("{}", options.colsample)},
          {"max_bin", "128"},
          {"seed", format("{}", options.seed % 0x7fffffffU)}};
}

BoosterParameters mean_parameters(const ModelOptions& options) {
  BoosterParameters parameters = tree_parameters(options, options.learning_rate);
  parameters.emplace_back("objective", "reg:tweedie");
  parameters.emplace_back("tweedie_variance_power", format("{}", options.tweedie_variance_power));
  return parameters;
}

BoosterParameters quantile_parameters(const ModelOptions& options) {
  BoosterParameters parameters = tree_parameters(options, kQuantileLearningRate);
  parameters.emplace_back("objective", "reg:quantileerror");
  parameters.emplace_back("quantile_alpha", "[0.1,0.5,0.9]");
  return parameters;
}

Json to_json(const BoosterParameters& parameters) {
  Json json = Json::object();
  for (const auto& [name, value] : parameters) {
    json[name] = value;
  }
  return json;
}

std::vector<float> log_of(std::span<const float> values) {
  std::vector<float> logs;
  logs.reserve(values.size());
  for (const float value : values) {
    logs.push_back(std::log(value));
  }
  return logs;
}

MatrixView view(const Samples& samples) { return {.values = samples.values, .columns = samples.columns}; }

/// Rows of the next day alone all have one target day an origin, which trees learn by heart; with seven they do not,
/// and then the shared features help.
Result<Samples> rows_for(const Series& series, int end, std::span<const int> horizons, const ModelOptions& options,
                         const DemandSignals& signals) {
  ASSIGN_OR_RETURN(Samples samples, training_samples(series, end, horizons, options, signals));
  if (horizons.size() == 1) {
    blank_shared_features(options.features, end, samples);
  }
  return samples;
}

/// The trees for some horizons.
struct Part {
  std::optional<Booster> means;
  std::optional<Booster> quantiles;

  Result<void> fit(const Series& series, int end, std::span<const int> horizons, Learn learn, ModelOptions options,
                   const DemandSignals& signals) {
    {
      ASSIGN_OR_RETURN(const Samples samples, rows_for(series, end, horizons, options, signals));
      const std::vector<float> margins = log_of(samples.expected);
      ASSIGN_OR_RETURN(means, Booster::train(view(samples), samples.targets, margins, mean_parameters(options),
                                             options.rounds, options.stop));
    }
    if (learn == Learn::means_and_quantiles) {
      options.rows_max = std::min(options.rows_max, kQuantileRowsMax);
      ASSIGN_OR_RETURN(const Samples samples, rows_for(series, end, horizons, options, signals));
      ASSIGN_OR_RETURN(quantiles, Booster::train(view(samples), samples.targets, {}, quantile_parameters(options),
                                                 std::min(options.rounds, kQuantileRounds), options.stop));
    }
    return {};
  }

  /// Writes the numbers of these horizons (positions in predictions.horizons) into the predictions.
  Result<void> predict(const Series& series, int origin, std::span<const std::size_t> positions,
                       const FeatureSet& features, const DemandSignals& signals, Predictions& predictions) const {
    if (positions.empty()) {
      return {};
    }
    std::vector<int> horizons;
    for (const std::size_t position : positions) {
      horizons.push_back(predictions.horizons[position]);
    }
    const Samples samples = prediction_samples(series, origin, predictions, horizons, features, signals);
    ASSIGN_OR_RETURN(const std::vector<float> values, means->predict(view(samples), log_of(samples.expected)));
    CHECK(values.size() == samples.rows());
    std::vector<float> three;
    if (quantiles) {
      ASSIGN_OR_RETURN(three, quantiles->predict(view(samples), {}));
      CHECK(three.size() == samples.rows() * kQuantileLevels.size());
    }
    for (std::size_t row = 0; row < samples.rows(); ++row) {
      const std::size_t cell = predictions.index(row / positions.size(), positions[row % positions.size()]);
      predictions.means[cell] = values[row];
      if (quantiles) {
        Quantiles& target = predictions.quantiles[cell];
        for (std::size_t i = 0; i < target.size(); ++i) {
          target[i] = std::max(0.F, three[row * target.size() + i]);
        }
        std::ranges::sort(target);
      }
    }
    return {};
  }
};

class BoostedModel final : public Model {
 public:
  explicit BoostedModel(const ModelOptions& options) : options_(options) {}

  std::string_view name() const override { return kXgboost; }

  Result<void> fit(const Series& series, int end, Learn learn) override {
    TRY(require_history(end, kHistoryDaysMin));
    signals_ = find_demand_signals(series, end);
    Result<void> week;
    std::jthread second([&] { week = next_week_.fit(series, end, kNextWeek, learn, options_, signals_); });
    const Result<void> day = next_day_.fit(series, end, std::array{kNextDay}, learn, options_, signals_);
    second.join();
    TRY(day);
    return week;
  }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions predictions = predictions_for(series, origin, horizons);
    CHECK(next_day_.means && next_week_.means);
    if (next_day_.quantiles) {
      predictions.quantiles.resize(predictions.means.size());
    }
    std::vector<std::size_t> day;
    std::vector<std::size_t> week;
    for (std::size_t i = 0; i < horizons.size(); ++i) {
      (horizons[i] == kNextDay ? day : week).push_back(i);
    }
    TRY(next_day_.predict(series, origin, day, options_.features, signals_, predictions));
    TRY(next_week_.predict(series, origin, week, options_.features, signals_, predictions));
    return predictions;
  }

  Result<Explanation> explain(const Series& series, int origin, int product, int horizon) const override {
    ASSIGN_OR_RETURN(Explanation explanation, Model::explain(series, origin, product, horizon));
    const Part& part = horizon == kNextDay ? next_day_ : next_week_;
    const Predictions one{.products = {product}, .horizons = {horizon}, .means = {}, .quantiles = {}};
    const Samples samples =
        prediction_samples(series, origin, one, std::span(&horizon, 1), options_.features, signals_);
    ASSIGN_OR_RETURN(const auto moves, part.means->contributions(view(samples), log_of(samples.expected)));
    CHECK(moves.size() == samples.columns + 1);
    explanation.start = static_cast<double>(samples.expected[0]);
    explanation.base = std::exp(static_cast<double>(moves.back())) / explanation.start;
    for (std::size_t i = 0; i < samples.columns; ++i) {
      explanation.reasons.push_back({.feature = options_.features[i],
                                     .value = samples.values[i],
                                     .factor = std::exp(static_cast<double>(moves[i]))});
    }
    std::ranges::sort(explanation.reasons, {}, [](const Reason& reason) {
      return std::pair(-std::abs(std::log(reason.factor)), reason.feature);
    });
    return explanation;
  }

  Json parameters() const override {
    return {{"rows_max", options_.rows_max},
            {"rounds", options_.rounds},
            {"demand_signals", millrace::to_json(signals_)},
            {"means", to_json(mean_parameters(options_))},
            {"quantile_rows_max", std::min(options_.rows_max, kQuantileRowsMax)},
            {"quantile_rounds", std::min(options_.rounds, kQuantileRounds)},
            {"quantiles", to_json(quantile_parameters(options_))}};
  }

  Result<ModelFiles> files() const override {
    ModelFiles files{{std::string(kSignalsFile), millrace::to_json(signals_).dump() + "\n"}};
    for (const auto& [name, part] : {std::pair("next_day", &next_day_), std::pair("next_week", &next_week_)}) {
      CHECK(part->means);
      ASSIGN_OR_RETURN(files[format("{}.ubj", name)], part->means->save());
      if (part->quantiles) {
        ASSIGN_OR_RETURN(files[format("{}_quantiles.ubj", name)], part->quantiles->save());
      }
    }
    return files;
  }

  Result<void> read(const ModelFiles& files) {
    ASSIGN_OR_RETURN(signals_, demand_signals_from(files));
    for (auto& [name, part] : {std::pair("next_day", &next_day_), std::pair("next_week", &next_week_)}) {
      const auto load = [&](const std::string& file, std::optional<Booster>& booster) -> Result<void> {
        if (const auto found = files.find(file); found != files.end()) {
          ASSIGN_OR_RETURN(booster, Booster::load(found->second, options_.features.size(), file));
        }
        return {};
      };
      TRY(load(format("{}.ubj", name), part->means));
      TRY(load(format("{}_quantiles.ubj", name), part->quantiles));
      if (!part->means) {
        return fail(Fault::corrupt, format("a file of the xgboost model is missing; train again: {}.ubj", name));
      }
    }
    if (next_day_.quantiles.has_value() != next_week_.quantiles.has_value()) {
      return fail(Fault::corrupt, "the xgboost model has quantiles for the day or the week alone; train again");
    }
    return {};
  }

 private:
  ModelOptions options_;
  DemandSignals signals_;
  Part next_day_;
  Part next_week_;
};

}  // namespace

std::unique_ptr<Model> make_xgboost(const ModelOptions& options) { return std::make_unique<BoostedModel>(options); }

Result<std::unique_ptr<Model>> read_xgboost(const ModelOptions& options, const ModelFiles& files) {
  auto model = std::make_unique<BoostedModel>(options);
  TRY(model->read(files));
  return model;
}

}  // namespace millrace
