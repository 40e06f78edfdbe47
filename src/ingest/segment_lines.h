// Counting the lines of a segment: how an offset is found in a file that has no index.
//
// Positions and sizes are bytes from the segment's beginning. A line ends with its newline; what stands behind the
// last newline is not a line yet. Scanning runs at memory speed (a 1 GiB segment in the page cache: about 0.3 s) with
// a buffer of 256 KiB.
// Errors: unavailable where the file cannot be read; corrupt where it is shorter than it must be.
// Thread rule: free functions; a LineCount belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/files.h"

namespace millrace {

/// The complete lines of a segment, as far as they have been counted.
struct LineCount {
  std::int64_t lines = 0;
  std::int64_t bytes = 0;  // the place behind the last counted newline
};

/// Counts on to the end of the file, reading only what stands behind `count.bytes`. Returns the file's size: where it
/// is greater than `count.bytes` afterwards, the last line is unfinished.
Result<std::int64_t> count_lines(const File& file, LineCount& count);

/// The place where line `line` (from 0) begins, which for the number of lines is the place behind the last one; none
/// where the file has fewer lines.
Result<std::optional<std::int64_t>> find_line(const File& file, std::int64_t line);

/// The place of the first newline at or behind `from`; none where there is none.
Result<std::optional<std::int64_t>> find_newline(const File& file, std::int64_t from);

}  // namespace millrace
