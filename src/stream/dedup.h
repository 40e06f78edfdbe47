// Deduplication: the first of a partition's events with one identity is kept.
//
// Identities without an event_id contain the event's time, so their fingerprints lie in buckets of event time and a
// bucket is forgotten as a whole once every record of its time is late: exact, and bounded by the events of the allowed
// lateness. A producer may repeat an event_id at any later time, so fingerprints of event_ids are never forgotten; they
// lie in shards by their first bits, so that only a part of them is copied when a set grows.
// A snapshot can be of what was added since the last one, so that a commit writes what it changed and not the whole
// state. Thread rule: one thread at a time.
//
// A snapshot: the number of sections, then of each its bucket, its count and so many fingerprints in the order of the
// set's slots, which lets them be put back in linear time. All numbers have 8 bytes.
#pragma once

#include <array>
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

  /// Begins to load what insert() will most likely touch.
  void fetch(const Event& event) const {
    const Identities* const identities =
        event.event_id.empty() ? newest_ : &event_ids_[static_cast<std::size_t>(shard_of(event.fingerprint))];
    if (identities != nullptr) {
      identities->set.fetch(event.fingerprint);
    }
  }

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
  /// Those of one bucket, and which of them no snapshot holds yet.
  struct Identities {
    FingerprintSet set;
    bool all_added = true;           // no snapshot holds any
    std::vector<Fingerprint> added;  // where some were in a snapshot: those that were not
    std::size_t bytes() const { return set.bytes() + added.capacity() * sizeof(Fingerprint); }
    std::size_t added_count() const { return all_added ? set.size() : added.size(); }
  };
  /// Shard i stands as bucket -1 - i in a snapshot.
  static constexpr std::int64_t kShards = 16;
  static std::int64_t shard_of(Fingerprint fingerprint) {
    return static_cast<std::int64_t>(fingerprint.high / (std::uint64_t{1} << 60));
  }
  static std::int64_t bucket_of(const Event& event);

  Identities& identities_of(std::int64_t bucket);
  /// Calls visit(bucket, identities) for each bucket.
  template <class Self, class Visit>
  static void for_each(Self& self, Visit visit) {
    for (std::int64_t shard = 0; shard < kShards; ++shard) {
      visit(-1 - shard, self.event_ids_[static_cast<std::size_t>(shard)]);
    }
    for (auto& [bucket, identities] : self.buckets_) {
      visit(bucket, identities);
    }
  }

  std::map<std::int64_t, Identities> buckets_;  // by bucket number: time ÷ width
  std::int64_t newest_bucket_ = -1;             // the last one used: most events fall into it
  Identities* newest_ = nullptr;
  std::array<Identities, kShards> event_ids_;
};

}  // namespace millrace
