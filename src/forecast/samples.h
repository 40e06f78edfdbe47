// Training rows: features of (product, origin, horizon), and what was sold on the target day.
//
// Every pair of a product and an origin on which it is alive is a candidate, its horizon drawn among those asked for.
// Where there are more than rows_max, each is kept with the same probability. Both draws are hashes of (seed, product,
// origin): they depend on nothing else, so adding a product or a day does not reshuffle the others' rows.
// Thread rule: pure functions.
#pragma once

#include "forecast/features.h"
#include "forecast/model.h"

namespace millrace {

/// Row-major, features.size() columns.
struct Samples {
  std::size_t columns = 0;
  std::vector<float> values;
  std::vector<float> targets;   // pieces sold; empty for rows to predict
  std::vector<float> expected;  // FeatureReader::expected(), > 0

  std::size_t rows() const { return expected.size(); }
};

/// Targets lie before `end`; those on which a product was out of stock are left out. Fault invalid where there is no
/// row at all.
Result<Samples> training_samples(const Series& series, int end, std::span<const int> horizons,
                                 const ModelOptions& options, const DemandSignals& signals = {});

/// For training rows of a history of 500 days or less: features that (nearly) all products share on a day (trends of
/// the shop, the day of the month) become 0, so that no model gives them a weight. It would learn single days by heart.
void blank_shared_features(const FeatureSet& features, int end, Samples& samples);

/// One row for each product of the predictions and each of these horizons, product by product.
Samples prediction_samples(const Series& series, int origin, const Predictions& predictions,
                           std::span<const int> horizons, const FeatureSet& features,
                           const DemandSignals& signals = {});

}  // namespace millrace
