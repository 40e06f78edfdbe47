#include "forecast/stock_outs.h"

#include <algorithm>

#include "base/check.h"

namespace millrace {
namespace {

constexpr int kRateDays = 28;
constexpr int kDaysMax = 28;
constexpr double kOrdersMissed = 7;  // e^-7 < 1/1000: the chance of none where so many are expected

}  // namespace

std::vector<StockOut> find_stock_outs(std::span<const float> orders, std::span<const char> is_closed) {
  CHECK(orders.size() == is_closed.size());
  std::vector<StockOut> found;
  // Of the days [day − 28, day), kept up to date from day to day.
  double orders_before = 0;
  int open_before = 0;
  int begin = -1;     // of the run of days without an order that we are in
  double rate = 0;    // orders an open day before it
  int open_days = 0;  // in it
  const auto days = static_cast<int>(orders.size());
  for (int day = 0; day < days; ++day) {
    const auto at = static_cast<std::size_t>(day);
    if (orders[at] > 0) {
      if (begin >= 0 && day - begin <= kDaysMax && rate * open_days >= kOrdersMissed) {
        found.push_back({.begin = begin, .end = day});
      }
      begin = -1;
    } else if (begin < 0) {
      begin = day;
      rate = day >= kRateDays && open_before > 0 ? orders_before / open_before : 0;
      open_days = 0;
    }
    open_days += is_closed[at] != 0 ? 0 : 1;
    orders_before += static_cast<double>(orders[at]);
    open_before += is_closed[at] != 0 ? 0 : 1;
    if (day >= kRateDays) {
      const auto gone = static_cast<std::size_t>(day - kRateDays);
      orders_before -= static_cast<double>(orders[gone]);
      open_before -= is_closed[gone] != 0 ? 0 : 1;
    }
  }
  return found;
}

bool is_out_of_stock(std::span<const StockOut> stock_outs, int day) {
  const auto next = std::ranges::partition_point(stock_outs, [day](const StockOut& one) { return one.end <= day; });
  return next != stock_outs.end() && next->begin <= day;
}

}  // namespace millrace
