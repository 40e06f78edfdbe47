#include "forecast/drift.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "forecast/features.h"
#include "forecast/naive.h"

namespace millrace {
namespace {

constexpr std::size_t kBins = 10;
constexpr double kLargeIndex = 0.25;
constexpr double kShareMin = 1e-4;  // of an empty bin, so that it has a logarithm
constexpr double kWorse = 1.25;
constexpr double kChangedShare = 0.25;
constexpr int kDaysJudged = 7;

/// The values of each feature over the products alive on the origin.
std::vector<std::vector<float>> values_of(const Series& series, int origin, const FeatureSet& features) {
  std::vector<std::vector<float>> values(features.size());
  FeatureReader reader(series, origin);
  FeatureRow row;
  for (int product = 0; product < series.products(); ++product) {
    if (!is_alive(series, product, origin + 1)) {
      continue;
    }
    reader.select(product);
    reader.read(kNextDay, row);
    for (std::size_t i = 0; i < features.size(); ++i) {
      values[i].push_back(row[static_cast<std::size_t>(features[i])]);
    }
  }
  return values;
}

std::vector<double> shares_of(const std::vector<float>& values, const std::vector<float>& edges) {
  std::vector<double> shares(edges.size() + 1, 0);
  for (const float value : values) {
    const auto bin = static_cast<std::size_t>(std::ranges::lower_bound(edges, value) - edges.begin());
    shares[bin] += 1 / static_cast<double>(values.size());
  }
  return shares;
}

std::string percent(double share) { return format("{:.1f} %", share * 100); }

}  // namespace

InputProfile InputProfile::of(const Series& series, int origin, const FeatureSet& features) {
  InputProfile profile;
  const auto values = values_of(series, origin, features);
  for (std::size_t i = 0; i < features.size(); ++i) {
    std::vector<float> sorted = values[i];
    profile.products_ = static_cast<int>(sorted.size());
    std::ranges::sort(sorted);
    if (sorted.empty() || sorted.front() == sorted.back()) {
      continue;  // the same for all products: of the day, not of the shop
    }
    Bins bins{.feature = features[i], .edges = {}, .shares = {}};
    for (std::size_t bin = 1; bin < kBins; ++bin) {
      const float edge = sorted[sorted.size() * bin / kBins];
      if (edge < sorted.back() && (bins.edges.empty() || edge > bins.edges.back())) {
        bins.edges.push_back(edge);
      }
    }
    bins.shares = shares_of(values[i], bins.edges);
    profile.features_.push_back(std::move(bins));
  }
  return profile;
}

Json InputProfile::to_json() const {
  Json json = {{"products", products_}, {"features", Json::object()}};
  for (const Bins& bins : features_) {
    json["features"][std::string(to_string(bins.feature))] = {{"edges", bins.edges}, {"shares", bins.shares}};
  }
  return json;
}

Result<InputProfile> InputProfile::from_json(const Json& json) {
  InputProfile profile;
  try {
    profile.products_ = json.at("products").get<int>();
    for (const auto& [name, bins] : json.at("features").items()) {
      ASSIGN_OR_RETURN(const FeatureSet feature, feature_set_from(std::vector{name}));
      profile.features_.push_back({.feature = feature.front(),
                                   .edges = bins.at("edges").get<std::vector<float>>(),
                                   .shares = bins.at("shares").get<std::vector<double>>()});
      const Bins& read = profile.features_.back();
      if (!std::ranges::is_sorted(read.edges) || read.shares.size() != read.edges.size() + 1) {
        return fail(Fault::invalid, format("the profile of the model's inputs is damaged; train again: {}", name));
      }
    }
  } catch (const Json::exception& error) {
    return fail(Fault::invalid,
                format("the model was stored without a profile of its inputs; train again: {}", error.what()));
  }
  return profile;
}

std::vector<InputProfile::Change> InputProfile::changes(const Series& series, int origin) const {
  FeatureSet features;
  for (const Bins& bins : features_) {
    features.push_back(bins.feature);
  }
  const auto values = values_of(series, origin, features);
  std::vector<Change> changes;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const std::vector<double> now = shares_of(values[i], features_[i].edges);
    double index = 0;
    for (std::size_t bin = 0; bin < now.size(); ++bin) {
      const double a = std::max(now[bin], kShareMin);
      const double b = std::max(features_[i].shares[bin], kShareMin);
      index += (a - b) * std::log(a / b);
    }
    // By chance alone the index has about this mean; twice of it is rare.
    const double chance =
        static_cast<double>(now.size() - 1) *
        (1.0 / std::max(1, products_) + 1.0 / std::max<double>(1, static_cast<double>(values[i].size())));
    changes.push_back({.feature = features[i], .index = index, .is_large = index > kLargeIndex + 2 * chance});
  }
  std::ranges::sort(changes, {}, [](const Change& change) { return std::pair(-change.index, change.feature); });
  return changes;
}

Json DriftReport::to_json() const {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  Json json = {{"trained_to", to_string(trained_to)},
               {"age_days", age_days},
               {"wape_then", wape_then},
               {"wape_now", number(wape_now)},
               {"seasonal_naive_now", number(naive_now)},
               {"inputs", Json::array()},
               {"stale", is_stale()},
               {"reasons", reasons}};
  for (const InputProfile::Change& change : inputs) {
    json["inputs"].push_back(
        {{"feature", to_string(change.feature)}, {"stability_index", change.index}, {"large", change.is_large}});
  }
  return json;
}

Result<DriftReport> drift_of(const LoadedForecaster& model, const Series& series, int age_days_max) {
  ASSIGN_OR_RETURN(const InputProfile profile, InputProfile::from_json(model.metadata.value("inputs", Json())));
  const Json data = model.metadata.value("data", Json::object());
  const auto trained_to = parse_day(data.value("last_day", ""));
  const Json then =
      model.metadata.value("metrics", Json::object()).value("next_day", Json::object()).value("wape", Json());
  if (!trained_to) {
    return fail(Fault::invalid, "the model was stored without the last day that it has learnt; train again");
  }
  DriftReport report{.trained_to = *trained_to, .age_days = series.last_day().number - trained_to->number};
  report.wape_then = then.is_number() ? then.get<double>() : 0;
  report.inputs = profile.changes(series, series.days() - 1);
  const int begin = series.index(*trained_to) + 1;
  if (begin >= 1 && series.days() - begin >= kDaysJudged) {
    ASSIGN_OR_RETURN(const Evaluation now, evaluate(model.forecaster, series, begin, series.days()));
    ASSIGN_OR_RETURN(const Forecaster naive, Forecaster::fit(kSeasonalNaive, {}, series, begin));
    ASSIGN_OR_RETURN(const Evaluation naive_now, evaluate(naive, series, begin, series.days()));
    report.wape_now = now.next_day.wape;
    report.naive_now = naive_now.next_day.wape;
  }
  if (report.age_days > age_days_max) {
    report.reasons.push_back(
        format("it has not learnt the last {} days, {} are allowed", report.age_days, age_days_max));
  }
  if (report.wape_now && report.wape_then > 0 && *report.wape_now > kWorse * report.wape_then) {
    report.reasons.push_back(format("its WAPE was {} when it was trained and is {} since", percent(report.wape_then),
                                    percent(*report.wape_now)));
  }
  const auto large = std::ranges::count_if(report.inputs, &InputProfile::Change::is_large);
  if (static_cast<double>(large) > kChangedShare * static_cast<double>(report.inputs.size())) {
    report.reasons.push_back(format("{} of {} inputs have changed, {} most", large, report.inputs.size(),
                                    to_string(report.inputs.front().feature)));
  }
  return report;
}

}  // namespace millrace
