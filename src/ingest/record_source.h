// Where records come from on their way into a log: a file that is replayed, or the simulated shop.
//
// Errors: the implementation's; a record that was given before stands.
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace millrace {

/// The views hold until the next call of next().
struct SourceRecord {
  std::string_view key;         // for the partitioner
  std::string_view line;        // without a newline
  std::optional<Instant> time;  // the event's, where it can be read
};

class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Nothing at the end.
  virtual Result<std::optional<SourceRecord>> next() = 0;
};

}  // namespace millrace
