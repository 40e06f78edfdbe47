#include "forecast/model.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"
#include "forecast/level.h"

namespace millrace {

Result<std::vector<Predictions>> Model::predict_members(const Series& series, int origin,
                                                        std::span<const int> horizons) const {
  std::vector<Predictions> all;
  ASSIGN_OR_RETURN(all.emplace_back(), predict(series, origin, horizons));
  return all;
}

Result<Explanation> Model::explain(const Series& series, int origin, int product, int horizon) const {
  ASSIGN_OR_RETURN(const Predictions predictions, predict(series, origin, std::span(&horizon, 1)));
  const auto found = std::ranges::lower_bound(predictions.products, product);
  CHECK(found != predictions.products.end() && *found == product);
  const auto index = static_cast<std::size_t>(found - predictions.products.begin());
  return Explanation{.mean = static_cast<double>(predictions.means[index]), .explained = std::string(name())};
}

Predictions predictions_for(const Series& series, int origin, std::span<const int> horizons) {
  Predictions predictions;
  predictions.horizons.assign(horizons.begin(), horizons.end());
  for (int product = 0; product < series.products(); ++product) {
    if (is_alive(series, product, origin + 1)) {
      predictions.products.push_back(product);
    }
  }
  predictions.means.resize(predictions.products.size() * horizons.size());
  return predictions;
}

Result<void> require_history(int end, int days_min) {
  if (end < days_min) {
    return fail(Fault::invalid,
                format("too little sales history to learn from; wait, or add history: {} of {} days", end, days_min));
  }
  return {};
}

}  // namespace millrace
