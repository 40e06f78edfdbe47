// Every row of CONTRACT.md's table of checks, at its edges; price and quantity in rules_number_test.cc. The fields are
// given as the record reader gives them; whole records are tested in decode_test.cc.
#include "event/rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "event/rules_testing.h"

namespace millrace {
namespace {

using rules_testing::Change;
using rules_testing::check;
using rules_testing::Checked;
using rules_testing::expect_rejected;
using rules_testing::json;
using rules_testing::kAbsent;
using rules_testing::kNull;
using rules_testing::text;

TEST(Rules, take_the_example_of_the_contract) {
  const Checked checked = check({});
  ASSERT_TRUE(checked.valid());
  const Event& event = checked.event;
  EXPECT_EQ(to_string(event.time), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(checked.event_time, event.time);
  EXPECT_EQ(event.user_id, "U1234");
  EXPECT_EQ(event.product_id, "P001");
  EXPECT_EQ(event.category, "Electronics");
  EXPECT_EQ(event.type_text, "order_created");
  EXPECT_EQ(event.type, EventType::order_created);
  EXPECT_EQ(to_string(event.price), "299.9900");
  EXPECT_EQ(event.quantity, 2);
  EXPECT_EQ(to_string(event.revenue), "599.9800");
  EXPECT_EQ(event.event_id, "");
  EXPECT_EQ(event.order_id, "");
  EXPECT_EQ(event.session_id, "");
}

TEST(Rules, miss_a_required_field_that_is_absent_or_null) {
  for (const Field field :
       {Field::event_time, Field::user_id, Field::product_id, Field::event_type, Field::price, Field::quantity}) {
    expect_rejected({{field, kAbsent}}, Outcome::missing_field, field);
    expect_rejected({{field, kNull}}, Outcome::missing_field, field);
  }
}

TEST(Rules, read_every_form_of_a_time) {
  const auto time_of = [](std::string_view value) {
    const Checked checked = check({{Field::event_time, text(value)}}, {}, Instant{kYear10000.us - 1});
    return checked.valid() ? to_string(checked.event.time) : "rejected";
  };
  EXPECT_EQ(time_of("2024-01-15T10:30:00"), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15 10:30:00"), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00Z"), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00.5Z"), "2024-01-15T10:30:00.500000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00.123456"), "2024-01-15T10:30:00.123456Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00.123456999Z"), "2024-01-15T10:30:00.123456Z") << "cut, not rounded";
  EXPECT_EQ(time_of("2024-01-15T10:30:00.000000999Z"), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00+00:00"), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00-00:00"), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00+01:30"), "2024-01-15T09:00:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00-0130"), "2024-01-15T12:00:00.000000Z");
  EXPECT_EQ(time_of("2024-01-15 10:30:00.25+2359"), "2024-01-14T10:31:00.250000Z");
  EXPECT_EQ(time_of("2024-01-15T10:30:00-23:59"), "2024-01-16T10:29:00.000000Z");
  EXPECT_EQ(time_of("2024-02-29T23:59:59Z"), "2024-02-29T23:59:59.000000Z");
  EXPECT_EQ(time_of("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00.000000Z");
}

TEST(Rules, take_times_from_1970_to_9999_in_utc) {
  const Instant end_of_time{kYear10000.us - 1};
  for (const char* const good : {"1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "1969-12-31T23:00:00-01:00",
                                 "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999999Z"}) {
    EXPECT_TRUE(check({{Field::event_time, text(good)}}, {}, end_of_time).valid()) << good;
  }
  for (const char* const bad : {"1969-12-31T23:59:59.999999Z", "1970-01-01T00:59:59+01:00", "9999-12-31T23:00:00-01:00",
                                "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z"}) {
    expect_rejected({{Field::event_time, text(bad)}}, Outcome::bad_event_time, Field::event_time, {}, end_of_time);
  }
}

TEST(Rules, refuse_what_is_no_real_date_and_time) {
  for (const char* const bad : {
           "",
           "yesterday",
           "2024",
           "2024-01-15",
           "20240115T103000Z",
           "2024-01-15T10:30",
           "2024-01-15T10:30Z",
           "2024-00-15T10:30:00Z",
           "2024-13-15T10:30:00Z",
           "2024-01-00T10:30:00Z",
           "2024-01-32T10:30:00Z",
           "2024-02-30T10:30:00Z",
           "2023-02-29T10:30:00Z",
           "1900-02-29T00:00:00Z",
           "2024-04-31T10:30:00Z",
           "2024-01-15T24:00:00Z",
           "2024-01-15T10:60:00Z",
           "2024-01-15T10:30:60Z",
           "2024-01-15t10:30:00Z",
           "2024-01-15T10:30:00z",
           "2024-01-15_10:30:00Z",
           "2024-01-15  10:30:00Z",
           " 2024-01-15T10:30:00Z",
           "2024-01-15T10:30:00Z ",
           "2024-01-15T10:30:00.Z",
           "2024-01-15T10:30:00,5Z",
           "2024-01-15T10:30:00.1234567890Z",
           "2024-01-15T10:30:00+1",
           "2024-01-15T10:30:00+01",
           "2024-01-15T10:30:00+010",
           "2024-01-15T10:30:00+01:0",
           "2024-01-15T10:30:00+24:00",
           "2024-01-15T10:30:00+23:60",
           "2024-01-15T10:30:00+01:00:00",
           "2024-01-15T10:30:00 Z",
           "2024-01-15T10:30:00ZZ",
           "2024-01-15T10:30:00Z+01:00",
           "2024-01-15T10:30:00+ 1:00",
           "2024-1-15T10:30:00Z",
           "2024-01-15T1:30:00Z",
           "2024/01/15T10:30:00Z",
           "2024-01-15T10.30.00Z",
           "+024-01-15T10:30:00Z",
           "-2024-01-15T10:30:00Z",
           "2024-01-15T10:30:-1Z",
           "1705312200000",
           "2024-01-15T10:30:00\xC2\xA0Z",
           "\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA4-01-15T10:30:00Z",
       }) {
    expect_rejected({{Field::event_time, text(bad)}}, Outcome::bad_event_time, Field::event_time);
  }
  expect_rejected({{Field::event_time, text(std::string_view("2024-01-15T10:30:00Z\0", 21))}}, Outcome::bad_event_time,
                  Field::event_time);
  for (const char* const value : {"1705312200000", "true", "{}", "[\"2024-01-15T10:30:00Z\"]"}) {
    expect_rejected({{Field::event_time, json(value)}}, Outcome::bad_event_time, Field::event_time);
  }
}

TEST(Rules, allow_a_time_up_to_the_latest_and_no_microsecond_more) {
  EXPECT_TRUE(check({{Field::event_time, text("2024-01-15T12:00:00Z")}}).valid());
  const std::vector<Change> future = {{Field::event_time, text("2024-01-15T12:00:00.000001Z")}};
  expect_rejected(future, Outcome::future_event, Field::event_time);
  EXPECT_EQ(check(future).event_time, std::nullopt) << "bronze has no date for it";
}

TEST(Rules, take_a_string_or_an_integer_for_an_id) {
  for (const auto field : {Field::user_id, Field::product_id}) {
    const auto id_of = [field](FieldText value) -> std::string_view {
      const Checked checked = check({{field, value}});
      return !checked.valid() ? "rejected" : field == Field::user_id ? checked.event.user_id : checked.event.product_id;
    };
    const std::string longest(256, 'i');
    const std::string too_long(257, 'i');
    const std::string longest_in_two_bytes = [] {
      std::string id;
      while (id.size() < 256) {
        id += "\xC3\xA9";
      }
      return id;
    }();
    EXPECT_EQ(id_of(text("x")), "x");
    EXPECT_EQ(id_of(text(" ")), " ");
    EXPECT_EQ(id_of(text("1.5")), "1.5");
    EXPECT_EQ(id_of(text(std::string_view("\0", 1))), std::string_view("\0", 1));
    EXPECT_EQ(id_of(text(longest)), longest);
    EXPECT_EQ(id_of(text(longest_in_two_bytes)), longest_in_two_bytes) << "bytes count, not characters";
    EXPECT_EQ(id_of(text(longest_in_two_bytes + "\xC3\xA9")), "rejected");
    EXPECT_EQ(id_of(text(too_long)), "rejected");
    EXPECT_EQ(id_of(json("0")), "0");
    EXPECT_EQ(id_of(json("-0")), "-0");
    EXPECT_EQ(id_of(json("-17")), "-17");
    EXPECT_EQ(id_of(json("123456789012345678901234567890")), "123456789012345678901234567890");
    EXPECT_EQ(id_of(json(std::string(256, '7'))), std::string(256, '7'));
    expect_rejected({{field, json(std::string(257, '7'))}}, Outcome::bad_id, field);
    expect_rejected({{field, text("")}}, Outcome::bad_id, field);
    for (const char* const value : {"1.0", "1e3", "1E0", "-1.5", "true", "false", "{}", "[]", "[1]", "{\"a\":1}"}) {
      expect_rejected({{field, json(value)}}, Outcome::bad_id, field);
    }
  }
}

TEST(Rules, know_four_types_and_those_that_are_enabled) {
  EXPECT_EQ(check({{Field::event_type, text("order_created")}}).event.type, EventType::order_created);
  EXPECT_EQ(check({{Field::event_type, text("product_viewed")}}).event.type, EventType::product_viewed);
  EXPECT_EQ(check({{Field::event_type, text("add_to_cart")}}).event.type, EventType::add_to_cart);
  EXPECT_EQ(check({{Field::event_type, text("order_returned")}}).event.type, EventType::order_returned);
  for (const char* const unknown : {"", "purchase", "ORDER_CREATED", "order_created ", "order_create", "order_createdx",
                                    "Order_Created", "wishlist"}) {
    expect_rejected({{Field::event_type, text(unknown)}}, Outcome::unknown_event_type, Field::event_type);
  }
  for (const char* const value : {"3", "true", "{}", "[\"order_created\"]"}) {
    expect_rejected({{Field::event_type, json(value)}}, Outcome::unknown_event_type, Field::event_type);
  }
  Rules rules;
  rules.event_types = {"wishlist", "3"};
  const Checked checked = check({{Field::event_type, text("wishlist")}}, rules);
  ASSERT_TRUE(checked.valid());
  EXPECT_EQ(checked.event.type, EventType::other);
  EXPECT_EQ(checked.event.type_text, "wishlist");
  EXPECT_EQ(check({{Field::event_type, text("order_returned")}}, rules).event.type, EventType::order_returned);
  expect_rejected({{Field::event_type, text("wishlists")}}, Outcome::unknown_event_type, Field::event_type, rules);
  expect_rejected({{Field::event_type, json("3")}}, Outcome::unknown_event_type, Field::event_type, rules);
}

TEST(Rules, take_an_optional_id_as_null_where_it_is_absent_null_or_empty) {
  for (const Field field : {Field::event_id, Field::order_id, Field::session_id}) {
    const auto id_of = [field](FieldText value) -> std::string_view {
      const Checked checked = check({{field, value}});
      return !checked.valid()           ? "rejected"
             : field == Field::event_id ? checked.event.event_id
             : field == Field::order_id ? checked.event.order_id
                                        : checked.event.session_id;
    };
    EXPECT_EQ(id_of(kAbsent), "");
    EXPECT_EQ(id_of(kNull), "");
    EXPECT_EQ(id_of(text("")), "");
    EXPECT_EQ(id_of(text("x")), "x");
    EXPECT_EQ(id_of(json("-7")), "-7");
    const std::string longest(256, 'i');
    EXPECT_EQ(id_of(text(longest)), longest);
    expect_rejected({{field, text(std::string(257, 'i'))}}, Outcome::bad_id, field);
    for (const char* const value : {"1.5", "1e0", "true", "{}", "[]"}) {
      expect_rejected({{field, json(value)}}, Outcome::bad_id, field);
    }
  }
}

TEST(Rules, compare_the_currency_where_the_shop_has_one) {
  Rules euro;
  euro.currency = "EUR";
  EXPECT_TRUE(check({}, euro).valid());
  EXPECT_TRUE(check({{Field::currency, text("EUR")}}, euro).valid());
  for (const FieldText& wrong :
       {text("USD"), text("eur"), text("EUR "), text(""), kNull, json("1"), json("[\"EUR\"]")}) {
    expect_rejected({{Field::currency, wrong}}, Outcome::wrong_currency, Field::currency, euro);
    EXPECT_TRUE(check({{Field::currency, wrong}}).valid()) << "no currency is set";
  }
}

TEST(Rules, take_an_absent_null_or_empty_category_for_unknown) {
  for (const FieldText& none : {kAbsent, kNull, text("")}) {
    const Checked checked = check({{Field::category, none}});
    ASSERT_TRUE(checked.valid());
    EXPECT_EQ(checked.event.category, "Unknown");
  }
}

TEST(Rules, take_a_category_of_80_bytes_without_control_characters) {
  const std::string eighty(80, 'c');
  std::string eighty_in_two_bytes;
  while (eighty_in_two_bytes.size() < 80) {
    eighty_in_two_bytes += "\xC3\xA9";
  }
  for (const std::string& good :
       {eighty, eighty_in_two_bytes, std::string(" "), std::string("a=b/c?d#e%20"), std::string(".."),
        std::string("\xC2\x80"), std::string("\xE2\x80\xA8"), std::string("Unknown")}) {
    const Checked checked = check({{Field::category, text(good)}});
    ASSERT_TRUE(checked.valid()) << good;
    EXPECT_EQ(checked.event.category, good);
  }
  expect_rejected({{Field::category, text(eighty + "c")}}, Outcome::bad_category, Field::category);
  expect_rejected({{Field::category, text(eighty_in_two_bytes + "\xC3\xA9")}}, Outcome::bad_category, Field::category);
  for (int c = 0; c < 0x80; ++c) {
    const std::string category = {'a', static_cast<char>(c), 'b'};
    EXPECT_EQ(check({{Field::category, text(category)}}).valid(), c >= 0x20 && c != 0x7F) << c;
  }
  for (const char* const value : {"5", "true", "{}", "[\"Books\"]"}) {
    expect_rejected({{Field::category, json(value)}}, Outcome::bad_category, Field::category);
  }
}

/// Each check broken in the simplest way, in the contract's order.
struct Broken {
  Change change;
  Outcome reason;
};

std::vector<Broken> broken_in_order() {
  return {
      {{Field::event_time, text("x")}, Outcome::bad_event_time},
      {{Field::user_id, text("")}, Outcome::bad_id},
      {{Field::product_id, json("{}")}, Outcome::bad_id},
      {{Field::event_type, text("x")}, Outcome::unknown_event_type},
      {{Field::price, text("x")}, Outcome::bad_price},
      {{Field::quantity, kNull}, Outcome::missing_field},
      {{Field::event_id, json("1.5")}, Outcome::bad_id},
      {{Field::order_id, json("1.5")}, Outcome::bad_id},
      {{Field::session_id, json("1.5")}, Outcome::bad_id},
      {{Field::currency, text("USD")}, Outcome::wrong_currency},
      {{Field::category, json("5")}, Outcome::bad_category},
  };
}

TEST(Rules, give_the_first_of_two_faults) {
  Rules euro;
  euro.currency = "EUR";
  const std::vector<Broken> broken = broken_in_order();
  for (std::size_t first = 0; first < broken.size(); ++first) {
    for (std::size_t second = first; second < broken.size(); ++second) {
      expect_rejected({broken[second].change, broken[first].change}, broken[first].reason, broken[first].change.field,
                      euro);
    }
  }
}

TEST(Rules, look_at_one_field_after_the_other_not_first_for_missing_ones) {
  expect_rejected({{Field::price, text("x")}, {Field::quantity, kAbsent}}, Outcome::bad_price, Field::price);
  expect_rejected({{Field::user_id, text("")}, {Field::event_type, kAbsent}}, Outcome::bad_id, Field::user_id);
  expect_rejected({{Field::event_time, text("2024-01-15T12:00:01Z")}, {Field::user_id, kAbsent}}, Outcome::future_event,
                  Field::event_time);
}

TEST(Rules, keep_the_time_where_a_later_check_fails) {
  Rules euro;
  euro.currency = "EUR";
  for (const Broken& broken : broken_in_order()) {
    const Checked checked = check({broken.change}, euro);
    ASSERT_FALSE(checked.valid());
    const bool time_is_good = broken.change.field != Field::event_time;
    EXPECT_EQ(checked.event_time, time_is_good ? std::optional(event_testing::kExampleTime) : std::nullopt);
  }
}

}  // namespace
}  // namespace millrace
