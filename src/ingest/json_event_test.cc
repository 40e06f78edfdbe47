#include "ingest/json_event.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "ingest/simulator_random.h"

namespace millrace {
namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(EventTimeWriter, writes_what_to_string_writes_whatever_the_order_of_the_days) {
  EventTimeWriter writer;
  Random random(20240115);
  for (int i = 0; i < 10'000; ++i) {
    const Instant t{static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(kYear10000.us)))};
    const Instant same_day = start_of(day_of(t)) + Duration{static_cast<std::int64_t>(random.below(86'400'000'000))};
    for (const Instant each : {t, same_day}) {
      std::string out;
      writer.append(out, each);
      ASSERT_EQ(out, to_string(each));
    }
  }
}

TEST(EventTimeWriter, knows_the_edges_of_a_day) {
  EventTimeWriter writer;
  std::string out;
  writer.append(out, Instant{0});
  writer.append(out, Instant{kDay.us - 1});
  writer.append(out, Instant{kDay.us});
  EXPECT_EQ(out, "1970-01-01T00:00:00.000000Z1970-01-01T23:59:59.999999Z1970-01-02T00:00:00.000000Z");
}

TEST(JsonString, escapes_what_must_be_escaped_and_nothing_else) {
  EXPECT_EQ(as_json(""), R"("")");
  EXPECT_EQ(as_json("plain"), R"("plain")");
  EXPECT_EQ(as_json("12\" \\ a/b"), R"("12\" \\ a/b")");
  EXPECT_EQ(as_json("\"\""), R"("\"\"")");
  EXPECT_EQ(as_json(std::string_view("\b\f\n\r\t\0\x1f\x7f", 8)), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"");
  EXPECT_EQ(as_json("caf\xC3\xA9 \xE6\x97\xA5"), "\"caf\xC3\xA9 \xE6\x97\xA5\"");
}

TEST(JsonString, comes_back_through_a_parser) {
  std::string all;
  for (int c = 0; c < 128; ++c) {
    all += static_cast<char>(c);
  }
  const auto parsed = parse_json(as_json(all + all), "a string");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->get<std::string>(), all + all);
}

TEST(Numbers, are_written_in_full) {
  std::string out;
  append_digits(out, 0);
  out += ' ';
  append_digits(out, UINT64_MAX);
  out += ' ';
  append_hex(out, 0xAB);
  out += ' ';
  append_hex(out, UINT64_MAX);
  EXPECT_EQ(out, "0 18446744073709551615 00000000000000ab ffffffffffffffff");
}

TEST(Cents, always_have_two_digits_behind_the_point) {
  std::string out;
  for (const std::int64_t cents : {0, 5, 99, 100, 29'999, 160'050}) {
    append_cents(out, cents);
    out += ' ';
  }
  EXPECT_EQ(out, "0.00 0.05 0.99 1.00 299.99 1600.50 ");
}

}  // namespace
}  // namespace millrace
