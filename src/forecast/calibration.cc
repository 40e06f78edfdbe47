#include "forecast/calibration.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

constexpr std::size_t kBinsMax = 25;
constexpr std::size_t kOutcomesOfBin = 100;  // at least, where there are so many: a P90 of fewer is chance
constexpr float kMeanMin = 1e-4F;            // as the smallest forecast of features.h
constexpr int kAgeDaysMin = 28;

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
  return {{"weights", weights},
          {"next_day", next_day.to_json()},
          {"next_week", next_week.to_json()},
          {"week_total", week_total.to_json()}};
}

Result<Calibration> Calibration::from_json(const Json& json) {
  Calibration calibration;
  if (const auto weights = json.find("weights"); weights != json.end()) {
    const auto is_weight = [](const Json& value) { return value.is_number() && value.get<double>() >= 0; };
    if (!weights->is_array() || !std::ranges::all_of(*weights, is_weight)) {
      return fail(Fault::corrupt, "the weights of a model are no numbers that can be; train again");
    }
    calibration.weights = weights->get<std::vector<double>>();
  }
  for (auto& [name, table] :
       {std::pair("next_day", &calibration.next_day), std::pair("next_week", &calibration.next_week),
        std::pair("week_total", &calibration.week_total)}) {
    const auto found = json.find(name);
    if (found == json.end()) {
      return fail(Fault::corrupt, format("a quantile table is missing; train again: {}", name));
    }
    ASSIGN_OR_RETURN(*table, QuantileTable::from_json(*found));
  }
  return calibration;
}

Result<Calibration> calibrate(Model& model, const Series& series, int begin, int end) {
  CHECK(begin >= 1 && begin < end && end <= series.days());
  ASSIGN_OR_RETURN(std::vector<double> weights, model.weights_from(series, begin, end));
  model.set_weights(weights);
  std::vector<Outcome> next_day;
  std::vector<Outcome> next_week;
  std::vector<Outcome> totals;
  for (int origin = begin - 1; origin + 1 < end; ++origin) {
    const std::size_t known = std::min(kNextWeek.size(), static_cast<std::size_t>(end - 1 - origin));
    const auto horizons = std::span(kNextWeek).first(known);
    ASSIGN_OR_RETURN(const Predictions predictions, model.predict(series, origin, horizons));
    for (std::size_t i = 0; i < predictions.products.size(); ++i) {
      const int product = predictions.products[i];
      if (origin + 1 - series.first_sale(product) < std::min(kAgeDaysMin, origin / 2)) {
        continue;
      }
      Outcome total{.mean = 0, .sold = 0};
      for (std::size_t k = 0; k < known; ++k) {
        const Outcome outcome{.mean = predictions.means[predictions.index(i, k)],
                              .sold = series.value(Channel::units, product, origin + horizons[k])};
        (horizons[k] == kNextDay ? next_day : next_week).push_back(outcome);
        total.mean += outcome.mean;
        total.sold += outcome.sold;
      }
      if (known == kNextWeek.size()) {
        totals.push_back(total);
      }
    }
  }
  return Calibration{.weights = std::move(weights),
                     .next_day = QuantileTable(std::move(next_day)),
                     .next_week = QuantileTable(std::move(next_week)),
                     .week_total = QuantileTable(std::move(totals))};
}

}  // namespace millrace
