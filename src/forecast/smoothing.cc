#include "forecast/smoothing.h"
#include "forecast/demand_signals.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/check.h"
#include "base/format.h"
#include "forecast/judged.h"
#include "forecast/level.h"

namespace millrace {
namespace {

constexpr std::string_view kFile = "smoothing.json";
constexpr int kDaysRead = 364;
constexpr int kDaysJudged = 56;
constexpr std::size_t kDaysOfStart = 28;  // whose mean the smoothing begins with
constexpr std::array kGrid{0.02, 0.05, 0.1, 0.2, 0.3};

// In the order of kNames.
enum class Method : std::uint8_t { exponential, croston, sba, tsb };
constexpr std::array kNames{kExponentialSmoothing, kCroston, kSba, kTsb};

std::optional<Method> find_method(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  return found != kNames.end() ? std::optional(static_cast<Method>(found - kNames.begin())) : std::nullopt;
}

Method method_of(std::string_view name) {
  const auto method = find_method(name);
  CHECK(method);
  return *method;
}

/// A product's smoothed demand, one day after the other.
class Smoother {
 public:
  Smoother(Method method, std::span<const double> values, const SmoothingConstants& constants)
      : method_(method), constants_(constants) {
    const auto start = values.first(std::min(values.size(), kDaysOfStart));
    double sum = 0;
    double sold = 0;
    for (const double value : start) {
      sum += value;
      sold += value > 0 ? 1 : 0;
    }
    const auto days = static_cast<double>(start.size());
    size_ = method == Method::exponential ? sum / days : sold > 0 ? sum / sold : 0;
    share_ = sold / days;
    interval_ = days / std::max(1.0, sold);
  }

  void add(double value) {
    if (method_ == Method::exponential) {
      size_ += constants_.size * (value - size_);
      return;
    }
    if (method_ == Method::tsb) {
      share_ += constants_.frequency * ((value > 0 ? 1 : 0) - share_);
    }
    ++since_sale_;
    if (value > 0) {
      size_ += constants_.size * (value - size_);
      interval_ += constants_.size * (since_sale_ - interval_);
      since_sale_ = 0;
    }
  }

  double expected() const {
    switch (method_) {
      case Method::exponential:
        return size_;
      case Method::croston:
        return size_ / interval_;
      case Method::sba:
        return (1 - constants_.size / 2) * size_ / interval_;
      case Method::tsb:
        break;
    }
    return share_ * size_;
  }

 private:
  Method method_;
  SmoothingConstants constants_;
  double size_ = 0;      // of a demand; exponential smoothing: of a day
  double share_ = 0;     // of days with a demand
  double interval_ = 1;  // days from one demand to the next
  double since_sale_ = 0;
};

double smoothed(Method method, std::span<const double> values, const SmoothingConstants& constants) {
  Smoother smoother(method, values, constants);
  for (const double value : values) {
    smoother.add(value);
  }
  return smoother.expected();
}

std::size_t weekday_at(const Series& series, int day) { return static_cast<std::size_t>(weekday_of(series.day(day))); }

/// The product's pieces of the days before `end` on which it could be bought, at the usual price and without the
/// weekday's part.
void read_demand(const Series& series, const WeekdayFactors& profile, int product, int end,
                 const DemandSignals& signals, std::vector<double>& values) {
  values.clear();
  const PriceEffects prices(series, product, end, signals);
  const auto out = series.stock_outs(product, end);
  for (int day = std::max(series.first_sale(product), end - kDaysRead); day < end; ++day) {
    if (is_out_of_stock(out, day)) {
      continue;
    }
    const double factor = profile[weekday_at(series, day)];
    if (factor > 0 && !series.is_closed(day)) {
      const auto sold = static_cast<double>(series.value(Channel::units, product, day));
      values.push_back(sold / factor / prices.effect(day));
    }
  }
}

class SmoothingModel final : public Model {
 public:
  explicit SmoothingModel(Method method) : method_(method) {}

  std::string_view name() const override { return kNames[static_cast<std::size_t>(method_)]; }

  Result<void> fit(const Series& series, int end, Learn) override {
    TRY(require_history(end, 1));
    double best = std::numeric_limits<double>::infinity();
    signals_ = find_demand_signals(series, end);
    const std::vector<std::vector<double>> demands = demands_before(series, end);
    for (const double size : kGrid) {
      for (const double frequency : kGrid) {
        const SmoothingConstants tried{.size = size, .frequency = method_ == Method::tsb ? frequency : size};
        if (method_ != Method::tsb && frequency != size) {
          continue;
        }
        if (const double loss = loss_of(demands, tried); loss < best) {
          best = loss;
          constants_ = tried;
        }
      }
    }
    return {};
  }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions predictions = predictions_for(series, origin, horizons);
    const LevelReader levels(series, origin + 1, signals_);
    std::vector<double> values;
    for (std::size_t i = 0; i < predictions.products.size(); ++i) {
      const int product = predictions.products[i];
      read_demand(series, levels.weekday_factors(product), product, origin + 1, signals_, values);
      const double own = values.empty() ? 0 : smoothed(method_, values, constants_);
      const double level = levels.drawn_to_category(product, own, origin + 1 - series.first_sale(product));
      const PriceEffects prices = levels.price_effects(product);
      for (std::size_t k = 0; k < horizons.size(); ++k) {
        predictions.means[predictions.index(i, k)] = static_cast<float>(
            level * prices.effect(origin + horizons[k]) * levels.weekday_factor(product, origin + horizons[k]));
      }
    }
    return predictions;
  }

  Json parameters() const override {
    return {{"size", constants_.size}, {"frequency", constants_.frequency}, {"demand_signals", to_json(signals_)}};
  }

  Result<ModelFiles> files() const override {
    return ModelFiles{{std::string(kFile), parameters().dump(1) + "\n"},
                      {std::string(kSignalsFile), to_json(signals_).dump() + "\n"}};
  }

  Result<void> read(const ModelFiles& files) {
    ASSIGN_OR_RETURN(signals_, demand_signals_from(files));
    const auto found = files.find(std::string(kFile));
    if (found == files.end()) {
      return fail(Fault::corrupt, format("a file of the {} model is missing; train again: {}", name(), kFile));
    }
    ASSIGN_OR_RETURN(const Json json, parse_json(found->second, kFile));
    const auto is_constant = [&json](const char* key) {
      return json.is_object() && json.contains(key) && json[key].is_number() && json[key].get<double>() > 0 &&
             json[key].get<double>() <= 1;
    };
    if (!is_constant("size") || !is_constant("frequency")) {
      return fail(Fault::corrupt, format("{} holds no smoothing constants in (0, 1]; train again", kFile));
    }
    constants_ = {.size = json["size"].get<double>(), .frequency = json["frequency"].get<double>()};
    return {};
  }

 private:
  std::vector<std::vector<double>> demands_before(const Series& series, int end) const {
    const WeekdayProfiles profiles(series, end, signals_.category_weekdays);
    std::vector<std::vector<double>> demands(static_cast<std::size_t>(series.products()));
    for (int product = 0; product < series.products(); ++product) {
      read_demand(series, profiles.of_category(series.category(product, end)), product, end, signals_,
                  demands[static_cast<std::size_t>(product)]);
    }
    return demands;
  }

  /// Squared errors of the last days' one-step forecasts, each over the variance that its product's mean lets expect.
  double loss_of(const std::vector<std::vector<double>>& demands, const SmoothingConstants& constants) const {
    double loss = 0;
    for (const std::vector<double>& values : demands) {
      if (values.size() <= kDaysOfStart) {
        continue;
      }
      const std::size_t judged_from =
          std::max(kDaysOfStart, values.size() - std::min<std::size_t>(values.size(), kDaysJudged));
      Smoother smoother(method_, values, constants);
      double squares = 0;
      double sum = 0;
      for (std::size_t day = 0; day < values.size(); ++day) {
        if (day >= judged_from) {
          const double error = values[day] - smoother.expected();
          squares += error * error;
          sum += values[day];
        }
        smoother.add(values[day]);
      }
      const double mean = sum / static_cast<double>(values.size() - judged_from);
      loss += squares / usual_variance(mean);
    }
    return loss;
  }

  Method method_;
  SmoothingConstants constants_;
  DemandSignals signals_;
};

}  // namespace

double smooth(std::string_view name, std::span<const double> values, const SmoothingConstants& constants) {
  CHECK(!values.empty());
  return smoothed(method_of(name), values, constants);
}

std::unique_ptr<Model> make_smoothing(std::string_view name) {
  const auto method = find_method(name);
  return method ? std::make_unique<SmoothingModel>(*method) : nullptr;
}

Result<std::unique_ptr<Model>> read_smoothing(std::string_view name, const ModelFiles& files) {
  auto model = std::make_unique<SmoothingModel>(method_of(name));
  TRY(model->read(files));
  return model;
}

}  // namespace millrace
