#include "stream/dedup.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace millrace {
namespace {

/// So many runs of like size become one.
constexpr std::size_t kRunsToMerge = 4;

constexpr std::size_t kSectionBytes = 2 * sizeof(std::int64_t);

std::vector<Fingerprint> sorted_keys(const FingerprintSet& set) {
  std::vector<Fingerprint> keys;
  keys.reserve(set.size());
  set.for_each([&](Fingerprint key) { keys.push_back(key); });
  std::ranges::sort(keys, is_before);
  return keys;
}

/// Runs of a tier are merged: those whose sizes are within a factor of about four.
int tier_of(const KeyRun& run) { return static_cast<int>(std::bit_width(run.size())) / 2; }

}  // namespace

Dedup::Identities& Dedup::identities_of(std::int64_t bucket) {
  if (bucket < 0) {
    return event_ids_[static_cast<std::size_t>(-1 - bucket)];
  }
  if (bucket != newest_bucket_ || newest_ == nullptr) {
    const std::size_t size_before = newest_ != nullptr && bucket > newest_bucket_ ? newest_->set.size() : 0;
    const auto [place, is_new] = buckets_.try_emplace(bucket);
    newest_bucket_ = bucket;
    newest_ = &place->second;  // a map's nodes stay where they are
    if (is_new) {
      newest_->set.reserve(size_before);  // a shop's next minutes are much like these
    }
  }
  return *newest_;
}

std::int64_t Dedup::bucket_of(const Event& event) {
  return event.event_id.empty() ? event.time.us / kBucketWidth.us : -1 - shard_of(event.fingerprint);
}

bool Dedup::insert(const Event& event) {
  Identities& identities = identities_of(bucket_of(event));
  if (!identities.set.insert(event.fingerprint)) {
    return false;
  }
  if (!identities.all_added) {
    identities.added.push_back(event.fingerprint);
  }
  return true;
}

void Dedup::forget_before(Instant time) {
  const std::int64_t first_kept = time.us < 0 ? 0 : time.us / kBucketWidth.us;
  if (!runs_.empty()) {
    runs_.erase(runs_.upper_bound(kEventIds), runs_.lower_bound(first_kept));
  }
  if (buckets_.empty() || buckets_.begin()->first >= first_kept) {
    return;
  }
  buckets_.erase(buckets_.begin(), buckets_.lower_bound(first_kept));
  if (newest_bucket_ < first_kept) {
    newest_ = nullptr;
  }
}

std::size_t Dedup::size() const {
  std::size_t count = 0;
  for_each(*this, [&](std::int64_t, const Identities& identities) { count += identities.set.size(); });
  for (const auto& [bucket, runs] : runs_) {
    for (const Run& run : runs) {
      count += run.run != nullptr ? run.run->size() : 0;
    }
  }
  return count;
}

std::size_t Dedup::bytes() const {
  std::size_t count = 0;
  for_each(*this, [&](std::int64_t, const Identities& identities) { count += identities.bytes(); });
  return count;
}

void Dedup::write_added(ByteWriter& out) {
  std::uint64_t sections = 0;
  std::size_t added = 0;
  for_each(*this, [&](std::int64_t, const Identities& identities) {
    sections += identities.added_count() > 0 ? 1 : 0;
    added += identities.added_count();
  });
  out.reserve(sizeof sections + sections * kSectionBytes + added * sizeof(Fingerprint));
  out.put(sections);
  for_each(*this, [&](std::int64_t bucket, Identities& identities) {
    if (identities.added_count() == 0) {
      return;
    }
    out.put(bucket);
    out.put(static_cast<std::uint64_t>(identities.added_count()));
    if (identities.all_added) {
      identities.set.for_each([&](Fingerprint fingerprint) { out.put(fingerprint); });
    } else {
      for (const Fingerprint fingerprint : identities.added) {
        out.put(fingerprint);
      }
    }
    identities.all_added = false;
    identities.added = {};
  });
  write_runs(out);
}

void Dedup::write_all(ByteWriter& out) {
  for_each(*this, [](std::int64_t, Identities& identities) {
    identities.all_added = true;
    identities.added = {};
  });
  write_added(out);
}

bool Dedup::read(ByteReader& in) {
  const std::uint64_t sections = in.get_count(kSectionBytes);
  for (std::uint64_t section = 0; section < sections; ++section) {
    const auto bucket = in.get<std::int64_t>();
    if (bucket < -kShards || bucket >= kYear10000.us / kBucketWidth.us) {
      return false;
    }
    const std::uint64_t count = in.get_count(sizeof(Fingerprint));
    Identities& identities = identities_of(bucket);
    identities.all_added = false;
    identities.set.reserve(identities.set.size() + count);
    for (std::uint64_t i = 0; i < count; ++i) {
      identities.set.insert(in.get<Fingerprint>());
    }
  }
  return read_runs(in);
}

Result<void> Dedup::spill(RunStore& store, std::size_t bytes_max) {
  std::size_t event_id_bytes = 0;
  for (const Identities& shard : event_ids_) {
    event_id_bytes += shard.bytes();
  }
  if (event_id_bytes > bytes_max / 4) {
    TRY(spill_event_ids(store));
  }
  for (auto& [bucket, identities] : buckets_) {
    if (bytes() <= bytes_max / 2) {
      break;
    }
    TRY(spill_bucket(store, bucket, identities));
  }
  return {};
}

Result<void> Dedup::spill_event_ids(RunStore& store) {
  std::size_t count = 0;
  for (const Identities& shard : event_ids_) {
    count += shard.set.size();
  }
  if (count == 0) {
    return {};
  }
  ASSIGN_OR_RETURN(KeyRunWriter run, KeyRunWriter::create(store, count));
  for (Identities& shard : event_ids_) {  // in the order of their keys
    for (const Fingerprint key : sorted_keys(shard.set)) {
      TRY(run.add(key));
    }
    shard = {};
  }
  ASSIGN_OR_RETURN(std::string name, run.finish());
  return add_run(store, kEventIds, std::move(name));
}

Result<void> Dedup::spill_bucket(RunStore& store, std::int64_t bucket, Identities& identities) {
  if (identities.set.size() == 0) {
    return {};
  }
  ASSIGN_OR_RETURN(KeyRunWriter run, KeyRunWriter::create(store, identities.set.size()));
  for (const Fingerprint key : sorted_keys(identities.set)) {
    TRY(run.add(key));
  }
  identities = {};
  ASSIGN_OR_RETURN(std::string name, run.finish());
  return add_run(store, bucket, std::move(name));
}

Result<void> Dedup::add_run(RunStore& store, std::int64_t bucket, std::string name) {
  std::vector<Run>& runs = runs_[bucket];
  ASSIGN_OR_RETURN(auto opened, KeyRun::open(store, name));
  runs.push_back({.name = std::move(name), .run = std::move(opened)});
  while (runs.size() >= kRunsToMerge) {
    const auto first = runs.end() - kRunsToMerge;
    if (std::any_of(first, runs.end(), [&](const Run& run) { return tier_of(*run.run) > tier_of(*runs.back().run); })) {
      break;
    }
    std::vector<KeyRun*> alike;
    std::transform(first, runs.end(), std::back_inserter(alike), [](const Run& run) { return run.run.get(); });
    ASSIGN_OR_RETURN(auto merged, merge_runs(store, alike));
    runs.erase(first, runs.end());
    std::string merged_name = merged->name();
    runs.push_back({.name = std::move(merged_name), .run = std::move(merged)});
  }
  return {};
}

void Dedup::fetch_runs(const Event& event) const {
  if (const auto found = runs_.find(event.event_id.empty() ? bucket_of(event) : kEventIds); found != runs_.end()) {
    for (const Run& run : found->second) {
      run.run->fetch(event.fingerprint);
    }
  }
}

Result<bool> Dedup::is_in_runs(const Event& event) {
  const auto found = runs_.find(event.event_id.empty() ? bucket_of(event) : kEventIds);
  if (found == runs_.end()) {
    return false;
  }
  for (const Run& run : found->second) {
    if (run.run->may_contain(event.fingerprint)) {
      ASSIGN_OR_RETURN(const bool contains, run.run->contains(event.fingerprint));
      if (contains) {
        return true;
      }
    }
  }
  return false;
}

std::vector<std::string> Dedup::run_names() const {
  std::vector<std::string> names;
  for (const auto& [bucket, runs] : runs_) {
    std::ranges::transform(runs, std::back_inserter(names), &Run::name);
  }
  return names;
}

void Dedup::write_runs(ByteWriter& out) const {
  out.put(static_cast<std::uint64_t>(run_names().size()));
  for (const auto& [bucket, runs] : runs_) {
    for (const Run& run : runs) {
      out.put(bucket);
      out.put_text(run.name);
    }
  }
}

bool Dedup::read_runs(ByteReader& in) {
  runs_.clear();
  const std::uint64_t count = in.get_count(sizeof(std::int64_t) + sizeof(std::uint32_t));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto bucket = in.get<std::int64_t>();
    if (bucket < kEventIds || bucket >= kYear10000.us / kBucketWidth.us) {
      return false;
    }
    runs_[bucket].push_back({.name = std::string(in.get_text()), .run = nullptr});
  }
  return !in.failed();
}

Result<void> Dedup::open_runs(RunStore& store) {
  for (auto& [bucket, runs] : runs_) {
    for (Run& run : runs) {
      if (run.run == nullptr) {
        ASSIGN_OR_RETURN(run.run, KeyRun::open(store, run.name));
      }
    }
  }
  return {};
}

}  // namespace millrace
