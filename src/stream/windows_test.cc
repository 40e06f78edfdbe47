#include "stream/windows.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "event/event_testing.h"
#include "stream/stream_testing.h"

namespace millrace {
namespace {

using event_testing::seed_of_test;
using stream_testing::add_sums;
using stream_testing::text_of;

constexpr Instant kNoon{1'705'320'000'000'000};  // 2024-01-15T12:00:00Z
constexpr std::uint64_t kSeed = 99;

struct Happening {
  Instant time = kNoon;
  std::string_view product_id = "P1";
  std::string_view category = "Books";
  EventType type = EventType::order_created;
  std::int64_t price_ticks = 10'000;
  std::int32_t quantity = 1;
};

Event event_of(const Happening& happening) {
  Event event{};
  event.time = happening.time;
  event.product_id = happening.product_id;
  event.category = happening.category;
  event.type = happening.type;
  event.price = {happening.price_ticks};
  event.quantity = happening.quantity;
  event.revenue = {happening.price_ticks * happening.quantity};
  return event;
}

void add(Windows& windows, const Happening& happening, WindowRows& rows) {
  windows.add(event_of(happening), product_hash(happening.product_id, category_hash(happening.category, kSeed)), rows);
}

std::vector<std::string> texts_of(const WindowRows& rows) {
  std::vector<std::string> texts;
  for (const WindowRow& row : rows.rows) {
    texts.push_back(text_of(row));
  }
  return texts;
}

/// What is emitted at once, as texts: rows of windows that are over.
std::vector<std::string> add(Windows& windows, const Happening& happening) {
  WindowRows rows;
  add(windows, happening, rows);
  return texts_of(rows);
}

/// What is emitted at a high mark, as texts.
std::vector<std::string> advance(Windows& windows, Instant high) {
  WindowRows rows;
  windows.advance(high, rows);
  return texts_of(rows);
}

std::vector<std::string> flush(Windows& windows) {
  WindowRows rows;
  windows.flush(rows);
  std::vector<std::string> texts;
  for (const WindowRow& row : rows.rows) {
    texts.push_back(text_of(row));
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Windows, sum_each_kind_of_event_into_its_own_columns) {
  Windows windows(minutes(5), {});
  add(windows, {.price_ticks = 2'999'900, .quantity = 2});
  add(windows, {.price_ticks = 5'000, .quantity = 3});
  add(windows, {.type = EventType::product_viewed, .price_ticks = 7});
  add(windows, {.type = EventType::product_viewed, .price_ticks = 7});
  add(windows, {.type = EventType::add_to_cart, .price_ticks = 7, .quantity = 5});
  add(windows, {.type = EventType::order_returned, .price_ticks = 2'999'900, .quantity = 2});
  add(windows, {.type = EventType::other});
  // start product category: revenue orders units price_sum views carts returns returned_units returned_revenue
  EXPECT_EQ(flush(windows), Texts{"2024-01-15T12:00:00.000000Z P1 Books: 601.4800 2 5 300.4900 2 1 1 2 599.9800"});
}

TEST(Windows, have_no_row_for_a_type_that_only_the_configuration_knows) {
  Windows windows(minutes(5), {});
  add(windows, {.type = EventType::other});
  EXPECT_EQ(windows.open_rows(), 0U);
  EXPECT_EQ(flush(windows), Texts{});
}

TEST(Windows, are_half_open_and_aligned_to_the_epoch) {
  Windows windows(minutes(5), {});
  add(windows, {.time = kNoon - Duration{1}});
  add(windows, {.time = kNoon});
  add(windows, {.time = kNoon + minutes(5) - Duration{1}});
  add(windows, {.time = kNoon + minutes(5)});
  add(windows, {.time = Instant{0}});
  EXPECT_EQ(flush(windows), (Texts{"1970-01-01T00:00:00.000000Z P1 Books: 1.0000 1 1 1.0000 0 0 0 0 0.0000",
                                   "2024-01-15T11:55:00.000000Z P1 Books: 1.0000 1 1 1.0000 0 0 0 0 0.0000",
                                   "2024-01-15T12:00:00.000000Z P1 Books: 2.0000 2 2 2.0000 0 0 0 0 0.0000",
                                   "2024-01-15T12:05:00.000000Z P1 Books: 1.0000 1 1 1.0000 0 0 0 0 0.0000"}));
}

TEST(Windows, keep_products_and_categories_apart) {
  Windows windows(hours(1), {});
  add(windows, {.product_id = "P1", .category = "Books"});
  add(windows, {.product_id = "P1", .category = "Toys"});
  add(windows, {.product_id = "P2", .category = "Books"});
  add(windows, {.product_id = "P1B", .category = "ooks"});
  add(windows, {.product_id = "P1", .category = "Books"});
  EXPECT_EQ(windows.open_rows(), 4U);
  EXPECT_EQ(flush(windows).front(), "2024-01-15T12:00:00.000000Z P1 Books: 2.0000 2 2 2.0000 0 0 0 0 0.0000");
}

TEST(Windows, keep_products_apart_whose_hashes_are_equal) {
  Windows windows(hours(1), {});
  for (const char* const product : {"P1", "P2", "P3"}) {
    for (const char* const category : {"Books", "Toys"}) {
      WindowRows rows;
      windows.add(event_of({.product_id = product, .category = category}), 7, rows);
      windows.add(event_of({.product_id = product, .category = category}), 7, rows);
    }
  }
  EXPECT_EQ(windows.open_rows(), 6U);
}

TEST(Windows, are_emitted_when_the_watermark_passes_their_end) {
  // 12:00 ──────── 12:05        high mark − 10 min ≥ 12:05
  Windows windows(minutes(5), minutes(10));
  add(windows, {.time = kNoon});
  EXPECT_EQ(advance(windows, kNoon), Texts{});
  EXPECT_EQ(advance(windows, kNoon + minutes(15) - Duration{1}), Texts{});
  EXPECT_EQ(windows.open_rows(), 1U);
  EXPECT_EQ(advance(windows, kNoon + minutes(15)).size(), 1U);
  EXPECT_EQ(windows.open_rows(), 0U);
  EXPECT_EQ(advance(windows, kNoon + hours(5)), Texts{});
}

TEST(Windows, are_emitted_oldest_first_up_to_the_watermark) {
  Windows windows(minutes(5), {});
  for (const int minute : {20, 0, 10, 5}) {
    add(windows, {.time = kNoon + minutes(minute)});
  }
  EXPECT_EQ(advance(windows, kNoon + minutes(15)),
            (Texts{"2024-01-15T12:00:00.000000Z P1 Books: 1.0000 1 1 1.0000 0 0 0 0 0.0000",
                   "2024-01-15T12:05:00.000000Z P1 Books: 1.0000 1 1 1.0000 0 0 0 0 0.0000",
                   "2024-01-15T12:10:00.000000Z P1 Books: 1.0000 1 1 1.0000 0 0 0 0 0.0000"}));
  EXPECT_EQ(windows.open_rows(), 1U);
}

TEST(Windows, give_one_more_row_for_a_record_that_comes_after_its_window_was_emitted) {
  Windows windows(minutes(5), {});
  add(windows, {.time = kNoon});
  EXPECT_EQ(advance(windows, kNoon + minutes(5)).size(), 1U);
  EXPECT_EQ(add(windows, {.time = kNoon + Duration{1}, .quantity = 4}),
            Texts{"2024-01-15T12:00:00.000000Z P1 Books: 4.0000 1 4 1.0000 0 0 0 0 0.0000"})
      << "at once: the watermark has passed the window's end";
  EXPECT_EQ(add(windows, {.time = kNoon + minutes(5)}), Texts{}) << "this one is still open";
  EXPECT_EQ(windows.open_rows(), 1U);
}

TEST(Windows, give_one_more_row_for_a_record_that_comes_after_a_flush) {
  Windows windows(minutes(5), minutes(10));
  add(windows, {.time = kNoon});
  EXPECT_EQ(flush(windows).size(), 1U);
  EXPECT_EQ(flush(windows), Texts{});
  add(windows, {.time = kNoon, .quantity = 7});
  EXPECT_EQ(advance(windows, kNoon + minutes(15)),
            Texts{"2024-01-15T12:00:00.000000Z P1 Books: 7.0000 1 7 1.0000 0 0 0 0 0.0000"});
}

TEST(Windows, do_not_go_back_with_a_lower_high_mark) {
  Windows windows(minutes(5), {});
  EXPECT_EQ(advance(windows, kNoon + hours(1)), Texts{});
  EXPECT_EQ(advance(windows, kNoon + minutes(30)), Texts{});
  EXPECT_EQ(add(windows, {.time = kNoon + minutes(40)}).size(), 1U) << "over, as far as the first mark says";
  EXPECT_EQ(windows.open_rows(), 0U);
}

TEST(Windows, wait_in_the_first_hours_of_1970_like_at_any_time) {
  Windows windows(hours(1), hours(2));
  add(windows, {.time = Instant{0}});
  EXPECT_EQ(advance(windows, Instant{0}), Texts{});
  EXPECT_EQ(advance(windows, Instant{0} + hours(3) - Duration{1}), Texts{});
  EXPECT_EQ(advance(windows, Instant{0} + hours(3)).size(), 1U);
}

TEST(Windows, sum_the_largest_amounts_exactly) {
  Windows windows(hours(1), {});
  for (int i = 0; i < 1'000; ++i) {
    add(windows, {.price_ticks = 999'999'999'999, .quantity = 1'000'000});
  }
  EXPECT_EQ(
      flush(windows),
      Texts{"2024-01-15T12:00:00.000000Z P1 Books: 99999999999900000.0000 1000 1000000000 99999999999.9000 0 0 0 0 "
            "0.0000"});
}

using Key = std::tuple<Instant, std::string, std::string>;

std::vector<Happening> random_happenings(std::mt19937_64& random, int count) {
  static const std::vector<std::string> kProducts = [] {
    std::vector<std::string> products;
    for (int i = 0; i < 300; ++i) {
      products.push_back(format("P{}", i));
    }
    return products;
  }();
  constexpr std::string_view kCategories[] = {"Books", "Toys", ""};
  const auto below = [&random](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  };
  std::vector<Happening> happenings;
  Instant now = kNoon;
  for (int i = 0; i < count; ++i) {
    now = now + seconds(below(30));
    happenings.push_back({.time = below(5) == 0 ? now - minutes(below(100)) : now,
                          .product_id = kProducts[random() % kProducts.size()],
                          .category = kCategories[random() % std::size(kCategories)],
                          .type = static_cast<EventType>(below(5)),
                          .price_ticks = below(1'000'000'000),
                          .quantity = static_cast<std::int32_t>(1 + below(9))});
  }
  return happenings;
}

std::string sums_text(const WindowSums& sums) {
  return text_of({.start = {}, .product_id = "", .category = "", .sums = sums});
}

/// Runs through the happenings; a snapshot and a new object wherever `restart` says so. Checks on the way that no row
/// comes before its time, and that none stays when its time has come. Gives the emitted rows as texts.
template <class Restart>
Texts run(const std::vector<Happening>& happenings, Duration width, Duration delay, Restart restart,
          std::map<Key, WindowSums>& sums) {
  Texts emitted;
  Windows windows(width, delay);
  Instant high{0};
  const auto take = [&](const WindowRows& rows, bool at_the_end) {
    for (const WindowRow& row : rows.rows) {
      EXPECT_TRUE(at_the_end || row.start + width <= high - delay) << "too early: " << text_of(row);
      emitted.push_back(text_of(row));
      add_sums(sums[{row.start, std::string(row.product_id), std::string(row.category)}], row.sums);
    }
  };
  for (const Happening& happening : happenings) {
    if (happening.time > high) {
      high = happening.time;
      WindowRows rows;
      windows.advance(high, rows);
      take(rows, false);
    }
    WindowRows rows;
    add(windows, happening, rows);
    take(rows, false);
    if (restart()) {
      ByteWriter out;
      windows.write(out);
      const std::string snapshot = out.take();
      ByteReader in(snapshot);
      windows = Windows(width, delay);
      EXPECT_TRUE(windows.read(in));
      EXPECT_TRUE(in.finished());
    }
  }
  WindowRows rest;
  windows.flush(rest);
  for (const WindowRow& row : rest.rows) {
    EXPECT_GT(row.start + width, high - delay) << "too late: " << text_of(row);
  }
  take(rest, true);
  EXPECT_EQ(windows.open_rows(), 0U);
  return emitted;
}

TEST(Windows, agree_with_plain_sums_and_give_the_same_rows_with_and_without_snapshots) {
  const std::uint64_t seed = seed_of_test(31);
  SCOPED_TRACE(format("seed {}", seed));
  std::mt19937_64 random(seed);
  for (const auto& [width, delay] : {std::pair{minutes(5), minutes(10)}, std::pair{hours(1), hours(2)}}) {
    const std::vector<Happening> happenings = random_happenings(random, 4'000);
    std::map<Key, WindowSums> expected;
    for (const Happening& happening : happenings) {
      if (happening.type != EventType::other) {
        expected[{floor_to(happening.time, width), std::string(happening.product_id), std::string(happening.category)}]
            .add(event_of(happening));
      }
    }
    std::map<Key, WindowSums> sums;
    const Texts rows = run(happenings, width, delay, [] { return false; }, sums);
    ASSERT_EQ(sums.size(), expected.size());
    for (const auto& [key, sum] : expected) {
      EXPECT_EQ(sums_text(sums[key]), sums_text(sum));
    }
    EXPECT_GE(rows.size(), expected.size());
    std::map<Key, WindowSums> ignored;
    EXPECT_EQ(run(happenings, width, delay, [&random] { return random() % 50 == 0; }, ignored), rows);
  }
}

TEST(Windows, refuse_every_beginning_of_a_snapshot_but_the_whole) {
  Windows windows(minutes(5), {});
  add(windows, {});
  add(windows, {.time = kNoon + hours(1), .product_id = "P2", .category = "Toys"});
  ByteWriter out;
  windows.write(out);
  const std::string whole = out.take();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    Windows damaged(minutes(5), {});
    ByteReader in(cut);
    EXPECT_FALSE(damaged.read(in) && in.finished()) << size;
  }
  Windows good(minutes(5), {});
  ByteReader in(whole);
  EXPECT_TRUE(good.read(in) && in.finished());
  EXPECT_EQ(flush(good), flush(windows));
}

TEST(Windows, own_the_texts_of_their_rows) {
  Windows windows(minutes(5), {});
  {
    const std::string product(300, 'p');
    const std::string category(80, 'c');
    add(windows, {.product_id = product, .category = category});
  }
  WindowRows rows;
  windows.flush(rows);
  EXPECT_EQ(rows.rows.at(0).product_id, std::string(300, 'p'));
  EXPECT_EQ(rows.rows.at(0).category, std::string(80, 'c'));
  rows.clear();
  EXPECT_TRUE(rows.rows.empty());
}

TEST(Windows, hash_products_by_a_seed_that_strangers_do_not_know) {
  const auto hash = [](std::string_view product, std::string_view category, std::uint64_t seed) {
    return product_hash(product, category_hash(category, seed));
  };
  EXPECT_EQ(hash("P1", "Books", 1), hash("P1", "Books", 1));
  EXPECT_NE(hash("P1", "Books", 1), hash("P1", "Books", 2));
  EXPECT_NE(hash("P1", "Books", 1), hash("P1", "Toys", 1));
  EXPECT_NE(hash("P1", "Books", 1), hash("P2", "Books", 1));
}

}  // namespace
}  // namespace millrace
