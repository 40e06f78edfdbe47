#include "ingest/segment_lines.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>

#include "base/format.h"

namespace millrace {
namespace {

constexpr std::int64_t kPieceBytes = 256 * 1024;

/// Calls `visit(piece, position)` for the bytes from `from` on, in order, until it returns true or the file ends.
template <class Visit>
Result<void> scan(const File& file, std::int64_t from, Visit visit) {
  ASSIGN_OR_RETURN(const std::int64_t size, file.size());
  const auto room = static_cast<std::size_t>(std::clamp<std::int64_t>(size - from, 0, kPieceBytes));
  const auto buffer = std::make_unique_for_overwrite<char[]>(room);
  while (from < size) {
    ASSIGN_OR_RETURN(const std::size_t got, file.read_at(from, {buffer.get(), room}));
    if (got == 0 || visit(std::string_view(buffer.get(), got), from)) {
      break;
    }
    from += static_cast<std::int64_t>(got);
  }
  return {};
}

}  // namespace

Result<std::int64_t> count_lines(const File& file, LineCount& count) {
  std::int64_t size = count.bytes;
  ASSIGN_OR_RETURN(const std::int64_t size_now, file.size());
  if (size_now < size) {
    return fail(Fault::corrupt, format("a segment of the log became shorter while it was used: \"{}\" has {} bytes, "
                                       "and had {} (restore it, or begin with a new log folder)",
                                       file.path().string(), size_now, size));
  }
  TRY(scan(file, count.bytes, [&](std::string_view piece, std::int64_t position) {
    size = position + static_cast<std::int64_t>(piece.size());
    if (const std::size_t last = piece.rfind('\n'); last != std::string_view::npos) {
      count.lines += std::ranges::count(piece, '\n');
      count.bytes = position + static_cast<std::int64_t>(last) + 1;
    }
    return false;
  }));
  return size;
}

Result<std::optional<std::int64_t>> find_line(const File& file, std::int64_t line) {
  if (line == 0) {
    return 0;
  }
  std::optional<std::int64_t> found;
  TRY(scan(file, 0, [&](std::string_view piece, std::int64_t position) {
    const std::int64_t newlines = std::ranges::count(piece, '\n');
    if (newlines < line) {
      line -= newlines;
      return false;
    }
    std::size_t at = 0;
    for (; line > 0; --line) {
      at = piece.find('\n', at) + 1;
    }
    found = position + static_cast<std::int64_t>(at);
    return true;
  }));
  return found;
}

Result<std::optional<std::int64_t>> find_newline(const File& file, std::int64_t from) {
  std::optional<std::int64_t> found;
  TRY(scan(file, from, [&](std::string_view piece, std::int64_t position) {
    if (const std::size_t at = piece.find('\n'); at != std::string_view::npos) {
      found = position + static_cast<std::int64_t>(at);
    }
    return found.has_value();
  }));
  return found;
}

}  // namespace millrace
