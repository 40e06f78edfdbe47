// How a product's demand answers to its price, so that a promotion is not mistaken for a level.
//
// Demand goes with price^-e. The elasticity e >= 0 is one number for the shop: the one of a grid with which the price
// known in the evening says best what is sold on the next day, over the last half year, on days after an unusual price
// (Tweedie deviance, as XGBoost's loss). It is 0 where that is no better than to ignore prices, as in a shop whose
// prices fall with the quantity ordered. A product's usual price is the median of the last eight weeks.
// Units: pieces, money a piece. Thread rule: pure functions.
#pragma once

#include <span>
#include <string_view>

#include "forecast/model.h"

namespace millrace {

/// The median of the last 56 prices that are above 0; 0 where there is none.
double usual_price(std::span<const float> prices);

/// What a price makes of the demand at the usual one: (price ÷ usual)^-e, from 1/5 to 5; 1 where one of them is 0.
double price_effect(double price, double usual, double elasticity);

/// From days before `end` alone.
double price_elasticity(const Series& series, int end);

/// How a model stores it. Fault corrupt where the file is missing or holds something else.
constexpr std::string_view kPriceFile = "prices.json";
Json elasticity_to_json(double elasticity);
Result<double> elasticity_from(const ModelFiles& files);

}  // namespace millrace
