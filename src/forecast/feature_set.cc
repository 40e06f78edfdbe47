#include "forecast/feature_set.h"

#include <algorithm>

#include "base/format.h"
#include "base/nearest.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, kFeatures> kNames{"mean_7",
                                                         "mean_14",
                                                         "mean_28",
                                                         "mean_56",
                                                         "mean_91",
                                                         "mean_182",
                                                         "deviation_7",
                                                         "deviation_28",
                                                         "deviation_91",
                                                         "smoothed_slow",
                                                         "smoothed_fast",
                                                         "capped_mean_28",
                                                         "lag_0",
                                                         "lag_1",
                                                         "lag_2",
                                                         "level",
                                                         "orders_28",
                                                         "sold_share_28",
                                                         "sold_share_91",
                                                         "log_mean_7",
                                                         "log_mean_28",
                                                         "log_mean_91",
                                                         "days_since_sale",
                                                         "age_days",
                                                         "weekday_last",
                                                         "weekday_mean_4",
                                                         "weekday_mean_8",
                                                         "shop_weekday_factor",
                                                         "shop_weekday_open",
                                                         "expected",
                                                         "trend_7_28",
                                                         "trend_28_91",
                                                         "shop_trend_7_28",
                                                         "shop_trend_28_91",
                                                         "price",
                                                         "price_ratio_28",
                                                         "views_7",
                                                         "views_28",
                                                         "carts_7",
                                                         "carts_28",
                                                         "returned_28",
                                                         "category_level",
                                                         "category_trend_7_28",
                                                         "category_weekday_factor",
                                                         "share_of_category",
                                                         "horizon",
                                                         "weekday",
                                                         "day_of_month",
                                                         "day_of_year",
                                                         "week",
                                                         "month",
                                                         "quarter",
                                                         "is_month_end",
                                                         "is_weekend",
                                                         "last_year_7",
                                                         "last_year_21",
                                                         "last_year_ratio",
                                                         "last_year_shop_ratio"};
static_assert(static_cast<std::size_t>(Feature::last_year_shop_ratio) + 1 == kFeatures);
static_assert(!kNames.back().empty(), "each feature has a name");

}  // namespace

std::string_view to_string(Feature feature) { return kNames[static_cast<std::size_t>(feature)]; }

std::string_view group_of(Feature feature) {
  struct Group {
    Feature last;
    std::string_view name;
  };
  static constexpr std::array kGroups{Group{Feature::level, "its level"},
                                      Group{Feature::age_days, "how often it sells"},
                                      Group{Feature::expected, "the day of the week"},
                                      Group{Feature::shop_trend_28_91, "its trend and the shop's"},
                                      Group{Feature::returned_28, "price and interest"},
                                      Group{Feature::share_of_category, "its category"},
                                      Group{Feature::is_weekend, "the calendar"},
                                      Group{Feature::last_year_shop_ratio, "last year"}};
  return std::ranges::lower_bound(kGroups, feature, {}, &Group::last)->name;
}

FeatureSet all_features() {
  FeatureSet features;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    features.push_back(static_cast<Feature>(i));
  }
  return features;
}

Result<FeatureSet> feature_set_from(std::span<const std::string> names) {
  FeatureSet features;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(kNames, name);
    if (found == kNames.end()) {
      const auto candidate = nearest_name(name, names_of(all_features()));
      return fail(Fault::invalid, candidate
                                      ? format("there is no such feature, did you mean {}: \"{}\"", *candidate, name)
                                      : format("there is no such feature: \"{}\"", name));
    }
    const auto feature = static_cast<Feature>(found - kNames.begin());
    if (std::ranges::find(features, feature) != features.end()) {
      return fail(Fault::invalid, format("a feature is listed twice: \"{}\"", name));
    }
    features.push_back(feature);
  }
  if (features.empty()) {
    return fail(Fault::invalid, "a model needs at least one feature; list some");
  }
  std::ranges::sort(features);
  return features;
}

std::vector<std::string> names_of(const FeatureSet& features) {
  std::vector<std::string> names;
  for (const Feature feature : features) {
    names.emplace_back(to_string(feature));
  }
  return names;
}

}  // namespace millrace
