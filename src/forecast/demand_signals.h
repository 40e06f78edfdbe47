// What a shop's days say about its demand beside what was sold: how it answers to prices, how far views tell it, and
// whether its categories have weekdays of their own.
//
// Found on the shop's own last half year, and none where they do not help: price_response.h finds the first two,
// views_level.h the third, weekday_profile.h the last. Every model that stands on levels finds and stores them.
// Errors: corrupt where a model's file is missing or holds something else. Thread rule: values and pure functions.
#pragma once

#include <string_view>

#include "forecast/model.h"

namespace millrace {

struct DemandSignals {
  double elasticity = 0;           // >= 0: demand goes with price^-elasticity
  double promotion_lift = 1;       // >= 1: a factor on days of planned promotions besides
  double views_weight = 0;         // 0 to 1: of the level by views
  bool category_weekdays = false;  // each category has a profile of its own
  bool operator==(const DemandSignals&) const = default;

  bool has_price_response() const { return elasticity != 0 || promotion_lift != 1; }
};

/// From days before `end` alone.
DemandSignals find_demand_signals(const Series& series, int end);

/// How a model stores them.
constexpr std::string_view kSignalsFile = "demand_signals.json";
Json to_json(const DemandSignals& signals);
Result<DemandSignals> demand_signals_from(const ModelFiles& files);

}  // namespace millrace
