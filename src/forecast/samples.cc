#include "forecast/samples.h"

#include <algorithm>
#include <array>

#include "base/format.h"

namespace millrace {
namespace {

/// The first origins have hardly any history behind them: an eighth of the days is left out, eight weeks at most.
int first_origin(int end) { return std::min(end / 8, 56); }

/// A well mixed number of (seed, product, origin). Source: S. Vigna, splitmix64's finalizer.
std::uint64_t draw(std::uint64_t seed, int product, int origin) {
  std::uint64_t x = seed * 0x9e3779b97f4a7c15U + (static_cast<std::uint64_t>(product) << 32U) +
                    static_cast<std::uint64_t>(origin) + 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

// Two of most seasons.
constexpr int kDaysForSharedFeatures = 500;
constexpr std::array kSharedFeatures{
    Feature::shop_trend_7_28,         Feature::shop_trend_28_91, Feature::category_level, Feature::category_trend_7_28,
    Feature::category_weekday_factor, Feature::day_of_month,     Feature::is_month_end};

void append(const FeatureReader& reader, int horizon, const FeatureSet& features, Samples& samples) {
  FeatureRow row;
  reader.read(horizon, row);
  for (const Feature feature : features) {
    samples.values.push_back(row[static_cast<std::size_t>(feature)]);
  }
  samples.expected.push_back(static_cast<float>(reader.expected(horizon)));
}

}  // namespace

Result<Samples> training_samples(const Series& series, int end, std::span<const int> horizons,
                                 const ModelOptions& options, const DemandSignals& signals) {
  Samples samples;
  samples.columns = options.features.size();
  const int horizon_min = *std::ranges::min_element(horizons);
  const int begin = first_origin(end);
  const int origins_end = end - horizon_min;
  std::int64_t candidates = 0;
  for (int product = 0; product < series.products(); ++product) {
    candidates += std::max(0, origins_end - std::max(begin, series.first_sale(product)));
  }
  if (candidates == 0) {
    return fail(Fault::invalid, "no product has sales history long enough to learn from; wait, or add history");
  }
  const double share = std::min(1.0, static_cast<double>(options.rows_max) / static_cast<double>(candidates));
  const auto kept_below = static_cast<std::uint64_t>(share * static_cast<double>(1U << 31U));
  const auto rows = static_cast<std::size_t>(std::min(candidates, options.rows_max + options.rows_max / 50 + 100));
  samples.values.reserve(rows * samples.columns);
  samples.expected.reserve(rows);
  samples.targets.reserve(rows);
  for (int origin = begin; origin < origins_end; ++origin) {
    FeatureReader reader(series, origin, signals);
    const auto horizons_left = static_cast<std::uint64_t>(
        std::ranges::count_if(horizons, [&](int horizon) { return origin + horizon < end; }));
    for (int product = 0; product < series.products(); ++product) {
      if (series.first_sale(product) > origin) {
        continue;
      }
      const std::uint64_t random = draw(options.seed, product, origin);
      if (random >> 33U >= kept_below) {
        continue;
      }
      const int horizon = horizons[(random & 0xffffffffU) % horizons_left];
      if (is_out_of_stock(series.stock_outs(product, end), origin + horizon)) {
        continue;
      }
      reader.select(product);
      append(reader, horizon, options.features, samples);
      samples.targets.push_back(series.value(Channel::units, product, origin + horizon));
    }
  }
  if (samples.rows() == 0) {
    return fail(Fault::invalid, format("sampling left no row to learn from; raise rows_max: {}", options.rows_max));
  }
  return samples;
}

void blank_shared_features(const FeatureSet& features, int end, Samples& samples) {
  if (end > kDaysForSharedFeatures) {
    return;
  }
  for (std::size_t column = 0; column < features.size(); ++column) {
    if (std::ranges::find(kSharedFeatures, features[column]) != kSharedFeatures.end()) {
      for (std::size_t row = 0; row < samples.rows(); ++row) {
        samples.values[row * samples.columns + column] = 0;
      }
    }
  }
}

Samples prediction_samples(const Series& series, int origin, const Predictions& predictions,
                           std::span<const int> horizons, const FeatureSet& features, const DemandSignals& signals) {
  Samples samples;
  samples.columns = features.size();
  const std::size_t rows = predictions.products.size() * horizons.size();
  samples.values.reserve(rows * samples.columns);
  samples.expected.reserve(rows);
  FeatureReader reader(series, origin, signals);
  for (const int product : predictions.products) {
    reader.select(product);
    for (const int horizon : horizons) {
      append(reader, horizon, features, samples);
    }
  }
  return samples;
}

}  // namespace millrace
