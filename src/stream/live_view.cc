#include "stream/live_view.h"

#include <algorithm>
#include <tuple>

namespace millrace {

std::vector<LiveWindow> live_windows(const Windows& windows) {
  std::vector<LiveWindow> live;
  windows.for_each_open([&](Instant start, std::span<const Windows::Row> rows) {
    LiveWindow& window = live.emplace_back(LiveWindow{start, {}, static_cast<std::int64_t>(rows.size())});
    for (const Windows::Row& row : rows) {
      window.sums += row.sums;
    }
  });
  return live;
}

std::vector<LiveProduct> live_top(const Windows& windows, std::size_t count) {
  std::span<const Windows::Row> newest;
  windows.for_each_open([&](Instant, std::span<const Windows::Row> rows) { newest = rows; });
  std::vector<const Windows::Row*> order;
  order.reserve(newest.size());
  for (const Windows::Row& row : newest) {
    order.push_back(&row);
  }
  const auto rank = [](const Windows::Row* row) {
    return std::tuple(-row->sums.revenue.ticks, -row->sums.views, row->product_id, row->category);
  };
  const std::size_t taken = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(taken), {}, rank);
  std::vector<LiveProduct> top;
  for (std::size_t i = 0; i < taken; ++i) {
    top.push_back({std::string(order[i]->product_id), std::string(order[i]->category), order[i]->sums});
  }
  return top;
}

}  // namespace millrace
