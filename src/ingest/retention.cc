#include "ingest/retention.h"

#include <sys/stat.h>

namespace millrace {
namespace {

struct SegmentState {
  std::int64_t bytes;
  Instant appended;
};

Result<SegmentState> state_of(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return std::unexpected(system_error("stat", path));
  }
  return SegmentState{status.st_size, Instant{status.st_mtim.tv_sec * 1'000'000 + status.st_mtim.tv_nsec / 1'000}};
}

}  // namespace

Result<std::size_t> remove_old_segments(const std::vector<LogSegment>& segments, const Retention& retention,
                                        Instant now) {
  if (!retention.bytes && !retention.age) {
    return 0;
  }
  std::vector<SegmentState> states;
  std::int64_t bytes_kept = 0;
  for (const LogSegment& segment : segments) {
    ASSIGN_OR_RETURN(const SegmentState state, state_of(segment.path));
    states.push_back(state);
    bytes_kept += state.bytes;
  }
  std::size_t removed = 0;
  for (; removed + 1 < segments.size(); ++removed) {
    const SegmentState& oldest = states[removed];
    const bool too_many = retention.bytes && bytes_kept - oldest.bytes >= *retention.bytes;
    const bool too_old = retention.age && now - oldest.appended > *retention.age;
    if (!too_many && !too_old) {
      break;
    }
    TRY(remove_file(segments[removed].path));
    bytes_kept -= oldest.bytes;
  }
  return removed;
}

}  // namespace millrace
