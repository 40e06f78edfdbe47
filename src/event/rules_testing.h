// For tests of the rules only: the contract's example as the record reader gives it, with some fields changed, checked.
//
// Thread rule: values and free functions.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event_testing.h"
#include "event/rules.h"

namespace millrace::rules_testing {

using Kind = FieldText::Kind;

constexpr Instant kLatest{1'705'320'000'000'000};  // 2024-01-15T12:00:00Z

inline FieldText text(std::string_view value) { return {value, Kind::string}; }
inline FieldText json(std::string_view value) { return {value, Kind::json}; }
constexpr FieldText kAbsent{};
constexpr FieldText kNull{"", Kind::null};

struct Change {
  Field field;
  FieldText value;
};

/// What the checks say of the contract's example with some fields changed.
struct Checked {
  std::optional<Rejection> rejection;
  Event event{};
  std::optional<Instant> event_time;

  bool valid() const { return !rejection; }
};

inline Checked check(const std::vector<Change>& changes, const Rules& rules = {}, Instant latest = kLatest) {
  RecordFields fields;
  const auto set = [&fields](Field field, FieldText value) {
    fields.known.at(static_cast<std::size_t>(field)) = value;
  };
  set(Field::event_time, text("2024-01-15T10:30:00.000Z"));
  set(Field::user_id, text("U1234"));
  set(Field::product_id, text("P001"));
  set(Field::category, text("Electronics"));
  set(Field::price, text("299.99"));
  set(Field::quantity, text("2"));
  set(Field::event_type, text("order_created"));
  for (const Change& change : changes) {
    set(change.field, change.value);
  }
  Checked checked;
  checked.rejection = check_event(fields, latest, rules, checked.event, checked.event_time);
  return checked;
}

inline void expect_rejected(const std::vector<Change>& changes, Outcome reason, Field field, const Rules& rules = {},
                            Instant latest = kLatest) {
  const Checked checked = check(changes, rules, latest);
  const std::string what(changes.front().value.text.substr(0, 80));
  ASSERT_TRUE(checked.rejection) << what;
  EXPECT_EQ(checked.rejection->reason, reason) << what;
  EXPECT_EQ(checked.rejection->field, field) << what;
}

}  // namespace millrace::rules_testing
