// How fast the embedded log is read and written. `./run bench`; the log lies in the folder for temporary files.
#include <benchmark/benchmark.h>

#include <string>

#include "base/check.h"
#include "base/format.h"
#include "base/temporary_folder.h"
#include "ingest/local_appender.h"
#include "ingest/local_log.h"

namespace millrace {
namespace {

constexpr std::int64_t kRecords = 1'000'000;
constexpr std::int64_t kRecordBytes = 178;

/// A log with one partition of kRecords events.
void write_log(const fs::path& folder) {
  const std::string record(kRecordBytes, 'x');
  auto appender = *LocalAppender::open(folder, "events", {.partitions = 1, .writer = {}});
  for (std::int64_t i = 0; i < kRecords; ++i) {
    CHECK(appender->append("key", record));
  }
  CHECK(appender->flush());
}

void read_log(benchmark::State& state) {
  const TemporaryFolder folder;
  write_log(folder.path());
  const auto log = *LocalLog::open(folder.path(), "events");
  const ReadLimit limit{.records = static_cast<std::size_t>(state.range(0)), .bytes = 1 << 20};
  RecordBatch batch;
  for (auto _ : state) {
    const auto reader = *log->open(0, std::nullopt);
    std::int64_t records = 0;
    do {
      CHECK(reader->read(batch, limit));
      records += static_cast<std::int64_t>(batch.records.size());
    } while (!batch.records.empty());
    CHECK(records == kRecords);
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * kRecords * (kRecordBytes + 1));
}
BENCHMARK(read_log)->ArgName("records_a_batch")->Arg(1)->Arg(100)->Arg(8192)->Unit(benchmark::kMillisecond);

void append_to_log(benchmark::State& state) {
  const std::string record(kRecordBytes, 'x');
  const TemporaryFolder folder;
  auto appender = *LocalAppender::open(folder.path(), "events");
  std::int64_t records = 0;
  for (auto _ : state) {
    CHECK(appender->append(format("P{:05}", records % 1'000), record));
    if (++records % state.range(0) == 0) {
      CHECK(appender->flush());
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(records * (kRecordBytes + 1));
}
BENCHMARK(append_to_log)->ArgName("records_a_flush")->Arg(1)->Arg(1'000);

void find_end(benchmark::State& state) {
  const TemporaryFolder folder;
  write_log(folder.path());
  for (auto _ : state) {
    CHECK(*(*LocalLog::open(folder.path(), "events"))->end_offset(0) == kRecords);
  }
  state.SetBytesProcessed(state.iterations() * kRecords * (kRecordBytes + 1));
}
BENCHMARK(find_end)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace
