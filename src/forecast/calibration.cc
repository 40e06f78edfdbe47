#include "forecast/calibration.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/check.h"
#include "base/format.h"
#include "forecast/weights.h"

namespace millrace {
namespace {

constexpr std::size_t kBinsMax = 25;
constexpr std::size_t kOutcomesOfBin = 100;  // at least, where there are so many: a P90 of fewer is chance
constexpr float kMeanMin = 1e-4F;            // as the smallest forecast of features.h
constexpr int kAgeDaysMin = 28;
constexpr std::int64_t kForecastsMax = 150'000;  // of products, each of a week
constexpr int kOriginsApartMax = 6;

}  // namespace

double quantile_of(const std::vector<double>& sorted, double level) {
  CHECK(!sorted.empty() && level >= 0 && level <= 1);
  const double position = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

QuantileTable::QuantileTable(std::vector<Outcome> outcomes) {
  std::ranges::sort(outcomes);
  const std::size_t count = std::clamp<std::size_t>(outcomes.size() / kOutcomesOfBin, 1, kBinsMax);
  for (std::size_t begin = 0, bin = 1; begin < outcomes.size(); ++bin) {
    std::size_t end = outcomes.size() * std::min(bin, count) / count;
    if (end <= begin) {
      continue;  // taken by the bin before
    }
    // Equal means stay together, or their small sales would be in one bin and their large ones in the next.
    while (end < outcomes.size() && outcomes[end].mean == outcomes[end - 1].mean) {
      ++end;
    }
    std::vector<double> factors;
    factors.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      factors.push_back(static_cast<double>(outcomes[i].sold / std::max(outcomes[i].mean, kMeanMin)));
    }
    std::ranges::sort(factors);
    Bin& added = bins_.emplace_back(Bin{.mean_max = outcomes[end - 1].mean, .factors = {}});
    for (std::size_t i = 0; i < kQuantileLevels.size(); ++i) {
      added.factors[i] = quantile_of(factors, kQuantileLevels[i]);
    }
    begin = end;
  }
}

Quantiles QuantileTable::around(float mean) const {
  if (bins_.empty()) {
    return {mean, mean, mean};
  }
  auto bin = std::ranges::lower_bound(bins_, mean, {}, &Bin::mean_max);
  if (bin == bins_.end()) {
    --bin;
  }
  Quantiles quantiles;
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    quantiles[i] = static_cast<float>(bin->factors[i] * static_cast<double>(std::max(mean, kMeanMin)));
  }
  return quantiles;
}

Json QuantileTable::to_json() const {
  Json bins = Json::array();
  for (const Bin& bin : bins_) {
    bins.push_back({{"mean_max", bin.mean_max}, {"factors", bin.factors}});
  }
  return bins;
}

Result<QuantileTable> QuantileTable::from_json(const Json& json) {
  QuantileTable table;
  try {
    for (const Json& bin : json) {
      table.bins_.push_back(
          {.mean_max = bin.at("mean_max").get<float>(), .factors = bin.at("factors").get<std::array<double, 3>>()});
    }
  } catch (const Json::exception& error) {
    return fail(Fault::corrupt, format("could not read a quantile table; train again: {}", error.what()));
  }
  for (const Bin& bin : table.bins_) {
    if (!std::isfinite(bin.mean_max) || !std::ranges::is_sorted(bin.factors) || !(bin.factors.front() >= 0) ||
        !std::isfinite(bin.factors.back())) {
      return fail(Fault::corrupt, "a quantile table holds factors that cannot be; train again");
    }
  }
  if (!std::ranges::is_sorted(table.bins_, {}, &Bin::mean_max)) {
    return fail(Fault::corrupt, "the bins of a quantile table are out of order; train again");
  }
  return table;
}

Json Calibration::to_json() const {
  return {{"weights", {{"next_day", weights.next_day}, {"next_week", weights.next_week}}},
          {"next_day", next_day.to_json()},
          {"next_week", next_week.to_json()},
          {"week_total", week_total.to_json()},
          {"category", category.to_json()}};
}

namespace {

Result<std::vector<double>> weights_from(const Json& json) {
  const auto is_weight = [](const Json& value) { return value.is_number() && value.get<double>() >= 0; };
  if (!json.is_array() || json.empty() || !std::ranges::all_of(json, is_weight)) {
    return fail(Fault::corrupt, "the weights of a model are no numbers that can be; train again");
  }
  return json.get<std::vector<double>>();
}

}  // namespace

Result<Calibration> Calibration::from_json(const Json& json) {
  Calibration calibration;
  for (const char* const name : {"weights", "next_day", "next_week", "week_total", "category"}) {
    if (!json.is_object() || !json.contains(name)) {
      return fail(Fault::corrupt, format("a part of the calibration is missing; train again: {}", name));
    }
  }
  const Json& weights = json["weights"];
  ASSIGN_OR_RETURN(calibration.weights.next_day, weights_from(weights.value("next_day", Json())));
  ASSIGN_OR_RETURN(calibration.weights.next_week, weights_from(weights.value("next_week", Json())));
  ASSIGN_OR_RETURN(calibration.next_day, QuantileTable::from_json(json["next_day"]));
  ASSIGN_OR_RETURN(calibration.next_week, QuantileTable::from_json(json["next_week"]));
  ASSIGN_OR_RETURN(calibration.week_total, QuantileTable::from_json(json["week_total"]));
  ASSIGN_OR_RETURN(calibration.category, QuantileTable::from_json(json["category"]));
  return calibration;
}

namespace {

/// What the members of a model said of days that they have not learnt, and what was sold.
struct HeldOut {
  std::vector<int> origins;  // of each cell, as all down to `sold`; a product's horizons follow each other
  std::vector<int> horizons;
  std::vector<int> categories;
  std::vector<float> sold;
  std::vector<float> said;  // members by members
  std::size_t members = 0;

  std::span<const float> said_of(std::size_t cell) const { return std::span(said).subspan(cell * members, members); }
};

/// So that a shop of many products has no more forecasts to make than one of few: every so many origins, a number that
/// has no factor in common with a week, whose days all count.
int origins_apart(const Series& series, int begin, int end) {
  const std::int64_t all = std::int64_t{series.products()} * (end - begin);
  return static_cast<int>(std::clamp<std::int64_t>(all / kForecastsMax, 1, kOriginsApartMax));
}

Result<HeldOut> forecast_held_out(const Model& model, const Series& series, int begin, int end) {
  HeldOut all;
  const int step = origins_apart(series, begin, end);
  for (int origin = begin - 1; origin + 1 < end; origin += step) {
    const std::size_t known = std::min(kNextWeek.size(), static_cast<std::size_t>(end - 1 - origin));
    const auto horizons = std::span(kNextWeek).first(known);
    ASSIGN_OR_RETURN(const auto members, model.predict_members(series, origin, horizons));
    all.members = members.size();
    for (std::size_t i = 0; i < members[0].products.size(); ++i) {
      const int product = members[0].products[i];
      if (origin + 1 - series.first_sale(product) < std::min(kAgeDaysMin, origin / 2)) {
        continue;
      }
      for (std::size_t k = 0; k < known; ++k) {
        all.origins.push_back(origin);
        all.horizons.push_back(horizons[k]);
        all.categories.push_back(series.category(product, origin + 1));
        all.sold.push_back(series.value(Channel::units, product, origin + horizons[k]));
        for (const Predictions& member : members) {
          all.said.push_back(member.means[member.index(i, k)]);
        }
      }
    }
  }
  return all;
}

MixWeights find_weights(const HeldOut& held_out, const MixWeights& usual) {
  WeightFinder next_day(usual.next_day);
  WeightFinder next_week(usual.next_week);
  for (std::size_t cell = 0; cell < held_out.sold.size(); ++cell) {
    (held_out.horizons[cell] == kNextDay ? next_day : next_week).add(held_out.said_of(cell), held_out.sold[cell]);
  }
  return {.next_day = next_day.weights(), .next_week = next_week.weights()};
}

/// The outcomes of categories, and of the whole shop, day by day.
class CategorySums {
 public:
  void add(int origin, int horizon, int category, const Outcome& outcome) {
    for (const int one : {category, kWholeShop}) {
      Outcome& sum = sums_[{origin, horizon, one}];
      sum = sum + outcome;
    }
  }

  std::vector<Outcome> outcomes() const {
    std::vector<Outcome> all;
    for (const auto& [key, sum] : sums_) {
      all.push_back(sum);
    }
    return all;
  }

 private:
  static constexpr int kWholeShop = -1;
  std::map<std::tuple<int, int, int>, Outcome> sums_;  // by origin, horizon and category
};

float mix(std::span<const float> said, const std::vector<double>& weights) {
  double mean = 0;
  for (std::size_t member = 0; member < said.size(); ++member) {
    mean += weights[member] * static_cast<double>(said[member]);
  }
  return static_cast<float>(mean);
}

}  // namespace

Result<Calibration> calibrate(Model& model, const Series& series, int begin, int end) {
  CHECK(begin >= 1 && begin < end && end <= series.days());
  ASSIGN_OR_RETURN(const HeldOut held_out, forecast_held_out(model, series, begin, end));
  const MixWeights weights = find_weights(held_out, model.weights());
  model.set_weights(weights);
  std::vector<Outcome> next_day;
  std::vector<Outcome> next_week;
  std::vector<Outcome> totals;
  Outcome total;
  CategorySums categories;
  for (std::size_t cell = 0; cell < held_out.sold.size(); ++cell) {
    const int horizon = held_out.horizons[cell];
    const Outcome outcome{.mean = mix(held_out.said_of(cell), weights.of(horizon)), .sold = held_out.sold[cell]};
    (horizon == kNextDay ? next_day : next_week).push_back(outcome);
    total = horizon == kNextDay ? outcome : total + outcome;
    if (horizon == kNextWeek.back()) {
      totals.push_back(total);
    }
    categories.add(held_out.origins[cell], horizon, held_out.categories[cell], outcome);
  }
  return Calibration{.weights = weights,
                     .next_day = QuantileTable(std::move(next_day)),
                     .next_week = QuantileTable(std::move(next_week)),
                     .week_total = QuantileTable(std::move(totals)),
                     .category = QuantileTable(categories.outcomes())};
}

}  // namespace millrace
