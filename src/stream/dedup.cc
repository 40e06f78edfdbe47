#include "stream/dedup.h"

namespace millrace {
namespace {

constexpr std::size_t kSectionBytes = 2 * sizeof(std::int64_t);

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
  return !in.failed();
}

}  // namespace millrace
