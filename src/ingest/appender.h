// Appending records to a topic, whatever holds it: the embedded log (local_log.h) or Kafka.
//
// append() only collects; a record is in the log, in the order of the calls for each partition, when flush() returned
// without an error, and on disk (or acknowledged by the broker) when sync() did. The partition of a key is Kafka's
// default partitioner (partitioner.h).
// Errors: invalid for a record that holds a newline (the embedded log's record separator) — nothing is appended for it
// and the appender stays usable; unavailable where the disk is full or the broker away, and the message says how many
// records of the failed flush are in the log.
// Thread rule: one thread at a time; several appenders (threads, processes) may write to one topic at once.
#pragma once

#include <string_view>

#include "base/result.h"
#include "event/event.h"

namespace millrace {

class Appender {
 public:
  virtual ~Appender() = default;
  virtual Result<void> append(std::string_view key, std::string_view record) = 0;
  virtual Result<void> flush() = 0;
  virtual Result<void> sync() = 0;
};

}  // namespace millrace
