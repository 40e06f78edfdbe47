// Runs the stream: partitions over threads, until the end of the log, a stop, or an error.
//
// Each turn of a partition is taken by one thread, so partitions need no locks of their own. The first error stops all
// partitions; those that are healthy commit what they have.
// Errors: the first one, with the partition's number in front. Thread rule: call from one thread.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "stream/partition_task.h"

namespace millrace {

struct RunSummary {
  OutcomeCounts counts{};  // of the records read in this run
  std::int64_t commits = 0;
  std::int64_t window_rows = 0;
  Duration elapsed;
};

/// `threads` ≥ 1. Returns when every partition is finished (options.once) or a stop was asked for.
Result<RunSummary> run_stream(EventLog& log, Sink& sink, const StreamOptions& options, int threads, const Clock& clock,
                              std::stop_token stop);

}  // namespace millrace
