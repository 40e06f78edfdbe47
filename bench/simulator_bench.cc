// How fast the shop is simulated and a CSV is read: events and bytes a second, on one core.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/check.h"
#include "base/files.h"
#include "base/format.h"
#include "ingest/history_reader.h"
#include "ingest/replay.h"
#include "ingest/simulator.h"

namespace millrace {
namespace {

const Instant kStart = *parse_event_time("2024-01-15T10:30:00Z");

/// One record each; the argument is the number of products.
void simulate(benchmark::State& state) {
  auto simulator = Simulator::create({.seed = 7, .products = state.range(0)}, kStart, kUnlimitedRate);
  CHECK(simulator);
  std::int64_t bytes = 0;
  std::int64_t count = 0;
  for (auto _ : state) {
    const SimulatedRecord record = simulator->next(kStart + Duration{count++});
    bytes += static_cast<std::int64_t>(record.line.size());
    benchmark::DoNotOptimize(record.line.data());
  }
  state.SetItemsProcessed(count);
  state.SetBytesProcessed(bytes);
}
BENCHMARK(simulate)->Arg(200)->Arg(10'000);

/// A new day for the whole catalog.
void new_day(benchmark::State& state) {
  auto simulator = Simulator::create({.seed = 7, .products = state.range(0)}, kStart, 1);
  CHECK(simulator);
  std::int64_t day = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulator->next(kStart + kDay * (++day % 10'000)).line.data());
  }
}
BENCHMARK(new_day)->Arg(200)->Arg(10'000);

/// A CSV of a million rows, as long as those of Online Retail.
class SalesFile {
 public:
  SalesFile() : path(std::filesystem::temp_directory_path() / format("millrace-bench-{}.csv", ::getpid())) {
    std::string text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    for (int i = 0; i < 1'000'000; ++i) {
      text += format("{},{}A,{},{},12/{}/2010 {}:26,{}.55,17850,United Kingdom\n", 536'365 + i / 10, 10'000 + i % 4'000,
                     i % 30 == 0 ? "\"HANGING, WHITE \"\"HEART\"\"\"" : "WHITE HANGING HEART T-LIGHT HOLDER",
                     1 + i % 12, 1 + i / 40'000, 8 + i % 12, i % 20);
    }
    bytes = text.size();
    CHECK(create_durably(path, text));
  }
  ~SalesFile() { CHECK(remove_file(path)); }

  std::filesystem::path path;
  std::size_t bytes = 0;
};

void read_history(benchmark::State& state) {
  const SalesFile file;
  for (auto _ : state) {
    auto history = HistoryReader::open(file.path, online_retail_columns());
    CHECK(history);
    for (auto row = history->next(); row && *row; row = history->next()) {
      benchmark::DoNotOptimize((*row)->price);
    }
    CHECK(history->counts().rows == 1'000'000);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(file.bytes) * state.iterations());
}
BENCHMARK(read_history)->Unit(benchmark::kMillisecond);

void replay_history(benchmark::State& state) {
  const SalesFile file;
  for (auto _ : state) {
    auto replay = open_replay(file.path, online_retail_columns());
    CHECK(replay);
    for (auto record = (*replay)->next(); record && *record; record = (*replay)->next()) {
      benchmark::DoNotOptimize((*record)->line.data());
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(file.bytes) * state.iterations());
}
BENCHMARK(replay_history)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace
