#include "forecast/ensemble.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"
#include "forecast/boosted.h"
#include "forecast/naive.h"
#include "forecast/smoothing.h"

namespace millrace {
namespace {

struct Member {
  std::unique_ptr<Model> model;
  double usual_weight;
};

std::vector<double> usual_weights(const std::vector<Member>& members) {
  std::vector<double> weights;
  for (const Member& member : members) {
    weights.push_back(member.usual_weight);
  }
  return weights;
}

class Ensemble final : public Model {
 public:
  Ensemble(std::vector<Member> members, const ModelOptions& options)
      : members_(std::move(members)),
        options_(options),
        weights_{.next_day = usual_weights(members_), .next_week = usual_weights(members_)} {}

  std::string_view name() const override { return kEnsemble; }

  Result<void> fit(const Series& series, int end, Learn learn) override {
    for (const Member& member : members_) {
      TRY(member.model->fit(series, end, learn));
    }
    return {};
  }

  Result<Predictions> predict(const Series& series, int origin, std::span<const int> horizons) const override {
    Predictions mixed = predictions_for(series, origin, horizons);
    ASSIGN_OR_RETURN(auto all, predict_members(series, origin, horizons));
    for (std::size_t i = 0; i < mixed.means.size(); ++i) {
      const std::vector<double>& weights = weights_.of(horizons[i % horizons.size()]);
      double mean = 0;
      for (std::size_t member = 0; member < all.size(); ++member) {
        mean += weights[member] * static_cast<double>(all[member].means[i]);
      }
      mixed.means[i] = static_cast<float>(mean);
    }
    const auto with_quantiles = std::ranges::find_if(all, [](const auto& one) { return !one.quantiles.empty(); });
    if (with_quantiles != all.end()) {
      mixed.quantiles = std::move(with_quantiles->quantiles);
    }
    return mixed;
  }

  Result<std::vector<Predictions>> predict_members(const Series& series, int origin,
                                                   std::span<const int> horizons) const override {
    std::vector<Predictions> all;
    for (const Member& member : members_) {
      ASSIGN_OR_RETURN(all.emplace_back(), member.model->predict(series, origin, horizons));
    }
    return all;
  }

  Result<Explanation> explain(const Series& series, int origin, int product, int horizon) const override {
    Explanation mixed{.explained = std::string(kEnsemble)};
    for (std::size_t i = 0; i < members_.size(); ++i) {
      ASSIGN_OR_RETURN(Explanation own, members_[i].model->explain(series, origin, product, horizon));
      const double weight = weights_.of(horizon)[i];
      mixed.members.push_back({.model = own.explained, .weight = weight, .mean = own.mean});
      mixed.mean += weight * own.mean;
      if (!own.reasons.empty()) {
        mixed.explained = own.explained;
        mixed.start = own.start;
        mixed.base = own.base;
        mixed.reasons = std::move(own.reasons);
      }
    }
    return mixed;
  }

  MixWeights weights() const override { return weights_; }
  void set_weights(const MixWeights& weights) override {
    CHECK(weights.next_day.size() == members_.size() && weights.next_week.size() == members_.size());
    weights_ = weights;
  }

  Json parameters() const override {
    Json json = {{"rows_max", options_.rows_max}, {"rounds", options_.rounds}, {"weights", Json::object()}};
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const Model& model = *members_[i].model;
      json["weights"][std::string(model.name())] = {{"next_day", weights_.next_day[i]},
                                                    {"next_week", weights_.next_week[i]}};
      json[std::string(model.name())] = model.parameters();
    }
    return json;
  }

  Result<ModelFiles> files() const override {
    ModelFiles files;
    for (const Member& member : members_) {
      ASSIGN_OR_RETURN(const ModelFiles own, member.model->files());
      for (const auto& [name, content] : own) {
        files[format("{}.{}", member.model->name(), name)] = content;
      }
    }
    return files;
  }

 private:
  std::vector<Member> members_;
  ModelOptions options_;
  MixWeights weights_;
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

/// Half of it learns from all products, half looks at each by itself.
std::unique_ptr<Model> ensemble_of(std::unique_ptr<Model> boosted, std::unique_ptr<Model> smoothing,
                                   std::unique_ptr<Model> average, const ModelOptions& options) {
  std::vector<Member> members;
  members.push_back({.model = std::move(boosted), .usual_weight = 0.5});
  members.push_back({.model = std::move(smoothing), .usual_weight = 0.25});
  members.push_back({.model = std::move(average), .usual_weight = 0.25});
  return std::make_unique<Ensemble>(std::move(members), options);
}

}  // namespace

std::unique_ptr<Model> make_ensemble(const ModelOptions& options) {
  return ensemble_of(make_xgboost(options), make_smoothing(kTsb), make_moving_average(), options);
}

Result<std::unique_ptr<Model>> read_ensemble(const ModelOptions& options, const ModelFiles& files) {
  ASSIGN_OR_RETURN(auto boosted, read_xgboost(options, files_of(files, kXgboost)));
  ASSIGN_OR_RETURN(auto smoothing, read_smoothing(kTsb, files_of(files, kTsb)));
  ASSIGN_OR_RETURN(auto average, read_moving_average(files_of(files, kMovingAverage)));
  return ensemble_of(std::move(boosted), std::move(smoothing), std::move(average), options);
}

}  // namespace millrace
