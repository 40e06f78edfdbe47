// Fuzzes the embedded log's reader: a segment of any bytes is the lines that stand in it, whatever the chunks' size,
// and also when the reader is opened again in the middle. The first byte of the input sets the sizes.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/format.h"
#include "ingest/local_log.h"
#include "ingest/local_position.h"

namespace {

using namespace millrace;  // NOLINT(google-build-using-namespace): a test program of one file

struct Line {
  std::string bytes;  // as much as the log gives
  std::int64_t full_bytes;
  bool operator==(const Line&) const = default;
};

std::vector<Line> lines_of(std::string_view text, std::size_t record_bytes_max) {
  std::vector<Line> lines;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.push_back({std::string(text.substr(0, std::min(end, record_bytes_max + 1))), static_cast<std::int64_t>(end)});
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<Line> read_all(LocalLog& log, ReadLimit limit, bool reopen_each_time) {
  std::vector<Line> lines;
  auto reader = log.open(0, std::nullopt);
  CHECK(reader.has_value());
  RecordBatch batch;
  while (true) {
    CHECK((*reader)->read(batch, limit).has_value());
    if (batch.records.empty()) {
      return lines;
    }
    for (const Record& record : batch.records) {
      CHECK(record.offset == static_cast<Offset>(lines.size()));
      lines.push_back({std::string(record.bytes), record.full_bytes});
    }
    if (reopen_each_time) {
      reader = log.open(0, (*reader)->position());
      CHECK(reader.has_value());
    }
  }
}

/// A folder in memory, removed when the fuzzer ends.
struct Folder {
  fs::path path = format("/dev/shm/millrace_fuzz_{}", ::getpid());
  ~Folder() { (void)remove_tree(path); }
};

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTEND(readability-identifier-naming)
  static const Folder root;
  static const fs::path segment = root.path / "t" / "0" / "00000000000000000000.ndjson";
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  // A position's text comes back from a file that somebody may have edited.
  (void)parse_local_position(text);

  CHECK(make_folders(segment.parent_path()).has_value());
  CHECK(remove_file(segment).has_value());
  auto file = File::create(segment);
  CHECK(file.has_value() && file->write(text).has_value());

  const LocalLogOptions options{.chunk_bytes = 1U + data[0] % 16, .record_bytes_max = 1U + data[0] / 16};
  auto log = LocalLog::open(root.path, "t", options);
  CHECK(log.has_value());
  const std::vector<Line> expected = lines_of(text, options.record_bytes_max);
  CHECK(read_all(**log, {}, false) == expected);
  CHECK(read_all(**log, {.records = 1, .bytes = 1}, true) == expected);
  const auto end = (*log)->end_offset(0);
  CHECK(end && *end == static_cast<Offset>(expected.size()));
  return 0;
}
