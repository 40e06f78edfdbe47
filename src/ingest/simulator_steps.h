// What the simulated shop's visitors will do next, and when.
//
// A StepQueue gives its steps in the order of their times. It holds a bounded number: beyond that the earliest step is
// taken early, and the queue's own clock moves on to it, so that steps keep their order and their distances however
// fast the shop is driven.
// Units: microseconds since the epoch. Thread rule: one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace millrace {

enum class Action : std::uint8_t { view, cart, order, order_return };

struct Step {
  std::int64_t due_us;
  std::uint64_t session;  // 0: none any more
  std::uint64_t order;    // 0: none yet
  std::uint32_t user;
  std::uint32_t product;
  std::uint32_t price_cents;
  std::uint8_t quantity;
  Action action;
};

class StepQueue {
 public:
  explicit StepQueue(std::size_t steps_max) : steps_max_(steps_max) { steps_.reserve(steps_max + 1); }

  std::size_t size() const { return steps_.size(); }

  /// Plans the step so long after now, or after the queue's clock where that is ahead.
  void plan(Step step, Instant now, Duration after) {
    step.due_us = std::max(now.us, clock_us_) + after.us;
    steps_.push_back(step);
    std::ranges::push_heap(steps_, later);
  }

  /// The earliest step, if it is due or there are too many.
  std::optional<Step> take(Instant now) {
    if (steps_.empty() || (steps_.front().due_us > now.us && steps_.size() <= steps_max_)) {
      return std::nullopt;
    }
    std::ranges::pop_heap(steps_, later);
    const Step step = steps_.back();
    steps_.pop_back();
    clock_us_ = std::max(clock_us_, step.due_us);
    return step;
  }

 private:
  /// For a heap with the earliest on top; sessions and orders tell steps of one time apart.
  static bool later(const Step& a, const Step& b) {
    return a.due_us != b.due_us ? a.due_us > b.due_us : (a.session ^ a.order) > (b.session ^ b.order);
  }

  std::size_t steps_max_;
  std::vector<Step> steps_;
  std::int64_t clock_us_ = 0;
};

}  // namespace millrace
