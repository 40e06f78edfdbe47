// What the stream's state costs an event, on one thread: deduplication, windows, and both in a partition's pipeline.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "event/decode.h"
#include "stream/dedup.h"
#include "stream/partition_pipeline.h"
#include "stream/windows.h"

namespace millrace {
namespace {

constexpr std::size_t kEvents = 1 << 17;
constexpr std::size_t kProducts = 1'000;
constexpr Instant kStart{1'705'314'600'000'000};
constexpr Duration kStep = milliseconds(50);  // 144,000 events within the two hours of lateness

/// Valid events in order of time, each with its own identity. The texts live as long as this.
class Events {
 public:
  Events() {
    for (std::size_t i = 0; i < kProducts; ++i) {
      product_ids_.push_back(format("P{:05}", i));
    }
    for (std::size_t i = 0; i < kEvents; ++i) {
      DecodedRecord record{};
      record.outcome = Outcome::silver;
      Event& event = record.event;
      event.time = kStart + kStep * static_cast<std::int64_t>(i);
      event.user_id = "U1234";
      event.product_id = product_ids_[i * i % kProducts];
      event.category = "Electronics";
      event.type_text = "order_created";
      event.type = EventType::order_created;
      event.price = {2'999'900};
      event.revenue = {2'999'900};
      event.quantity = 1;
      event.fingerprint = fingerprint_of(event, {});
      records_.push_back(record);
    }
  }
  const std::vector<DecodedRecord>& records() const { return records_; }

 private:
  std::vector<std::string> product_ids_;
  std::vector<DecodedRecord> records_;
};

const Events& events() {
  static const Events all;
  return all;
}

/// Spreads a counter over 64 bits. Source: S. Vigna's splitmix64, public domain.
std::uint64_t mixed(std::uint64_t n) {
  n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9;
  n = (n ^ (n >> 27)) * 0x94D049BB133111EB;
  return n ^ (n >> 31);
}

/// The argument is how many identities are remembered: the more, the more misses of the cache.
void insert_into_dedup(benchmark::State& state) {
  const Duration remembered = kStep * state.range(0);
  Dedup dedup;
  Event event{};
  std::uint64_t count = 0;
  const auto insert_next = [&] {
    event.time = event.time + kStep;
    event.fingerprint = {mixed(++count), mixed(~count)};
    dedup.forget_before(event.time - remembered);
    return dedup.insert(event);
  };
  const auto commit = [&dedup] {
    ByteWriter ignored;
    dedup.write_added(ignored);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    insert_next();
  }
  commit();
  for (auto _ : state) {
    benchmark::DoNotOptimize(insert_next());
    if (count % 1'000'000 == 0) {
      state.PauseTiming();
      commit();
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes_a_key"] = static_cast<double>(dedup.bytes()) / static_cast<double>(dedup.size());
}
BENCHMARK(insert_into_dedup)->Arg(10'000)->Arg(1'000'000);

void add_to_windows(benchmark::State& state) {
  const std::vector<DecodedRecord>& records = events().records();
  Windows windows(minutes(5), minutes(10));
  WindowRows closed;
  std::size_t next = 0;
  for (auto _ : state) {
    const Event& event = records[next++ % kEvents].event;
    windows.advance(event.time, closed);
    windows.add(event, product_hash(event.product_id, category_hash(event.category, 1)), closed);
    closed.clear();
  }
  benchmark::DoNotOptimize(windows.open_rows());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(add_to_windows);

void step_the_pipeline(benchmark::State& state) {
  constexpr std::size_t kBatch = 8192;
  const std::vector<DecodedRecord>& records = events().records();
  std::vector<DecodedBatch> batches;
  for (std::size_t first = 0; first < kEvents; first += kBatch) {
    batches.emplace_back().records.assign(records.begin() + static_cast<std::ptrdiff_t>(first),
                                          records.begin() + static_cast<std::ptrdiff_t>(first + kBatch));
  }
  for (auto _ : state) {
    PartitionPipeline pipeline({});
    for (DecodedBatch& batch : batches) {
      pipeline.step(batch);
      pipeline.closed_5m().clear();
      pipeline.closed_1h().clear();
    }
    CHECK(pipeline.totals()[static_cast<std::size_t>(Outcome::silver)] == kEvents);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kEvents));
}
BENCHMARK(step_the_pipeline)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace
