#include "forecast/ensemble.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/format.h"
#include "forecast/boosted.h"
#include "forecast/linear.h"
#include "forecast/naive.h"

namespace millrace {
namespace {

constexpr std::size_t kMembers = 3;
constexpr int kAgeDaysMin = 28;
constexpr double kShrinkage = 0.1;  // towards equal weights: a share of how much the members differ
constexpr double kVariancePower = 1.3;
constexpr double kMeanMin = 0.05;  // pieces: less is as sure
constexpr int kSweeps = 200;       // of the search, which is done after a few

class Ensemble final : public Model {
 public:
  Ensemble(std::vector<std::unique_ptr<Model>> members, const ModelOptions& options)
      : members_(std::move(members)), options_(options), weights_(2 * kMembers, 1.0 / kMembers) {
    CHECK(members_.size() == kMembers);
  }

  std::string_view name() const override { return kEnsemble; }

  Result<void> fit(const Series& series, int end, Learn learn) override {
    for (const auto& member : members_) {
      TRY(member->fit(series, end, learn));
    }
    return {};
  }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions mixed = predictions_for(series, origin, horizons);
    ASSIGN_OR_RETURN(auto all, predict_all(series, origin, horizons));
    for (std::size_t i = 0; i < mixed.means.size(); ++i) {
      const double* const weights = weights_of(horizons[i % horizons.size()]);
      double mean = 0;
      for (std::size_t member = 0; member < kMembers; ++member) {
        mean += weights[member] * static_cast<double>(all[member].means[i]);
      }
      mixed.means[i] = static_cast<float>(mean);
    }
    for (Predictions& one : all) {
      if (!one.quantiles.empty()) {
        mixed.quantiles = std::move(one.quantiles);
        break;
      }
    }
    return mixed;
  }

  Json parameters() const override {
    Json json = {{"rows_max", options_.rows_max}, {"rounds", options_.rounds}, {"weights", Json::object()}};
    for (std::size_t i = 0; i < kMembers; ++i) {
      json["weights"][std::string(members_[i]->name())] = {{"next_day", weights_[i]},
                                                           {"next_week", weights_[kMembers + i]}};
      json[std::string(members_[i]->name())] = members_[i]->parameters();
    }
    return json;
  }

  Result<ModelFiles> files() const override {
    ModelFiles files;
    for (const auto& member : members_) {
      ASSIGN_OR_RETURN(const ModelFiles own, member->files());
      for (const auto& [name, content] : own) {
        files[format("{}.{}", member->name(), name)] = content;
      }
    }
    return files;
  }

  Result<std::vector<double>> weights_from(const Series& series, int begin, int end) const override {
    WeightFinder next_day(kMembers);
    WeightFinder next_week(kMembers);
    for (int origin = begin - 1; origin + 1 < end; ++origin) {
      const std::size_t known = std::min(kNextWeek.size(), static_cast<std::size_t>(end - 1 - origin));
      const auto horizons = std::span(kNextWeek).first(known);
      ASSIGN_OR_RETURN(const auto all, predict_all(series, origin, horizons));
      for (std::size_t i = 0; i < all[0].means.size(); ++i) {
        const int product = all[0].products[i / known];
        if (origin + 1 - series.first_sale(product) < std::min(kAgeDaysMin, origin / 2)) {
          continue;
        }
        const std::array said = {all[0].means[i], all[1].means[i], all[2].means[i]};
        const int horizon = horizons[i % known];
        (horizon == kNextDay ? next_day : next_week).add(said, series.value(Channel::units, product, origin + horizon));
      }
    }
    std::vector<double> weights = next_day.weights();
    std::ranges::copy(next_week.weights(), std::back_inserter(weights));
    return weights;
  }

  void set_weights(std::span<const double> weights) override {
    if (weights.size() == weights_.size()) {
      weights_.assign(weights.begin(), weights.end());
    }
  }

 private:
  const double* weights_of(int horizon) const { return &weights_[horizon == kNextDay ? 0 : kMembers]; }

  Result<std::vector<Predictions>> predict_all(const Series& series, int origin, std::span<const int> horizons) const {
    std::vector<Predictions> all;
    for (const auto& member : members_) {
      ASSIGN_OR_RETURN(Predictions one, member->predict(series, origin, horizons));
      all.push_back(std::move(one));
    }
    return all;
  }

  std::vector<std::unique_ptr<Model>> members_;
  ModelOptions options_;
  std::vector<double> weights_;  // of the next day, member by member, then of the week
};

/// The files of one member, under the names that it gave them.
ModelFiles files_of(const ModelFiles& files, std::string_view member) {
  const std::string begin = format("{}.", member);
  ModelFiles own;
  for (const auto& [name, content] : files) {
    if (name.starts_with(begin)) {
      own[name.substr(begin.size())] = content;
    }
  }
  return own;
}

}  // namespace

WeightFinder::WeightFinder(std::size_t members)
    : members_(members), products_(members * members), errors_(members), deviations_(members) {}

void WeightFinder::add(std::span<const float> forecasts, float sold) {
  CHECK(forecasts.size() == members_);
  const double mean = std::accumulate(forecasts.begin(), forecasts.end(), 0.0) / static_cast<double>(members_);
  const double variance = std::pow(std::max(mean, kMeanMin), kVariancePower);
  for (std::size_t i = 0; i < members_; ++i) {
    deviations_[i] = static_cast<double>(forecasts[i]) - mean;
  }
  for (std::size_t i = 0; i < members_; ++i) {
    errors_[i] += deviations_[i] * (static_cast<double>(sold) - mean) / variance;
    for (std::size_t j = 0; j < members_; ++j) {
      products_[i * members_ + j] += deviations_[i] * deviations_[j] / variance;
    }
  }
}

/// Weight moves between two members at a time, as far as it helps, until it helps no more: the problem is convex.
std::vector<double> WeightFinder::weights() const {
  const double equal = 1.0 / static_cast<double>(members_);
  double ridge = 0;
  for (std::size_t i = 0; i < members_; ++i) {
    ridge += kShrinkage * equal * products_[i * members_ + i];
  }
  std::vector<double> weights(members_, equal);
  const auto slope = [&](std::size_t i) {
    double sum = ridge * (weights[i] - equal) - errors_[i];
    for (std::size_t j = 0; j < members_; ++j) {
      sum += products_[i * members_ + j] * weights[j];
    }
    return sum;
  };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t i = 0; i < members_; ++i) {
      for (std::size_t j = i + 1; j < members_; ++j) {
        const double curvature =
            products_[i * members_ + i] + products_[j * members_ + j] - 2 * products_[i * members_ + j] + 2 * ridge;
        if (curvature > 0) {
          const double step = std::clamp((slope(j) - slope(i)) / curvature, -weights[i], weights[j]);
          weights[i] += step;
          weights[j] -= step;
        }
      }
    }
  }
  return weights;
}

std::unique_ptr<Model> make_ensemble(const ModelOptions& options) {
  std::vector<std::unique_ptr<Model>> members;
  members.push_back(make_xgboost(options));
  members.push_back(make_linear_regression(options));
  members.push_back(make_moving_average());
  return std::make_unique<Ensemble>(std::move(members), options);
}

Result<std::unique_ptr<Model>> read_ensemble(const ModelOptions& options, const ModelFiles& files) {
  std::vector<std::unique_ptr<Model>> members;
  ASSIGN_OR_RETURN(auto boosted, read_xgboost(options, files_of(files, kXgboost)));
  members.push_back(std::move(boosted));
  ASSIGN_OR_RETURN(auto linear, read_linear_regression(options, files_of(files, kLinearRegression)));
  members.push_back(std::move(linear));
  members.push_back(make_moving_average());
  return std::make_unique<Ensemble>(std::move(members), options);
}

}  // namespace millrace
