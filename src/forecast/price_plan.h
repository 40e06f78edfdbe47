// The prices that a shop has planned: for a product, on some days, and since when that was known.
//
// Days are indexes of the series (series.h), intervals are half open. A forecast from the evening before `end` knows
// the promotions alone that were known by then, of days before and behind. Where two cover a day, the one that begins
// later counts; of two that begin on the same day, the one that was added later.
// Thread rule: a constant once it is built.
#pragma once

#include <cstdint>
#include <vector>

namespace millrace {

struct PlannedPrice {
  int begin;
  int end;
  int known_from;  // the first `end` that knows it: the day after it was announced
  float price;
};

class PricePlan {
 public:
  explicit PricePlan(int products = 0) : promotions_(static_cast<std::size_t>(products)) {}

  /// Preconditions: begin < end; 0 <= product < products.
  void add(int product, const PlannedPrice& promotion);
  /// Null where the product has its usual price, as far as it is known.
  const PlannedPrice* find(int product, int day, int end) const;
  bool empty() const { return longest_ == 0; }
  std::uint64_t content_hash(std::uint64_t seed) const;

 private:
  std::vector<std::vector<PlannedPrice>> promotions_;  // for each product by begin
  int longest_ = 0;                                    // days
};

}  // namespace millrace
