// Fuzzes the reader of CSV and of a shop's history behind it: any bytes end in rows, counted defects or an Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/format.h"
#include "ingest/csv_reader.h"
#include "ingest/history_reader.h"

// NOLINTBEGIN(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTEND(readability-identifier-naming)
  using namespace millrace;  // NOLINT(google-build-using-namespace): a test program of one file
  const int memory = ::memfd_create("csv", 0);
  CHECK(memory >= 0);
  CHECK(::write(memory, data, size) == static_cast<ssize_t>(size));
  const std::string path = format("/proc/self/fd/{}", memory);

  if (auto reader = CsvReader::open(path)) {
    std::size_t bytes = 0;
    std::int64_t line = 0;
    while (true) {
      const auto row = reader->next();
      if (!row || !*row) {
        break;
      }
      CHECK((*row)->line > line);
      line = (*row)->line;
      for (const std::string_view field : (*row)->fields) {
        bytes += field.size();
      }
    }
    CHECK(bytes <= size || size >= 2);  // a file that begins as a gzip file does unpacks to more
  }

  HistoryColumns columns;
  columns = {"a", "b", "c", "d", "e", "f", "g", "h"};  // short, so that the fuzzer finds a header
  if (auto history = HistoryReader::open(path, columns)) {
    std::int64_t given = 0;
    while (true) {
      const auto row = history->next();
      if (!row || !*row) {
        break;
      }
      ++given;
      CHECK((*row)->quantity > 0 && !(*row)->product_id.empty());
    }
    CHECK(history->counts().rows == given + history->counts().rejected());
  }
  ::close(memory);
  return 0;
}
