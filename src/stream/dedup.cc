#include "stream/dedup.h"

namespace millrace {

FingerprintSet& Dedup::set_of(std::int64_t bucket) {
  if (bucket == kForever) {
    return event_ids_;
  }
  if (bucket != newest_bucket_ || newest_ == nullptr) {
    newest_bucket_ = bucket;
    newest_ = &buckets_[bucket];  // a map's nodes stay where they are
  }
  return *newest_;
}

bool Dedup::insert(const Event& event) {
  const std::int64_t bucket = event.event_id.empty() ? event.time.us / kBucketWidth.us : kForever;
  if (!set_of(bucket).insert(event.fingerprint)) {
    return false;
  }
  added_.push_back({bucket, event.fingerprint});
  return true;
}

void Dedup::forget_before(Instant time) {
  const std::int64_t first_kept = time.us < 0 ? 0 : time.us / kBucketWidth.us;
  if (buckets_.empty() || buckets_.begin()->first >= first_kept) {
    return;
  }
  buckets_.erase(buckets_.begin(), buckets_.lower_bound(first_kept));
  newest_ = nullptr;
}

std::size_t Dedup::size() const {
  std::size_t count = event_ids_.size();
  for (const auto& [bucket, set] : buckets_) {
    count += set.size();
  }
  return count;
}

std::size_t Dedup::bytes() const {
  std::size_t count = event_ids_.bytes() + added_.capacity() * sizeof(Added);
  for (const auto& [bucket, set] : buckets_) {
    count += set.bytes();
  }
  return count;
}

void Dedup::write_added(ByteWriter& out) {
  out.put(static_cast<std::uint64_t>(added_.size()));
  for (const Added& added : added_) {
    out.put(added.bucket);
    out.put(added.fingerprint);
  }
  added_.clear();
}

void Dedup::write_all(ByteWriter& out) {
  out.put(static_cast<std::uint64_t>(size()));
  const auto write_set = [&out](std::int64_t bucket, const FingerprintSet& set) {
    set.for_each([&](Fingerprint fingerprint) {
      out.put(bucket);
      out.put(fingerprint);
    });
  };
  write_set(kForever, event_ids_);
  for (const auto& [bucket, set] : buckets_) {
    write_set(bucket, set);
  }
  added_.clear();
}

bool Dedup::read(ByteReader& in) {
  const std::uint64_t count = in.get_count(sizeof(std::int64_t) + sizeof(Fingerprint));
  std::map<std::int64_t, std::size_t> count_by_bucket;
  ByteReader ahead = in;
  for (std::uint64_t i = 0; i < count; ++i) {
    ++count_by_bucket[ahead.get<std::int64_t>()];
    ahead.get<Fingerprint>();
  }
  for (const auto& [bucket, more] : count_by_bucket) {
    if (bucket < kForever || bucket >= kYear10000.us / kBucketWidth.us) {
      return false;
    }
    FingerprintSet& set = set_of(bucket);
    set.reserve(set.size() + more);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto bucket = in.get<std::int64_t>();
    set_of(bucket).insert(in.get<Fingerprint>());
  }
  return !in.failed();
}

}  // namespace millrace
