// The names of the features, and sets of them: what the configuration lists and a trained model stores.
//
// The enum's order is that of a row (features.h computes it). A stored model names its features, so the order may
// change; a name's meaning may not.
// Errors: an unknown name is `invalid`. Thread rule: values.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

enum class Feature : std::uint8_t {
  // Level: pieces a day.
  mean_7,
  mean_14,
  mean_28,
  mean_56,
  mean_91,
  mean_182,
  deviation_7,
  deviation_28,
  deviation_91,
  smoothed_slow,
  smoothed_fast,
  capped_mean_28,
  lag_0,
  lag_1,
  lag_2,
  level,
  // Intermittency.
  orders_28,
  sold_share_28,
  sold_share_91,
  log_mean_7,
  log_mean_28,
  log_mean_91,
  days_since_sale,
  age_days,
  // The target's weekday.
  weekday_last,
  weekday_mean_4,
  weekday_mean_8,
  shop_weekday_factor,
  shop_weekday_open,
  expected,
  // Trend.
  trend_7_28,
  trend_28_91,
  shop_trend_7_28,
  shop_trend_28_91,
  // Price and interest.
  price,
  price_ratio_28,
  views_7,
  views_28,
  carts_7,
  carts_28,
  returned_28,
  // Category.
  category_level,
  category_trend_7_28,
  category_weekday_factor,
  share_of_category,
  // Calendar of the target.
  horizon,
  weekday,
  day_of_month,
  day_of_year,
  week,
  month,
  quarter,
  is_month_end,
  is_weekend,
  // Last year, 52 weeks before the target; 0 in a shorter history.
  last_year_7,
  last_year_21,
  last_year_ratio,
  last_year_shop_ratio,
};
constexpr std::size_t kFeatures = 58;
using FeatureRow = std::array<float, kFeatures>;

std::string_view to_string(Feature feature);
/// What it tells of, in words: "level", "how often it sells", …
std::string_view group_of(Feature feature);

/// Which features a model sees, in the order of the enum.
using FeatureSet = std::vector<Feature>;

/// All of them.
FeatureSet all_features();
/// Fault invalid for a name that does not exist (it says which is nearest), one given twice, and for none at all.
Result<FeatureSet> feature_set_from(std::span<const std::string> names);
std::vector<std::string> names_of(const FeatureSet& features);

}  // namespace millrace
