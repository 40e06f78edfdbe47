#include "forecast/price_plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "base/check.h"
#include "base/hash.h"

namespace millrace {

void PricePlan::add(int product, const PlannedPrice& promotion) {
  CHECK(promotion.begin < promotion.end);
  auto& all = promotions_[static_cast<std::size_t>(product)];
  all.insert(std::ranges::upper_bound(all, promotion.begin, {}, &PlannedPrice::begin), promotion);
  longest_ = std::max(longest_, promotion.end - promotion.begin);
}

const PlannedPrice* PricePlan::find(int product, int day, int end) const {
  if (empty()) {
    return nullptr;
  }
  const auto& all = promotions_[static_cast<std::size_t>(product)];
  auto after = std::ranges::upper_bound(all, day, {}, &PlannedPrice::begin);
  while (after != all.begin() && std::prev(after)->begin > day - longest_) {
    --after;
    if (day < after->end && after->known_from <= end) {
      return &*after;
    }
  }
  return nullptr;
}

std::uint64_t PricePlan::content_hash(std::uint64_t seed) const {
  std::uint64_t hash = seed;
  for (std::size_t product = 0; product < promotions_.size(); ++product) {
    for (const PlannedPrice& one : promotions_[product]) {
      const std::array numbers{static_cast<int>(product), one.begin, one.end, one.known_from,
                               std::bit_cast<int>(one.price)};
      hash = hash64({reinterpret_cast<const char*>(numbers.data()), sizeof(numbers)}, hash);
    }
  }
  return hash;
}

}  // namespace millrace
