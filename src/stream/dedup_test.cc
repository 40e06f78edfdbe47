#include "stream/dedup.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "event/event_testing.h"
#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::seed_of_test;

constexpr Instant kNoon{1'705'320'000'000'000};  // a multiple of five minutes

/// An event as dedup sees it: its time, its fingerprint, and whether it has an event_id.
Event event_at(Instant time, std::uint64_t identity) {
  Event event{};
  event.time = time;
  event.fingerprint = {identity, identity * 0x9E3779B97F4A7C15};
  return event;
}

Event event_with_id(Instant time, std::uint64_t identity) {
  Event event = event_at(time, identity);
  event.event_id = "E";
  return event;
}

std::string all_of(Dedup& dedup) {
  ByteWriter out;
  dedup.write_all(out);
  return out.take();
}

std::string added_of(Dedup& dedup) {
  ByteWriter out;
  dedup.write_added(out);
  return out.take();
}

/// False where the bytes are refused, or are not read to the end.
bool read(Dedup& dedup, std::string_view bytes) {
  ByteReader in(bytes);
  return dedup.read(in) && in.finished();
}

TEST(Dedup, keeps_the_first_of_equal_identities) {
  Dedup dedup;
  EXPECT_TRUE(dedup.insert(event_at(kNoon, 1)));
  EXPECT_FALSE(dedup.insert(event_at(kNoon, 1)));
  EXPECT_TRUE(dedup.insert(event_at(kNoon, 2)));
  EXPECT_FALSE(dedup.insert(event_at(kNoon, 1)));
  EXPECT_EQ(dedup.size(), 2U);
}

TEST(Dedup, knows_an_event_id_at_any_other_time) {
  Dedup dedup;
  EXPECT_TRUE(dedup.insert(event_with_id(kNoon, 1)));
  EXPECT_FALSE(dedup.insert(event_with_id(kNoon + hours(1), 1)));
  EXPECT_FALSE(dedup.insert(event_with_id(kNoon - hours(1), 1)));
  EXPECT_EQ(dedup.size(), 1U);
}

TEST(Dedup, forgets_whole_buckets_that_end_at_or_before_the_time) {
  Dedup dedup;
  EXPECT_TRUE(dedup.insert(event_at(kNoon - Duration{1}, 1)));
  EXPECT_TRUE(dedup.insert(event_at(kNoon, 2)));
  dedup.forget_before(kNoon - Duration{1});
  EXPECT_EQ(dedup.size(), 2U) << "the first bucket has not ended";
  dedup.forget_before(kNoon);
  EXPECT_EQ(dedup.size(), 1U);
  EXPECT_TRUE(dedup.insert(event_at(kNoon - Duration{1}, 1))) << "forgotten";
  EXPECT_FALSE(dedup.insert(event_at(kNoon, 2))) << "remembered";
  dedup.forget_before(kNoon + Dedup::kBucketWidth - Duration{1});
  EXPECT_FALSE(dedup.insert(event_at(kNoon, 2)));
  dedup.forget_before(kNoon + Dedup::kBucketWidth);
  EXPECT_EQ(dedup.size(), 0U);
}

TEST(Dedup, never_forgets_an_event_id) {
  Dedup dedup;
  EXPECT_TRUE(dedup.insert(event_with_id(Instant{0}, 1)));
  EXPECT_TRUE(dedup.insert(event_at(Instant{0}, 2)));
  dedup.forget_before(Instant{kYear10000.us - 1});
  EXPECT_FALSE(dedup.insert(event_with_id(kNoon, 1)));
  EXPECT_TRUE(dedup.insert(event_at(Instant{0}, 2)));
}

TEST(Dedup, forgets_nothing_for_a_time_before_1970) {
  Dedup dedup;
  EXPECT_TRUE(dedup.insert(event_at(Instant{0}, 1)));
  dedup.forget_before(Instant{0} - hours(2));
  dedup.forget_before(Instant{0});
  EXPECT_FALSE(dedup.insert(event_at(Instant{0}, 1)));
}

TEST(Dedup, goes_on_in_the_same_bucket_after_others_were_forgotten) {
  Dedup dedup;
  for (int i = 0; i < 50; ++i) {
    const Instant time = kNoon + minutes(i);
    const auto identity = static_cast<std::uint64_t>(i + 1);
    EXPECT_TRUE(dedup.insert(event_at(time, identity)));
    dedup.forget_before(time - minutes(10));
    EXPECT_FALSE(dedup.insert(event_at(time, identity)));
    EXPECT_LE(dedup.size(), 15U);
  }
}

/// What dedup promises, slowly: sets of identities, those without an event_id by bucket.
class Oracle {
 public:
  bool insert(const Event& event) {
    const bool has_id = !event.event_id.empty();
    std::set<std::uint64_t>& set = has_id ? ids_ : buckets_[floor_to(event.time, minutes(5))];
    return set.insert(event.fingerprint.high).second;
  }
  void forget_before(Instant time) {
    std::erase_if(buckets_, [time](const auto& bucket) { return bucket.first + minutes(5) <= time; });
  }
  std::size_t size() const {
    std::size_t count = ids_.size();
    for (const auto& [start, bucket] : buckets_) {
      count += bucket.size();
    }
    return count;
  }

 private:
  std::set<std::uint64_t> ids_;
  std::map<Instant, std::set<std::uint64_t>> buckets_;
};

TEST(Dedup, agrees_with_plain_sets_also_when_it_is_restored_at_random_moments) {
  const std::uint64_t seed = seed_of_test(21);
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t limit) { return static_cast<std::int64_t>(random() % limit); };
  Oracle oracle;
  auto dedup = std::make_unique<Dedup>();
  std::vector<std::string> snapshots;
  Instant high = kNoon;
  int restores = 0;
  for (int i = 0; i < 30'000; ++i) {
    high = high + milliseconds(below(600));
    const Instant time = high - minutes(below(120));
    const auto identity = static_cast<std::uint64_t>(1 + below(1'000));
    const Event event = below(4) == 0 ? event_with_id(time, identity) : event_at(floor_to(time, minutes(5)), identity);
    ASSERT_EQ(dedup->insert(event), oracle.insert(event)) << "seed " << seed << " insert " << i;
    if (below(3) == 0) {
      dedup->forget_before(high - hours(2));
      oracle.forget_before(high - hours(2));
      ASSERT_EQ(dedup->size(), oracle.size()) << "seed " << seed << " insert " << i;
    }
    if (below(250) == 0) {  // a commit
      if (snapshots.empty() || below(8) == 0) {
        snapshots = {all_of(*dedup)};
      } else {
        snapshots.push_back(added_of(*dedup));
      }
      if (below(3) == 0) {  // a restart
        dedup = std::make_unique<Dedup>();
        for (const std::string& snapshot : snapshots) {
          ASSERT_TRUE(read(*dedup, snapshot));
        }
        dedup->forget_before(high - hours(2));
        oracle.forget_before(high - hours(2));
        ASSERT_EQ(dedup->size(), oracle.size()) << "seed " << seed << " insert " << i;
        ++restores;
      }
    }
  }
  EXPECT_GT(restores, 10);
}

TEST(Dedup, writes_what_was_added_once) {
  Dedup dedup;
  dedup.insert(event_at(kNoon, 1));
  dedup.insert(event_with_id(kNoon, 2));
  dedup.insert(event_at(kNoon, 1));
  constexpr std::size_t kCountBytes = 16;  // of sections, and of runs
  constexpr std::size_t kSectionBytes = 16;
  constexpr std::size_t kKeyBytes = 16;
  EXPECT_EQ(added_of(dedup).size(), kCountBytes + 2 * kSectionBytes + 2 * kKeyBytes) << "a duplicate adds nothing";
  EXPECT_EQ(added_of(dedup).size(), kCountBytes);
  dedup.insert(event_at(kNoon, 3));
  EXPECT_EQ(added_of(dedup).size(), kCountBytes + kSectionBytes + kKeyBytes) << "one more in a bucket";
  dedup.insert(event_at(kNoon, 4));
  EXPECT_EQ(all_of(dedup).size(), kCountBytes + 2 * kSectionBytes + 4 * kKeyBytes);
  EXPECT_EQ(added_of(dedup).size(), kCountBytes) << "everything holds what was added";
}

TEST(Dedup, does_not_write_what_was_added_and_forgotten_meanwhile) {
  Dedup dedup;
  dedup.insert(event_at(kNoon, 1));
  dedup.forget_before(kNoon + hours(1));
  EXPECT_EQ(added_of(dedup).size(), 16U);
}

TEST(Dedup, does_not_write_again_what_it_read) {
  Dedup first;
  first.insert(event_at(kNoon, 1));
  Dedup second;
  ASSERT_TRUE(read(second, all_of(first)));
  EXPECT_EQ(added_of(second).size(), 16U);
  EXPECT_FALSE(second.insert(event_at(kNoon, 1)));
}

// A snapshot lists a set in the order of its slots. Were they put into a table that starts small, each would look
// through all before it, and this would take hours.
TEST(Dedup, reads_a_million_identities_back_in_the_order_of_its_table) {
  constexpr std::uint64_t kIdentities = 1'000'000;
  Dedup dedup;
  for (std::uint64_t i = 1; i <= kIdentities; ++i) {
    dedup.insert(i % 2 == 0 ? event_at(kNoon, i) : event_with_id(kNoon, i));
  }
  Dedup restored;
  ASSERT_TRUE(read(restored, all_of(dedup)));
  EXPECT_EQ(restored.size(), kIdentities);
  EXPECT_LE(restored.bytes(), kIdentities * 24);
  for (std::uint64_t i = 1; i <= kIdentities; i += 1'000) {
    EXPECT_FALSE(restored.insert(event_with_id(kNoon, i)));
    EXPECT_TRUE(restored.insert(event_with_id(kNoon, i + 1))) << "it had no event_id";
  }
}

TEST(Dedup, refuses_every_beginning_of_a_snapshot_but_the_whole) {
  Dedup dedup;
  for (std::uint64_t i = 0; i < 20; ++i) {
    dedup.insert(i % 3 == 0 ? event_with_id(kNoon, i) : event_at(kNoon + minutes(static_cast<std::int64_t>(i)), i));
  }
  const std::string whole = all_of(dedup);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Dedup damaged;
    EXPECT_FALSE(read(damaged, whole.substr(0, size))) << size;
  }
  Dedup good;
  EXPECT_TRUE(read(good, whole));
  EXPECT_EQ(good.size(), 20U);
}

TEST(Dedup, refuses_a_count_that_the_bytes_cannot_hold) {
  for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    ByteWriter out;
    out.put(count);
    Dedup dedup;
    EXPECT_FALSE(read(dedup, out.take())) << count;
  }
}

TEST(Dedup, accounts_for_its_memory) {
  Dedup dedup;
  EXPECT_EQ(dedup.bytes(), 0U);
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    dedup.insert(event_at(kNoon, i));
  }
  EXPECT_EQ(dedup.size(), 100'000U);
  EXPECT_LE(dedup.bytes(), 100'000U * 24) << "what is new is no second list";
  added_of(dedup);
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    dedup.insert(event_at(kNoon, 100'000 + i));
  }
  EXPECT_GE(dedup.bytes(), 101'000U * 17 + 1'000 * 16) << "the set, and what was added since the snapshot";
  Dedup restored;
  ASSERT_TRUE(read(restored, all_of(dedup)));
  EXPECT_LE(restored.bytes(), 101'000U * 24);
  restored.forget_before(kNoon + hours(1));
  EXPECT_EQ(restored.bytes(), 0U);
}

/// As the pipeline asks: a run is looked at first.
bool insert(Dedup& dedup, const Event& event) { return !dedup.is_in_runs(event).value() && dedup.insert(event); }

TEST(Dedup, knows_what_it_spilled_and_forgets_it_with_its_bucket) {
  stream_testing::MemoryRuns runs;
  Dedup dedup;
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    EXPECT_TRUE(insert(dedup, event_at(kNoon + minutes(i % 30), i)));
    EXPECT_TRUE(insert(dedup, event_with_id(kNoon, 1'000'000 + i)));
  }
  EXPECT_FALSE(dedup.has_runs());
  ASSERT_TRUE(dedup.spill(runs, 0));
  EXPECT_EQ(dedup.bytes(), 0U);
  EXPECT_EQ(dedup.size(), 2'000U);
  EXPECT_EQ(dedup.run_names().size(), 7U) << "one of the event ids, and one of each bucket";
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    EXPECT_FALSE(insert(dedup, event_at(kNoon + minutes(i % 30), i)));
    EXPECT_FALSE(insert(dedup, event_with_id(kNoon + hours(100), 1'000'000 + i)));
  }
  EXPECT_TRUE(insert(dedup, event_at(kNoon, 5'000)));
  dedup.forget_before(kNoon + minutes(10));
  EXPECT_EQ(dedup.run_names().size(), 5U);
  dedup.forget_before(kNoon + hours(10));
  EXPECT_EQ(dedup.run_names().size(), 1U);
  EXPECT_EQ(dedup.size(), 1'000U);
}

TEST(Dedup, spills_the_oldest_first_and_no_more_than_it_must) {
  stream_testing::MemoryRuns runs;
  Dedup dedup;
  for (std::uint64_t i = 1; i <= 4'000; ++i) {
    insert(dedup, event_at(kNoon + minutes(5 * (i % 4)), i));
  }
  const std::size_t bytes = dedup.bytes();
  ASSERT_TRUE(dedup.spill(runs, bytes));
  EXPECT_EQ(dedup.run_names().size(), 2U);
  EXPECT_LE(dedup.bytes(), bytes / 2);
  dedup.forget_before(kNoon + minutes(10));
  EXPECT_FALSE(dedup.has_runs());
}

TEST(Dedup, merges_runs_of_like_size_and_knows_all_of_them) {
  stream_testing::MemoryRuns runs;
  Dedup dedup;
  std::size_t most = 0;
  for (std::uint64_t i = 1; i <= 6'400; ++i) {
    EXPECT_TRUE(insert(dedup, event_with_id(kNoon, i)));
    if (i % 100 == 0) {
      ASSERT_TRUE(dedup.spill(runs, 0));
      most = std::max(most, dedup.run_names().size());
    }
  }
  EXPECT_LE(most, 12U) << "of 64 that were written";
  EXPECT_EQ(dedup.size(), 6'400U);
  for (std::uint64_t i = 1; i <= 6'400; ++i) {
    ASSERT_FALSE(insert(dedup, event_with_id(kNoon, i)));
  }
}

TEST(Dedup, reads_back_its_runs) {
  stream_testing::MemoryRuns runs;
  Dedup dedup;
  insert(dedup, event_with_id(kNoon, 1));
  insert(dedup, event_at(kNoon, 2));
  ASSERT_TRUE(dedup.spill(runs, 0));
  insert(dedup, event_with_id(kNoon, 3));
  const std::string whole = all_of(dedup);
  insert(dedup, event_with_id(kNoon, 4));
  const std::string added = added_of(dedup);
  Dedup restored;
  ASSERT_TRUE(read(restored, whole));
  ASSERT_TRUE(read(restored, added));
  ASSERT_TRUE(restored.open_runs(runs));
  EXPECT_EQ(restored.run_names(), dedup.run_names());
  for (const std::uint64_t id : {1U, 3U, 4U}) {
    EXPECT_FALSE(insert(restored, event_with_id(kNoon, id))) << id;
  }
  EXPECT_FALSE(insert(restored, event_at(kNoon, 2)));
  EXPECT_TRUE(insert(restored, event_with_id(kNoon, 5)));
  Dedup lost;
  ASSERT_TRUE(read(lost, whole));
  stream_testing::MemoryRuns none;
  EXPECT_EQ(lost.open_runs(none).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace millrace
