// How a product's demand answers to its price, so that a promotion is not mistaken for a level.
//
// Demand goes with price^-e, and in a planned promotion (price_plan.h) by a lift besides, since it is also seen more.
// Both are numbers of the shop: those of a grid with which the price that is known in the evening says best what is
// sold on the next day, over the last half year, on days with an unusual price (Tweedie deviance, as XGBoost's loss).
// There is no response where that is no better than to ignore prices, as in a shop whose prices fall with the quantity
// ordered. A product's usual price is the median of the last eight weeks, without promotions.
// Units: pieces, money a piece. Thread rule: pure functions; PriceEffects belongs to one thread.
#pragma once

#include <span>
#include <vector>

#include "forecast/demand_signals.h"

namespace millrace {

/// (price ÷ usual)^-e, from 1/5 to 5; 1 where one of them is 0.
double price_effect(double price, double usual, double elasticity);

/// What a product's prices make of its demand, as the evening before `end` knows it.
class PriceEffects {
 public:
  PriceEffects(const Series& series, int product, int end, const DemandSignals& signals);

  /// The price of a day, or what is expected of it for days from `end` on: what is planned; the usual one where a
  /// promotion is over; else the last one.
  double price(int day) const;
  double usual() const { return usual_; }
  bool is_promoted(int day) const { return series_->price_plan().find(product_, day, end_) != nullptr; }
  bool has_effects() const { return signals_.has_price_response(); }
  /// A factor of the demand at the usual price; 1 without a response.
  double effect(int day) const;

 private:
  const Series* series_;
  int product_;
  int end_;
  DemandSignals signals_;
  std::span<const float> prices_;
  double usual_ = 0;
};

/// Of the signals, elasticity and promotion_lift; from days before `end` alone.
DemandSignals find_price_response(const Series& series, int end);

}  // namespace millrace
