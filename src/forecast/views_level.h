// A product's level by its views: how often it is looked at now, times what a view has been worth.
//
// Views are many where orders are few: the last two weeks of them say more about a level than the same orders would,
// and follow a change sooner. A view's worth is what was sold for each over the last 13 weeks. Both are counted without
// planned promotions and stock-outs, and as if at the usual price, of which half acts on views and half on what they
// lead to. A shop whose views mean little (robots, a front page that turns) shows it in its own past: the weight of
// this level is the one of a grid that says best what the shop sold on days of the last twelve weeks (Tweedie
// deviance), and 0 where that is no better. Thread rule: pure functions.
#pragma once

#include <optional>

#include "forecast/demand_signals.h"
#include "forecast/price_response.h"

namespace millrace {

/// Pieces a day; nothing where there are too few days or views.
std::optional<double> level_by_views(const Series& series, int product, int end, const PriceEffects& prices);

/// From days before `end` alone.
double find_views_weight(const Series& series, int end, const DemandSignals& signals);

}  // namespace millrace
