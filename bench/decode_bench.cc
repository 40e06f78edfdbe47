// How fast records become events, on one thread: JSON, rules, fingerprint.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "event/decode.h"

namespace millrace {
namespace {

constexpr std::size_t kRecords = 8192;  // as many as a batch of the log holds
constexpr std::size_t kPaddingBytes = 64;

void decode_events(benchmark::State& state) {
  std::string text;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < kRecords; ++i) {
    const std::string record =
        format(R"({{"event_time":"2024-01-15T10:30:{:02}.{:03}Z","user_id":"U{:04}","product_id":"P{:03}",)"
               R"("category":"Electronics","price":"{}.99","quantity":"{}","event_type":"order_created"}})",
               i / 1000 % 60, i % 1000, i % 9973, i % 499, i % 300, 1 + i % 3);
    text += record;
    sizes.push_back(record.size());
  }
  const std::size_t record_bytes = text.size();
  const std::shared_ptr<char[]> bytes(new char[record_bytes + kPaddingBytes]());
  std::memcpy(bytes.get(), text.data(), record_bytes);
  std::vector<Record> records;
  const char* next = bytes.get();
  for (const std::size_t size : sizes) {
    const auto offset = static_cast<Offset>(records.size());
    records.push_back({{next, size}, static_cast<std::int64_t>(size), offset, std::nullopt});
    next += size;
  }

  Decoder decoder({});
  DecodedBatch batch;
  for (auto _ : state) {
    decoder.decode(records, bytes, Instant{1'705'320'000'000'000}, batch);
    benchmark::DoNotOptimize(batch.records.data());
  }
  CHECK(batch.records.back().outcome == Outcome::silver);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRecords));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record_bytes));
}
BENCHMARK(decode_events);

}  // namespace
}  // namespace millrace
