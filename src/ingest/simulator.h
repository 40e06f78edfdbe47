// The simulated shop at work: one record after the other, as a producer would send it.
//
// The caller says when: next(now) makes the record that the shop sends at `now`, a history (simulator_schedule.h) or a
// live run decides on the times. A step of an open visit (another view, a cart, an order) or of an old order (a return)
// is taken when it is due, else a new visit begins. The shop opens with as many visits and orders under way as there
// would be at the given rate, so that the first records look like the later ones; at most kOpenVisitsMax and
// kOpenReturnsMax are remembered, and beyond that the earliest step is taken early.
// One seed, start, rate and sequence of times give the same bytes, on every machine. The lines are CONTRACT.md's
// events; a bad one is broken on purpose, and stands beside the good events, not in place of one.
// Cost: about 0.2 µs a record, no allocation in the steady state. Thread rule: one thread each.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/json_event.h"
#include "ingest/simulator_random.h"
#include "ingest/simulator_shop.h"
#include "ingest/simulator_steps.h"

namespace millrace {

enum class SimulatedKind : std::uint8_t { event, late, duplicate, bad };
constexpr std::size_t kSimulatedKindCount = 4;

/// The views hold until the next call of next().
struct SimulatedRecord {
  std::string_view key;  // the product's id, for the partitioner
  std::string_view line;
  SimulatedKind kind;
};

constexpr std::size_t kOpenVisitsMax = 8'192;
constexpr std::size_t kOpenReturnsMax = 65'536;
constexpr double kUnlimitedRate = std::numeric_limits<double>::infinity();

class Simulator {
 public:
  /// `records_per_second` of event time; kUnlimitedRate fills the shop. Fault invalid by validate(options).
  static Result<Simulator> create(const SimulatorOptions& options, Instant start, double records_per_second);

  Simulator(Simulator&&) = default;
  Simulator(const Simulator&) = delete;  // day_views_ points into views_, which moves along but would not be copied
  Simulator& operator=(Simulator&&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  SimulatedRecord next(Instant now);

  const Shop& shop() const { return shop_; }
  /// How many records of each kind there were.
  const std::array<std::int64_t, kSimulatedKindCount>& counts() const { return counts_; }
  /// Good views by day, late ones on the day they were sent: what the truth is worked out from.
  const std::map<Day, std::int64_t>& views() const { return views_; }

 private:
  /// A line that may be sent again.
  struct Sent {
    std::string line;
    std::uint32_t product;
  };

  Simulator(const SimulatorOptions& options, Instant start, double records_per_second);
  void start_day(Day day);
  void open_shop(Instant start, double records_per_second);
  void leave_open(StepQueue& steps, double count, Action action, double mean_us, Instant start);
  Step new_visit();
  Step take_step(Instant now);
  void plan_next(const Step& step, Instant now);
  void plan(StepQueue& steps, Step step, Action action, double mean_us, Instant now);
  void write_line(const Step& step, Instant event_time);
  std::uint64_t new_id() { return mix_bits(id_base_ + ++id_count_); }

  Shop shop_;
  Random random_;
  double duplicates_below_;  // a roll below it is a duplicate, else below the next a bad record, else a late event
  double bad_below_;
  double late_below_;
  std::uint64_t id_base_;
  std::uint64_t id_count_ = 0;

  Day day_{-1};
  std::int64_t* day_views_ = nullptr;  // of day_, in views_
  std::vector<ProductDay> today_;
  std::vector<std::uint64_t> weights_;
  AliasTable popularity_;

  StepQueue visits_{kOpenVisitsMax};
  StepQueue returns_{kOpenReturnsMax};
  std::vector<std::string> product_texts_;  // the middle of a line, for each product
  EventTimeWriter time_writer_;
  std::string line_;
  std::string damaged_;
  std::array<Sent, 64> sent_;  // a ring
  std::size_t sent_count_ = 0;

  std::array<std::int64_t, kSimulatedKindCount> counts_{};
  std::map<Day, std::int64_t> views_;
};

}  // namespace millrace
