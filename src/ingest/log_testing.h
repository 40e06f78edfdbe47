// For tests of the embedded log only: files as texts, and everything a reader gives.
//
// Thread rule: free functions.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ingest/event_log.h"

namespace millrace::log_testing {

/// The file holds exactly this text afterwards, and its folder exists.
inline void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline void append_text(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

inline std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A record that owns its bytes.
struct Line {
  Offset offset;
  std::string bytes;
  std::int64_t full_bytes;
  bool operator==(const Line&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Line& line) {
    return out << line.offset << ": " << line.bytes.substr(0, 60) << " (" << line.full_bytes << " bytes)";
  }
};

/// The lines that stand for these whole records, from offset `first` on.
inline std::vector<Line> lines_from(Offset first, const std::vector<std::string>& records) {
  std::vector<Line> lines;
  for (const std::string& record : records) {
    lines.push_back({first++, record, static_cast<std::int64_t>(record.size())});
  }
  return lines;
}

inline void add_lines(const RecordBatch& batch, std::vector<Line>& lines) {
  for (const Record& record : batch.records) {
    lines.push_back({record.offset, std::string(record.bytes), record.full_bytes});
  }
}

/// Reads until an empty batch, and checks each batch against its limit.
inline std::vector<Line> read_to_end(PartitionReader& reader, ReadLimit limit = {}) {
  std::vector<Line> lines;
  RecordBatch batch;
  for (;;) {
    const Result<void> read = reader.read(batch, limit);
    if (!read) {
      ADD_FAILURE() << read.error().message;
      return lines;
    }
    if (batch.records.empty()) {
      EXPECT_EQ(batch.byte_count, 0);
      return lines;
    }
    EXPECT_LE(batch.records.size(), limit.records);
    EXPECT_TRUE(batch.records.size() == 1 || static_cast<std::size_t>(batch.byte_count) <= limit.bytes);
    add_lines(batch, lines);
  }
}

}  // namespace millrace::log_testing
