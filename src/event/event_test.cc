#include "event/event.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace millrace {
namespace {

TEST(Event, names_each_outcome_as_the_contract_does_and_reads_the_name_back) {
  constexpr std::array<std::string_view, kOutcomeCount> kNames = {
      "silver",       "late",   "duplicate",          "too_large", "malformed_json", "missing_field",  "bad_event_time",
      "future_event", "bad_id", "unknown_event_type", "bad_price", "bad_quantity",   "wrong_currency", "bad_category",
  };
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    EXPECT_EQ(to_string(outcome), kNames[i]);
    EXPECT_EQ(outcome_from(kNames[i]), outcome);
  }
  EXPECT_EQ(outcome_from(""), std::nullopt);
  EXPECT_EQ(outcome_from("Silver"), std::nullopt);
  EXPECT_EQ(outcome_from("silver "), std::nullopt);
}

TEST(Event, knows_the_rejections_from_the_three_good_outcomes) {
  EXPECT_FALSE(is_rejection(Outcome::silver));
  EXPECT_FALSE(is_rejection(Outcome::late));
  EXPECT_FALSE(is_rejection(Outcome::duplicate));
  for (auto i = static_cast<std::size_t>(Outcome::too_large); i < kOutcomeCount; ++i) {
    EXPECT_TRUE(is_rejection(static_cast<Outcome>(i))) << i;
  }
}

TEST(Event, names_each_field_once_and_the_columns_of_bronze_first) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    names.insert(to_string(static_cast<Field>(i)));
  }
  EXPECT_EQ(names.size(), kFieldCount);
  for (const Field column : {Field::event_time, Field::user_id, Field::product_id, Field::category, Field::price,
                             Field::quantity, Field::event_type}) {
    EXPECT_LT(static_cast<std::size_t>(column), kBronzeFieldCount) << to_string(column);
  }
  for (const Field other : {Field::event_id, Field::order_id, Field::session_id, Field::currency}) {
    EXPECT_GE(static_cast<std::size_t>(other), kBronzeFieldCount) << to_string(other);
  }
}

TEST(Event, counts_by_outcome_add_up) {
  OutcomeCounts counts{};
  EXPECT_EQ(total(counts), 0);
  counts.front() = 2;
  counts.back() = 3;
  OutcomeCounts more{};
  more.front() = 40;
  more[static_cast<std::size_t>(Outcome::late)] = 500;
  counts += more;
  EXPECT_EQ(counts.front(), 42);
  EXPECT_EQ(counts[static_cast<std::size_t>(Outcome::late)], 500);
  EXPECT_EQ(counts.back(), 3);
  EXPECT_EQ(total(counts), 545);
}

}  // namespace
}  // namespace millrace
