// Deduplication: the first of a partition's events with one identity is kept.
//
// Identities without an event_id contain the event's time, so their fingerprints lie in buckets of event time and a
// bucket is forgotten as a whole once every record of its time is late: exact, and bounded by the events of the allowed
// lateness. A producer may repeat an event_id at any later time, so fingerprints of event_ids are never forgotten; they
// lie in shards by their first bits, so that only a part of them is copied when a set grows.
// What is too much for memory leaves it by spill(), into sorted runs on disk (key_run.h): those of event_ids, and those
// of a bucket, which are forgotten with it. Runs of like size are merged, so there are few.
// A snapshot can be of what was added since the last one, so that a commit writes what it changed and not the whole
// state. Thread rule: one thread at a time.
//
// A snapshot: the number of sections, then of each its bucket, its count and so many fingerprints in the order of the
// set's slots, which lets them be put back in linear time; then the number of runs, and of each its bucket and its
// name. A snapshot of what was added has all runs, too. All numbers have 8 bytes.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "event/event.h"
#include "stream/fingerprint_set.h"
#include "stream/key_run.h"

namespace millrace {

class Dedup {
 public:
  static constexpr Duration kBucketWidth = minutes(5);

  /// True where the event's identity was not seen before.
  bool insert(const Event& event);

  /// The event's event_id was inserted, and not spilled since. Precondition: it has one.
  bool contains_id(const Event& event) const {
    return event_ids_[static_cast<std::size_t>(shard_of(event.fingerprint))].set.contains(event.fingerprint);
  }

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
  /// Of what spill() can move out of memory.
  std::size_t bytes() const;

  /// Moves identities to runs, the oldest buckets first, until half of `bytes_max` is free. The next snapshot must be
  /// of everything.
  Result<void> spill(RunStore& store, std::size_t bytes_max);
  bool has_runs() const { return !runs_.empty(); }
  /// Begins to load what is_in_runs() will touch.
  void fetch_runs(const Event& event) const;
  /// A run holds the event's identity: insert() does not know it any more.
  Result<bool> is_in_runs(const Event& event);
  std::vector<std::string> run_names() const;

  /// Appends what was inserted since the last write_* call.
  void write_added(ByteWriter& out);
  /// Appends all that is remembered.
  void write_all(ByteWriter& out);
  /// Adds what either of them wrote. False where the bytes are not that. Once all are read, open_runs() follows.
  bool read(ByteReader& in);
  Result<void> open_runs(RunStore& store);

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

  /// Runs of all event_ids stand as those of this bucket.
  static constexpr std::int64_t kEventIds = -1;
  struct Run {
    std::string name;
    std::unique_ptr<KeyRun> run;  // none until open_runs()
  };

  Result<void> spill_event_ids(RunStore& store);
  Result<void> spill_bucket(RunStore& store, std::int64_t bucket, Identities& identities);
  Result<void> add_run(RunStore& store, std::int64_t bucket, std::string name);
  void write_runs(ByteWriter& out) const;
  bool read_runs(ByteReader& in);
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
  std::map<std::int64_t, std::vector<Run>> runs_;  // by bucket, the oldest first
};

}  // namespace millrace
