// Days on which a product could not be bought, as far as its sales tell.
//
// A run of open days without an order is a stock-out where, at the rate of orders of the four weeks before, that many
// days without one would happen by chance less than once in a thousand times, and where it ended with an order within
// four weeks. While it lasts it cannot be told from a product that nobody wants any more: an origin sees the stock-outs
// alone that ended before it. Thread rule: pure functions.
#pragma once

#include <span>
#include <vector>

namespace millrace {

/// Days [begin, end), numbered as the values are that they were found in. On `end` there was an order again.
struct StockOut {
  int begin;
  int end;
  bool operator==(const StockOut&) const = default;
};

/// `orders` a day; `is_closed`: the shop was. Both have the same length.
std::vector<StockOut> find_stock_outs(std::span<const float> orders, std::span<const char> is_closed);

/// Whether the day lies in one of them. They follow each other, as find_stock_outs() gives them.
bool is_out_of_stock(std::span<const StockOut> stock_outs, int day);

}  // namespace millrace
