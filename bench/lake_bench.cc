// How fast decoded events become Parquet: the rows of bronze and silver, encoded and compressed, without a disk's
// fsync.
// `./run bench lake_bench`; items a second are events a second on one thread.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "event/decode.h"
#include "lake/event_rows.h"
#include "lake/parquet.h"
#include "lake/staging.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr Offset kBatchRecords = 8192;
constexpr int kBatches = 16;                         // one row group of StagingLimits
constexpr Instant kReceived{1'705'363'200'000'000};  // 2024-01-16T00:00:00Z

/// Counts bytes and forgets them.
class NullFile final : public OutputFile {
 public:
  explicit NullFile(std::int64_t& total_bytes) : total_bytes_(total_bytes) {}
  Result<void> write(std::string_view bytes) override {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    return {};
  }
  Result<void> finish() override {
    total_bytes_ += bytes_;
    return {};
  }
  std::int64_t bytes() const override { return bytes_; }

 private:
  std::int64_t& total_bytes_;
  std::int64_t bytes_ = 0;
};

/// A store that only takes files, and takes them without a disk.
class NullStore final : public ObjectStore {
 public:
  Result<std::unique_ptr<OutputFile>> create(const std::string&) override {
    ++files_;
    return std::make_unique<NullFile>(bytes_);
  }
  Result<std::string> read(const std::string&) override { return not_here(); }
  Result<std::unique_ptr<ObjectReader>> open(const std::string&) override { return not_here(); }
  Result<bool> exists(const std::string&) override { return false; }
  Result<void> put_if_absent(const std::string&, std::string_view) override { return not_here(); }
  Result<std::vector<std::string>> list(const std::string&) override { return std::vector<std::string>(); }
  Result<void> publish(const std::string&, const std::string&) override { return not_here(); }
  Result<void> keep(const std::string&, const std::string&) override { return not_here(); }
  Result<void> sync_names(const std::string&) override { return {}; }
  Result<void> remove(const std::string&) override { return {}; }
  Result<void> claim(const std::string&) override { return not_here(); }
  Result<void> release(const std::string&) override { return not_here(); }
  Result<void> abandon(const std::string&) override { return not_here(); }
  std::string locate(const std::string& name) const override { return name; }

  std::int64_t bytes() const { return bytes_; }
  std::int64_t files() const { return files_; }

 private:
  static std::unexpected<Error> not_here() { return fail(Fault::not_found, "the benchmark's store keeps nothing"); }
  std::int64_t bytes_ = 0;
  std::int64_t files_ = 0;
};

/// Events of a shop as the log holds them: an hour and a half, 20 categories, some thousand users and products.
std::string event_line(Offset offset, std::int64_t categories) {
  const std::uint64_t mixed = static_cast<std::uint64_t>(offset) * 0x9E37'79B9'7F4A'7C15U >> 32;
  const auto product = static_cast<std::int64_t>(mixed % 2'000);
  return format(
      R"({{"event_time":"{}","user_id":"U{}","product_id":"P{:05}","category":"Category {}","price":"{}.{:02}",)"
      R"("quantity":"{}","event_type":"{}"}})",
      to_string(kReceived - hours(2) + milliseconds(offset * 41)), mixed % 50'000, product, product % categories,
      5 + product % 300, product % 100, 1 + mixed % 5, mixed % 10 == 0 ? "order_created" : "product_viewed");
}

std::vector<DecodedBatch> make_batches(std::int64_t categories) {
  std::vector<DecodedBatch> batches(kBatches);
  Decoder decoder({});
  Offset offset = 0;
  for (DecodedBatch& batch : batches) {
    const auto bytes = std::make_shared<std::string>();
    std::vector<std::size_t> ends;
    for (Offset i = 0; i < kBatchRecords; ++i) {
      *bytes += event_line(offset + i, categories);
      ends.push_back(bytes->size());
    }
    bytes->append(64, '\n');  // the decoder may read a little behind a record
    std::vector<Record> records;
    std::size_t start = 0;
    for (const std::size_t end : ends) {
      records.push_back({.bytes = std::string_view(*bytes).substr(start, end - start),
                         .full_bytes = static_cast<std::int64_t>(end - start),
                         .offset = offset++,
                         .log_time = std::nullopt});
      start = end;
    }
    decoder.decode(records, bytes, kReceived, batch);
    for (const DecodedRecord& record : batch.records) {
      CHECK(record.outcome == Outcome::silver);
    }
  }
  return batches;
}

/// The indexes of a batch's records.
std::span<const std::uint32_t> all_records() {
  static const std::vector<std::uint32_t> all = [] {
    std::vector<std::uint32_t> indexes(kBatchRecords);
    std::iota(indexes.begin(), indexes.end(), 0U);
    return indexes;
  }();
  return all;
}

void report(benchmark::State& state, std::int64_t bytes, std::int64_t files) {
  const std::int64_t events = state.iterations() * kBatches * kBatchRecords;
  state.SetItemsProcessed(events);
  state.counters["bytes_an_event"] = static_cast<double>(bytes) / static_cast<double>(events);
  state.counters["files"] = static_cast<double>(files) / static_cast<double>(state.iterations());
}

/// The staging of a commit, as the stream does it: both tables, sorted into folders.
void stage_bronze_and_silver(benchmark::State& state) {
  const std::vector<DecodedBatch> batches = make_batches(state.range(0));
  NullStore store;
  for (auto _ : state) {
    Staging staging(store, "_staging", "stem", {});
    for (const DecodedBatch& batch : batches) {
      CHECK(staging.add(0, batch));
    }
    CHECK(staging.finish());
  }
  report(state, store.bytes(), store.files());
}
BENCHMARK(stage_bronze_and_silver)->ArgName("categories")->Arg(1)->Arg(20)->Arg(500)->Unit(benchmark::kMillisecond);

/// One table alone, one row group a file.
template <class Append>
void encode(benchmark::State& state, const TableSpec& spec, Append append) {
  const std::vector<DecodedBatch> batches = make_batches(20);
  Table table(spec);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    table.clear();
    for (const DecodedBatch& batch : batches) {
      append(table, 0, {batch, all_records()});
    }
    const auto writer = *ParquetWriter::create(std::make_unique<NullFile>(bytes), spec);
    CHECK(writer->write(table));
    CHECK(writer->finish());
  }
  report(state, bytes, state.iterations());
}

void encode_bronze(benchmark::State& state) { encode(state, kBronzeEvents, append_bronze); }
BENCHMARK(encode_bronze)->Unit(benchmark::kMillisecond);

void encode_silver(benchmark::State& state) { encode(state, kSilverEvents, append_events); }
BENCHMARK(encode_silver)->Unit(benchmark::kMillisecond);

/// The rows alone, without Parquet: what sorting a record into columns costs.
void append_rows(benchmark::State& state) {
  const std::vector<DecodedBatch> batches = make_batches(20);
  Table bronze(kBronzeEvents);
  Table silver(kSilverEvents);
  for (auto _ : state) {
    bronze.clear();
    silver.clear();
    for (const DecodedBatch& batch : batches) {
      append_bronze(bronze, 0, {batch, all_records()});
      append_events(silver, 0, {batch, all_records()});
    }
    benchmark::DoNotOptimize(bronze.bytes() + silver.bytes());
  }
  report(state, 0, 0);
}
BENCHMARK(append_rows)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace
