// Everything that can be set about the simulated shop. The initializers are the defaults.
//
// A rate is a share in [0, 1]; a chance is a probability. The shop's catalog, prices, promotions and stock-outs are a
// function of the seed and the day alone, so that a history and the live events behind it show the same shop.
// Errors: invalid, naming the option, its value and what is allowed.
// Thread rule: plain values.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"

namespace millrace {

struct SimulatorOptions {
  std::uint64_t seed = 1;

  // The catalog and its customers.
  std::int64_t products = 200;
  std::int64_t users = 10'000;
  double zipf_exponent = 0.9;       // the product of rank r is seen in proportion to 1 / r^exponent
  double price_change_days = 90.0;  // mean time between two changes of a product's list price
  double promotion_rate = 0.06;     // share of a product's days on promotion
  double stock_out_rate = 0.01;     // share of a product's days without stock

  // A visit: views lead to a cart, a cart to an order, an order days later to a return.
  double cart_chance = 0.20;    // of a view at the usual price
  double order_chance = 0.50;   // of a cart
  double browse_chance = 0.50;  // that a view without a cart is followed by another view
  double return_chance = 0.06;  // of an order

  // The history's volume over time (HistorySchedule); 1 is the usual strength, 0 switches a season off.
  double trend_per_year = 0.15;
  double yearly_strength = 1.0;  // also of the categories' own seasons
  double weekly_strength = 1.0;  // also of the categories' own weekends
  double daily_strength = 1.0;
  double day_noise = 0.05;  // standard deviation of a day's volume about its mean

  // What goes wrong between the shop and the log, as shares of all records.
  double duplicate_rate = 0.005;   // a producer's retry: the same bytes again
  double late_rate = 0.001;        // older than the stream's allowed lateness
  double bad_rate = 0.002;         // against a rule of the contract
  Duration disorder = seconds(2);  // mean distance by which an event's time lies before its place in the log
  Duration lateness = hours(2);    // what the stream allows; late events are half an hour to seven hours later
  bool event_ids = false;          // write an event_id into each event
};

Result<void> validate(const SimulatorOptions& options);

}  // namespace millrace
