// For tests of the stream only: a partition's records as a shop might send them, drawn from a seed, with everything
// that makes a difference to the pipeline: repeats, late ones, old ones that open a window again, faults, many
// categories.
//
// Thread rule: one thread.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "event/event_testing.h"

namespace millrace::stream_testing {

class RandomShop {
 public:
  explicit RandomShop(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

  /// One record. Time goes on by `step_max` at most, mostly; so few records see many windows.
  std::string record(Duration step_max = minutes(4)) {
    if (!sent_.empty() && below(10) == 0) {
      return sent_[below(sent_.size())];  // a producer's retry, of a moment or of hours ago
    }
    if (below(25) == 0) {
      return event_testing::example_with({{"price", R"("-1")"}});
    }
    if (below(40) == 0) {
      return "{]";
    }
    now_ = now_ + Duration{static_cast<std::int64_t>(below(static_cast<std::size_t>(step_max.us)))};
    sent_.push_back(event());
    return sent_.back();
  }

  std::vector<std::string> records(std::size_t count, Duration step_max = minutes(4)) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(record(step_max));
    }
    return all;
  }

 private:
  Instant event_time() {
    switch (below(12)) {
      case 0:
        return now_ - minutes(static_cast<std::int64_t>(below(130)));  // some at the edge of being late
      case 1:
        return now_ - hours(static_cast<std::int64_t>(below(4)));
      case 2:
        return floor_to(now_, minutes(5));  // the first moment of a window
      case 3:
        return floor_to(now_, minutes(5)) - Duration{1};  // the last of the one before
      default:
        return now_;
    }
  }

  std::string event() {
    constexpr const char* kTypes[] = {"order_created", "order_created",  "product_viewed",
                                      "add_to_cart",   "order_returned", "wishlist"};
    std::vector<event_testing::JsonField> fields = {
        {"event_time", format(R"("{}")", to_string(event_time()))},
        {"user_id", format(R"("U{}")", below(4))},
        {"product_id", format(R"("P{}")", below(5))},
        {"category", format(R"("C{}")", below(3))},
        {"price", format("{}.{}", below(100), below(100'000))},
        {"quantity", format("{}", 1 + below(3))},
        {"event_type", format(R"("{}")", kTypes[below(std::size(kTypes))])},
    };
    if (below(3) == 0) {
      fields.push_back({"event_id", format(R"("E{}")", below(200))});
    }
    if (below(60) == 0) {
      fields[3].json = format(R"("rare {}")", below(30));
    }
    return event_testing::example_with(fields);
  }

  std::mt19937_64 random_;
  Instant now_ = event_testing::kExampleTime - kDay * 30;
  std::vector<std::string> sent_;
};

/// The rules under which the shop's records are meant to be decoded.
inline Rules shop_rules() {
  Rules rules;
  rules.event_types = {"wishlist"};
  rules.key = {1, 2, 3, 4};
  return rules;
}

}  // namespace millrace::stream_testing
