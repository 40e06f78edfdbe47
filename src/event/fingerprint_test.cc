#include "event/fingerprint.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>
#include <utility>

#include "base/format.h"

namespace millrace {
namespace {

constexpr SecretKey kKey = {0x0706050403020100, 0x0F0E0D0C0B0A0908, 0x1716151413121110, 0x1F1E1D1C1B1A1918};

struct Identity {
  std::string_view event_id = "";
  std::string_view user_id = "U1234";
  std::string_view product_id = "P001";
  std::string_view type_text = "order_created";
  std::int64_t time_us = 1'705'314'600'000'000;
};

Event event_of(const Identity& identity) {
  Event event{};
  event.event_id = identity.event_id;
  event.user_id = identity.user_id;
  event.product_id = identity.product_id;
  event.type_text = identity.type_text;
  event.time = {identity.time_us};
  return event;
}

Fingerprint fingerprint(const Identity& identity, const SecretKey& key = kKey) {
  return fingerprint_of(event_of(identity), key);
}

TEST(Fingerprint, is_the_same_for_the_same_identity_and_differs_with_each_part_of_it) {
  const Fingerprint one = fingerprint({});
  EXPECT_EQ(fingerprint({}), one);
  EXPECT_FALSE(fingerprint({.user_id = "U1235"}) == one);
  EXPECT_FALSE(fingerprint({.product_id = "P002"}) == one);
  EXPECT_FALSE(fingerprint({.type_text = "order_returned"}) == one);
  EXPECT_FALSE(fingerprint({.time_us = 1'705'314'600'000'001}) == one);
  EXPECT_FALSE(fingerprint({.event_id = "E1"}) == one);
}

TEST(Fingerprint, looks_at_nothing_but_the_identity) {
  Event event = event_of({});
  const Fingerprint one = fingerprint_of(event, kKey);
  event.category = "Books";
  event.order_id = "O1";
  event.session_id = "S1";
  event.price = {1};
  event.revenue = {2};
  event.quantity = 2;
  event.type = EventType::other;
  EXPECT_EQ(fingerprint_of(event, kKey), one);
}

TEST(Fingerprint, of_an_event_id_looks_at_nothing_else) {
  EXPECT_EQ(fingerprint({.event_id = "E1", .user_id = "a", .product_id = "b", .type_text = "c", .time_us = 0}),
            fingerprint({.event_id = "E1"}));
  EXPECT_FALSE(fingerprint({.event_id = "E1"}) == fingerprint({.event_id = "E2"}));
}

TEST(Fingerprint, keeps_neighbouring_texts_apart) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  int count = 0;
  const std::string text = "aaaaaa";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      const Fingerprint f =
          fingerprint({.user_id = text.substr(0, i), .product_id = text.substr(i, j - i), .type_text = text.substr(j)});
      seen.emplace(f.high, f.low);
      ++count;
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
}

TEST(Fingerprint, never_takes_an_event_id_for_the_four_fields) {
  // The bytes of the four fields, as they are hashed, given as an event_id: another identity all the same.
  const Identity four = {.user_id = "U", .product_id = "P", .type_text = "T", .time_us = 77};
  const auto length = [](char n) { return std::string{n, '\0', '\0', '\0'}; };
  const std::string time = std::string{77, '\0', '\0', '\0', '\0', '\0', '\0', '\0'};
  const std::string tail = length(1) + "U" + length(1) + "P" + length(1) + "T";
  for (const std::string& id : {tail, time + tail, std::string(8, '\0') + time + tail}) {
    EXPECT_FALSE(fingerprint({.event_id = id}) == fingerprint(four));
  }
}

TEST(Fingerprint, depends_on_every_word_of_the_key) {
  for (std::size_t word = 0; word < kKey.size(); ++word) {
    for (const int bit : {0, 31, 63}) {
      SecretKey other = kKey;
      other[word] ^= std::uint64_t{1} << bit;
      EXPECT_FALSE(fingerprint({}, other) == fingerprint({}, kKey)) << word;
      EXPECT_FALSE(fingerprint({.event_id = "E"}, other) == fingerprint({.event_id = "E"}, kKey)) << word;
    }
  }
}

TEST(Fingerprint, takes_the_longest_identity_there_is) {
  const std::string id(256, 'x');
  const std::string type(80, 't');
  const Fingerprint one = fingerprint({.user_id = id, .product_id = id, .type_text = type});
  std::string last = id;
  last.back() = 'y';
  EXPECT_FALSE(fingerprint({.user_id = id, .product_id = last, .type_text = type}) == one);
  EXPECT_FALSE(fingerprint({.event_id = id}) == fingerprint({.event_id = last}));
}

// Stored in the snapshots of a partition: another value would make every known event new.
TEST(Fingerprint, stays_what_it_was_when_lakes_were_written) {
  const Fingerprint by_fields = fingerprint({});
  const Fingerprint by_id = fingerprint({.event_id = "E1"});
  EXPECT_EQ(format("{:016x}{:016x}", by_fields.high, by_fields.low), "9119c10f9a596b5a494150a4a267ad9b");
  EXPECT_EQ(format("{:016x}{:016x}", by_id.high, by_id.low), "875eabbbc2d1ea0b791874ff2c54fdae");
}

TEST(Fingerprint, is_spread_evenly_over_all_bits) {
  std::array<int, 128> ones{};
  constexpr int kEvents = 20'000;
  for (int i = 0; i < kEvents; ++i) {
    const std::string id = format("E{}", i);
    const Fingerprint f = fingerprint({.event_id = id});
    for (std::size_t bit = 0; bit < 64; ++bit) {
      ones[bit] += static_cast<int>((f.low >> bit) & 1);
      ones[64 + bit] += static_cast<int>((f.high >> bit) & 1);
    }
  }
  for (const int count : ones) {
    EXPECT_NEAR(count, kEvents / 2, 500);  // seven standard deviations
  }
}

}  // namespace
}  // namespace millrace
