// For tests of the lake only: a clock that stands still, batches made by the real decoder, files in memory, and what a
// plain glob of a reader finds.
//
// Thread rule: values and free functions.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/temporary_folder.h"
#include "base/time.h"
#include "event/decode.h"
#include "event/event_testing.h"
#include "lake/object_store.h"
#include "lake/parquet_testing.h"

namespace millrace::lake_testing {

using event_testing::example_with;
using event_testing::kReceived;

class StoppedClock final : public Clock {
 public:
  Instant now() const override { return kReceived; }
  Duration uptime() const override { return {}; }
};

/// Where temporary folders lie: in memory where the machine has that, since these tests sync thousands of files.
inline fs::path fast_folder() {
  const fs::path memory = "/dev/shm";
  return fs::is_directory(memory) ? memory : fs::temp_directory_path();
}

/// One batch of these records, the first at offset `first`, as the log and the decoder make it.
inline DecodedBatch decode_lines(Offset first, const std::vector<std::string>& lines, const Rules& rules = {}) {
  const auto bytes = std::make_shared<std::string>();
  for (const std::string& line : lines) {
    *bytes += line;
  }
  bytes->append(event_testing::kPaddingBytes, '\n');
  std::vector<Record> records;
  std::size_t start = 0;
  for (const std::string& line : lines) {
    // A log gives at most one byte more than the largest record.
    const std::string_view kept = std::string_view(*bytes).substr(start, std::min(line.size(), kRecordBytesMax + 1));
    records.push_back({.bytes = kept,
                       .full_bytes = static_cast<std::int64_t>(line.size()),
                       .offset = first++,
                       .log_time = std::nullopt});
    start += line.size();
  }
  DecodedBatch batch;
  Decoder(rules).decode(records, bytes, kReceived, batch);
  return batch;
}

/// Which of many alike to try: every `step`th, beginning anywhere; all with MILLRACE_TEST_FULL=1.
struct Sample {
  explicit Sample(std::int64_t wanted_step)
      : step(std::getenv("MILLRACE_TEST_FULL") != nullptr ? 1 : wanted_step),
        first(std::chrono::system_clock::now().time_since_epoch().count() / 1'000 % step) {}
  std::int64_t step;
  std::int64_t first;
};

/// A file whose bytes stay readable when the writer is gone; it can be told to fail.
class MemoryFile final : public OutputFile {
 public:
  struct Content {
    std::string bytes;
    bool finished = false;
    std::size_t bytes_max = std::string::npos;  // a write beyond fails
    bool finish_fails = false;
  };
  explicit MemoryFile(std::shared_ptr<Content> content) : content_(std::move(content)) {}

  Result<void> write(std::string_view bytes) override {
    if (content_->bytes.size() + bytes.size() > content_->bytes_max) {
      return fail(Fault::unavailable, "could not write: the tape is at its end (put in another)");
    }
    content_->bytes += bytes;
    return {};
  }
  Result<void> finish() override {
    if (content_->finish_fails) {
      return fail(Fault::outcome_unknown, "could not sync: the tape is torn (look at it)");
    }
    content_->finished = true;
    return {};
  }
  std::int64_t bytes() const override { return static_cast<std::int64_t>(content_->bytes.size()); }

 private:
  std::shared_ptr<Content> content_;
};

/// The files of a table that a reader without the commit records finds: all *.parquet below it, without those that
/// stand under, or begin with, `_` or `.`. Names below the lake, sorted.
inline std::vector<std::string> glob(const fs::path& lake, std::string_view table) {
  std::vector<std::string> names;
  if (!fs::exists(lake / table)) {
    return names;
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(lake / table)) {
    const fs::path below = entry.path().lexically_relative(lake);
    const bool hidden = std::ranges::any_of(
        below, [](const fs::path& part) { return part.string().front() == '_' || part.string().front() == '.'; });
    if (entry.is_regular_file() && !hidden && entry.path().extension() == ".parquet") {
      names.push_back(below.string());
    }
  }
  std::ranges::sort(names);
  return names;
}

/// Every file below a folder, with its path below it, sorted.
inline std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> names;
  if (fs::exists(folder)) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        names.push_back(entry.path().lexically_relative(folder).string());
      }
    }
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace millrace::lake_testing

namespace millrace {

inline void PrintTo(Fault fault, std::ostream* out) { *out << to_string(fault); }

/// So that EXPECT_TRUE(result) << words(result) says what was wrong.
template <class T>
std::string words(const Result<T>& result) {
  return result ? "" : result.error().message;
}

}  // namespace millrace
