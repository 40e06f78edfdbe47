// Deduplication: the first of a partition's events with one identity is kept.
//
// Identities without an event_id contain the event's time, so their fingerprints lie in buckets of event time and a
// bucket is forgotten as a whole once every record of its time is late: exact, and bounded by the events of the allowed
// lateness. A producer may repeat an event_id at any later time, so fingerprints of event_ids are never forgotten.
// What was added since the last snapshot is kept as a list, so that a commit writes what it changed and not the whole
// state. Thread rule: one thread at a time.
#pragma once

#include <map>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "event/event.h"
#include "stream/fingerprint_set.h"

namespace millrace {

class Dedup {
 public:
  static constexpr Duration kBucketWidth = minutes(5);

  /// True where the event's identity was not seen before.
  bool insert(const Event& event);

  /// Forgets identities of buckets that end at or before `time`: every event up to there is late from now on.
  void forget_before(Instant time);

  std::size_t size() const;
  std::size_t bytes() const;

  /// Appends what was inserted since the last write_* call.
  void write_added(ByteWriter& out);
  /// Appends all that is remembered.
  void write_all(ByteWriter& out);
  /// Adds what either of them wrote. False where the bytes are not that.
  bool read(ByteReader& in);

 private:
  struct Added {
    std::int64_t bucket;
    Fingerprint fingerprint;
  };
  /// Where identities with an event_id stand among the buckets on disk.
  static constexpr std::int64_t kForever = -1;

  FingerprintSet& set_of(std::int64_t bucket);

  std::map<std::int64_t, FingerprintSet> buckets_;  // by bucket number: time ÷ width
  std::int64_t newest_bucket_ = kForever;           // the last one used: most events fall into it
  FingerprintSet* newest_ = nullptr;
  FingerprintSet event_ids_;
  std::vector<Added> added_;
};

}  // namespace millrace
