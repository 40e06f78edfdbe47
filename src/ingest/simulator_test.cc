#include "ingest/simulator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "event/decode.h"
#include "ingest/event_log.h"

namespace millrace {
namespace {

const Instant kStart = *parse_event_time("2024-01-15T10:30:00Z");

Simulator make(const SimulatorOptions& options, double records_per_second = 1'000) {
  auto simulator = Simulator::create(options, kStart, records_per_second);
  EXPECT_TRUE(simulator) << simulator.error().message;
  return *std::move(simulator);
}

constexpr SimulatorOptions kClean{
    .seed = 7, .duplicate_rate = 0, .late_rate = 0, .bad_rate = 0, .disorder = Duration{0}};

/// Runs the simulator at 1,000 records a second.
void run(Simulator& simulator, int count, auto&& visit) {
  for (int i = 0; i < count; ++i) {
    const Instant now = kStart + milliseconds(i);
    visit(simulator.next(now), now);
  }
}

std::string text_of(Simulator& simulator, int count) {
  std::string text;
  run(simulator, count, [&](const SimulatedRecord& record, Instant) {
    text.append(record.key).append("\t").append(record.line).append("\n");
  });
  return text;
}

/// Decodes one line by the contract's rules.
class Judge {
 public:
  const DecodedRecord& operator()(std::string_view line) {
    padded_.assign(line);
    padded_.append(kRecordPaddingBytes, '\0');
    const Record record{.bytes = std::string_view(padded_).substr(0, line.size()),
                        .full_bytes = static_cast<std::int64_t>(line.size()),
                        .offset = 0,
                        .log_time = std::nullopt};
    decoder_.decode({&record, 1}, nullptr, kStart + kDay * 365, batch_);
    return batch_.records[0];
  }

 private:
  std::string padded_;
  Decoder decoder_{{}};
  DecodedBatch batch_;
};

TEST(Simulator, the_same_seed_gives_the_same_bytes) {
  const SimulatorOptions options{.seed = 7, .event_ids = true};
  Simulator one = make(options);
  Simulator same = make(options);
  EXPECT_EQ(text_of(one, 5'000), text_of(same, 5'000));
  Simulator other = make({.seed = 8, .event_ids = true});
  Simulator again = make(options);
  EXPECT_NE(text_of(other, 100), text_of(again, 100));
}

TEST(Simulator, the_first_ten_thousand_lines_are_the_golden_ones) {
  // A changed hash is a changed shop: every seed that somebody wrote down means something else from then on.
  Simulator simulator = make({.seed = 7, .duplicate_rate = 0.02, .late_rate = 0.01, .bad_rate = 0.02});
  const std::string text = text_of(simulator, 10'000);
  EXPECT_EQ(hash64(text), 6'871'633'577'516'912'436U) << text.substr(0, 2'000);
}

TEST(Simulator, a_line_has_the_contracts_fields_in_its_order) {
  Simulator simulator = make({.seed = 7, .duplicate_rate = 0, .late_rate = 0, .bad_rate = 0, .event_ids = true});
  const auto parsed = parse_json(simulator.next(kStart).line, "a simulated line");
  ASSERT_TRUE(parsed) << parsed.error().message;
  std::vector<std::string> names;
  for (const auto& [name, value] : parsed->items()) {
    EXPECT_TRUE(value.is_string()) << name;
    names.push_back(name);
  }
  const std::vector<std::string> expected = {"event_time", "user_id",    "product_id", "category", "price",
                                             "quantity",   "event_type", "session_id", "event_id"};
  EXPECT_EQ(names, expected);
}

TEST(Simulator, every_line_is_what_its_kind_says) {
  Simulator simulator = make({.seed = 7, .duplicate_rate = 0.05, .late_rate = 0.05, .bad_rate = 0.1});
  Judge judge;
  std::set<std::string> sent;
  run(simulator, 30'000, [&](const SimulatedRecord& record, Instant now) {
    ASSERT_EQ(record.line.find('\n'), std::string_view::npos);
    const DecodedRecord& decoded = judge(record.line);
    if (record.kind == SimulatedKind::bad) {
      ASSERT_TRUE(is_rejection(decoded.outcome)) << record.line;
      return;
    }
    ASSERT_EQ(decoded.outcome, Outcome::silver) << record.line;
    ASSERT_EQ(decoded.event.product_id, record.key);
    const Duration behind = now - decoded.event.time;
    if (record.kind == SimulatedKind::late) {
      ASSERT_GE(behind, minutes(150));
      ASSERT_LT(behind, hours(9));
    } else if (record.kind == SimulatedKind::event) {
      ASSERT_GE(behind, Duration{0});
      ASSERT_LT(behind, minutes(2));
    }
    ASSERT_EQ(sent.contains(std::string(record.line)), record.kind == SimulatedKind::duplicate) << record.line;
    sent.emplace(record.line);
  });
}

TEST(Simulator, the_rates_are_met) {
  const SimulatorOptions options{.seed = 7, .duplicate_rate = 0.03, .late_rate = 0.01, .bad_rate = 0.02};
  Simulator simulator = make(options);
  constexpr int kCount = 100'000;
  run(simulator, kCount, [](const SimulatedRecord&, Instant) {});
  const auto& counts = simulator.counts();
  const auto expect_share = [&](SimulatedKind kind, double rate) {
    EXPECT_NEAR(static_cast<double>(counts[static_cast<std::size_t>(kind)]), kCount * rate,
                5 * std::sqrt(kCount * rate * (1 - rate)));
  };
  expect_share(SimulatedKind::duplicate, 0.03);
  expect_share(SimulatedKind::late, 0.01);
  expect_share(SimulatedKind::bad, 0.02);
  expect_share(SimulatedKind::event, 0.94);
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], kCount);
}

TEST(Simulator, disorder_is_small_and_has_the_mean_that_was_asked_for) {
  SimulatorOptions options = kClean;
  options.disorder = seconds(2);
  Simulator simulator = make(options);
  Judge judge;
  double sum_us = 0;
  run(simulator, 50'000, [&](const SimulatedRecord& record, Instant now) {
    sum_us += static_cast<double>((now - judge(record.line).event.time).us);
  });
  EXPECT_NEAR(sum_us / 50'000, 2e6, 5 * 2e6 / std::sqrt(50'000));
}

TEST(Simulator, a_clean_shop_sends_every_event_at_its_time) {
  Simulator simulator = make(kClean);
  Judge judge;
  run(simulator, 10'000, [&](const SimulatedRecord& record, Instant now) {
    ASSERT_EQ(record.kind, SimulatedKind::event);
    ASSERT_EQ(judge(record.line).event.time, now);
  });
}

TEST(Simulator, visits_turn_into_carts_and_orders_and_returns_from_the_first_records_on) {
  SimulatorOptions options = kClean;
  options.promotion_rate = 0;  // which would lift the chance of a cart
  options.stock_out_rate = 0;
  Judge judge;
  for (const double rate : {10.0, 1'000.0, kUnlimitedRate}) {
    Simulator simulator = make(options, rate);
    for (int part = 0; part < 4; ++part) {
      std::map<EventType, double> counts;
      constexpr int kPart = 15'000;
      for (int i = 0; i < kPart; ++i) {
        const std::int64_t place = part * kPart + i;
        const Instant now =
            kStart + (std::isinf(rate) ? Duration{place}
                                       : Duration{static_cast<std::int64_t>(static_cast<double>(place) * 1e6 / rate)});
        ++counts[judge(simulator.next(now).line).event.type];
      }
      // cart_chance, order_chance and return_chance; list prices move the first of them a little.
      EXPECT_NEAR(counts[EventType::add_to_cart] / counts[EventType::product_viewed], 0.20, 0.025) << rate;
      EXPECT_NEAR(counts[EventType::order_created] / counts[EventType::add_to_cart], 0.50, 0.05) << rate;
      EXPECT_NEAR(counts[EventType::order_returned] / counts[EventType::order_created], 0.06, 0.025) << rate;
    }
  }
}

TEST(Simulator, an_order_follows_its_cart_and_a_cart_its_view) {
  struct Item {
    EventType type;
    std::string price;
    std::string quantity;
  };
  Simulator simulator = make(kClean, 1.0);  // an almost empty shop, so that few steps are older than the first record
  std::map<std::pair<std::string, std::string>, Item> sessions;  // by session and product: the last step
  std::map<std::string, std::string> order_products;
  int orders = 0;
  int strangers = 0;  // began before the shop's first record
  Judge judge;
  for (int i = 0; i < 60'000; ++i) {
    const Event& event = judge(simulator.next(kStart + seconds(i)).line).event;
    if (event.type == EventType::order_returned) {
      EXPECT_TRUE(event.session_id.empty());
      EXPECT_FALSE(event.order_id.empty());
      const auto order = order_products.find(std::string(event.order_id));
      strangers += order == order_products.end() ? 1 : 0;
      if (order != order_products.end()) {
        EXPECT_EQ(order->second, event.product_id);
      }
      continue;
    }
    EXPECT_FALSE(event.session_id.empty());
    const std::pair key{std::string(event.session_id), std::string(event.product_id)};
    const auto last = sessions.find(key);
    if (event.type == EventType::product_viewed) {
      EXPECT_EQ(event.quantity, 1);
    } else if (last == sessions.end()) {
      ++strangers;
    } else if (event.type == EventType::add_to_cart) {
      EXPECT_EQ(last->second.type, EventType::product_viewed);
      EXPECT_EQ(last->second.price, to_string(event.price));
    } else {
      EXPECT_EQ(last->second.type, EventType::add_to_cart);
      EXPECT_EQ(last->second.price, to_string(event.price));
      EXPECT_EQ(last->second.quantity, std::to_string(event.quantity));
      EXPECT_TRUE(order_products.emplace(event.order_id, event.product_id).second) << "an order's id is its own";
      ++orders;
    }
    EXPECT_EQ(event.order_id.empty(), event.type != EventType::order_created);
    sessions.insert_or_assign(key, Item{event.type, to_string(event.price), std::to_string(event.quantity)});
  }
  EXPECT_GT(orders, 3'000);
  EXPECT_LT(strangers, 1'000);  // the returns of a week, of orders before the start
}

TEST(Simulator, popular_products_are_seen_more_and_few_customers_come_often) {
  Simulator simulator = make(kClean);
  std::unordered_map<std::string, int> products;
  std::map<std::string, int> users;
  Judge judge;
  run(simulator, 100'000, [&](const SimulatedRecord& record, Instant) {
    ++products[std::string(record.key)];
    ++users[std::string(judge(record.line).event.user_id)];
  });
  const auto most = std::ranges::max_element(products, {}, [](const auto& p) { return p.second; });
  EXPECT_GT(most->second, 100'000 / 200 * 10);
  EXPECT_GT(products.size(), 190U);
  EXPECT_GT(users.size(), 3'000U);
  EXPECT_GT(users["U1000"], 10 * 100'000 / 10'000);
}

TEST(Simulator, a_product_without_stock_is_seen_but_not_bought) {
  SimulatorOptions options = kClean;
  options.stock_out_rate = 0.1;
  Simulator simulator = make(options, kUnlimitedRate);
  const Day day = day_of(kStart);
  std::set<std::string> sold_out;
  for (std::size_t i = 0; i < simulator.shop().products().size(); ++i) {
    if (!simulator.shop().on(i, day).in_stock) {
      sold_out.insert(simulator.shop().products()[i].id);
    }
  }
  ASSERT_GT(sold_out.size(), 5U);
  Judge judge;
  int views = 0;
  for (int i = 0; i < 100'000; ++i) {
    const SimulatedRecord record = simulator.next(kStart + Duration{i});
    if (sold_out.contains(std::string(record.key))) {
      const EventType type = judge(record.line).event.type;
      views += type == EventType::product_viewed ? 1 : 0;
      EXPECT_TRUE(type == EventType::product_viewed || type == EventType::order_returned) << record.line;
    }
  }
  EXPECT_GT(views, 1'000);
}

TEST(Simulator, a_clock_that_goes_back_a_day_harms_nothing) {
  Simulator simulator = make(kClean);
  simulator.next(kStart + kDay);
  simulator.next(kStart);
  simulator.next(kStart - kDay);
  EXPECT_EQ(simulator.counts()[0], 3);
  EXPECT_EQ(simulator.views().size(), 3U);
}

TEST(Simulator, event_times_never_lie_before_1970) {
  SimulatorOptions options = kClean;
  options.late_rate = 0.5;
  auto simulator = Simulator::create(options, Instant{0}, 1);
  ASSERT_TRUE(simulator);
  Judge judge;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(judge(simulator->next(Instant{i}).line).outcome, Outcome::silver);
  }
}

TEST(Simulator, refuses_what_makes_no_sense) {
  EXPECT_EQ(Simulator::create({.products = 0}, kStart, 1).error().fault, Fault::invalid);
  EXPECT_EQ(Simulator::create({}, kStart, 0).error().fault, Fault::invalid);
  EXPECT_EQ(Simulator::create({}, kStart, std::nan("")).error().fault, Fault::invalid);
  EXPECT_EQ(Simulator::create({}, Instant{-1}, 1).error().fault, Fault::invalid);
  EXPECT_EQ(Simulator::create({}, kYear10000, 1).error().fault, Fault::invalid);
}

}  // namespace
}  // namespace millrace
