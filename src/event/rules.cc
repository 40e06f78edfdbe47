#include "event/rules.h"

#include <algorithm>

namespace millrace {
namespace {

using Kind = FieldText::Kind;

constexpr std::size_t kIdBytesMax = 256;
constexpr std::size_t kCategoryBytesMax = 80;
constexpr std::int64_t kQuantityMax = 1'000'000;
constexpr std::int64_t kPriceTicksLimit = 10'000'000'000 * kMoneyUnit;           // 10^10 units, exclusive
constexpr int128 kRevenueTicksLimit = int128{100'000'000'000'000} * kMoneyUnit;  // 10^14 units, exclusive

bool is_json_integer(std::string_view token) {
  token.remove_prefix(token.starts_with('-') ? 1 : 0);
  return !token.empty() && std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; });
}

/// A non-empty string, or a JSON integer, of at most 256 bytes.
bool is_id(const FieldText& field) {
  const bool right_kind = field.kind == Kind::string || (field.kind == Kind::json && is_json_integer(field.text));
  return right_kind && !field.text.empty() && field.text.size() <= kIdBytesMax;
}

bool is_missing(const FieldText& field) { return field.kind == Kind::absent || field.kind == Kind::null; }

bool is_empty_string(const FieldText& field) { return field.kind == Kind::string && field.text.empty(); }

std::optional<EventType> event_type_of(std::string_view text, const Rules& rules) {
  if (text == "product_viewed") {
    return EventType::product_viewed;
  }
  if (text == "add_to_cart") {
    return EventType::add_to_cart;
  }
  if (text == "order_created") {
    return EventType::order_created;
  }
  if (text == "order_returned") {
    return EventType::order_returned;
  }
  return std::ranges::find(rules.event_types, text) != rules.event_types.end() ? std::optional(EventType::other)
                                                                               : std::nullopt;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// The checks of one event; each returns the reason it fails with.
class Checks {
 public:
  Checks(const RecordFields& fields, const Rules& rules, Event& event)
      : fields_(fields), rules_(rules), event_(event) {}

  std::optional<Rejection> time(Instant latest, std::optional<Instant>& event_time) const {
    const FieldText& field = at(Field::event_time);
    if (is_missing(field)) {
      return Rejection{Outcome::missing_field, Field::event_time};
    }
    const auto t = field.kind == Kind::string ? parse_event_time(field.text) : std::nullopt;
    if (!t) {
      return Rejection{Outcome::bad_event_time, Field::event_time};
    }
    if (*t > latest) {
      return Rejection{Outcome::future_event, Field::event_time};
    }
    event_time = event_.time = *t;
    return std::nullopt;
  }

  std::optional<Rejection> required_id(Field name, std::string_view& out) const {
    const FieldText& field = at(name);
    if (is_missing(field)) {
      return Rejection{Outcome::missing_field, name};
    }
    if (!is_id(field)) {
      return Rejection{Outcome::bad_id, name};
    }
    out = field.text;
    return std::nullopt;
  }

  std::optional<Rejection> type() const {
    const FieldText& field = at(Field::event_type);
    if (is_missing(field)) {
      return Rejection{Outcome::missing_field, Field::event_type};
    }
    const auto type = field.kind == Kind::string ? event_type_of(field.text, rules_) : std::nullopt;
    if (!type) {
      return Rejection{Outcome::unknown_event_type, Field::event_type};
    }
    event_.type = *type;
    event_.type_text = field.text;
    return std::nullopt;
  }

  std::optional<Rejection> price() const {
    const FieldText& field = at(Field::price);
    if (is_missing(field)) {
      return Rejection{Outcome::missing_field, Field::price};
    }
    const auto number = parse_decimal(field.text, kMoneyScale);
    if (!number || number->negative || number->too_large || number->value >= kPriceTicksLimit) {
      return Rejection{Outcome::bad_price, Field::price};
    }
    event_.price = {number->value};
    return std::nullopt;
  }

  std::optional<Rejection> quantity() const {
    const FieldText& field = at(Field::quantity);
    if (is_missing(field)) {
      return Rejection{Outcome::missing_field, Field::quantity};
    }
    const auto number = parse_decimal(field.text, 0);
    if (!number || number->negative || number->too_large || !number->exact || number->value < 1 ||
        number->value > kQuantityMax) {
      return Rejection{Outcome::bad_quantity, Field::quantity};
    }
    const int128 revenue = int128{event_.price.ticks} * number->value;
    if (revenue >= kRevenueTicksLimit) {
      return Rejection{Outcome::bad_quantity, Field::quantity};
    }
    event_.quantity = static_cast<std::int32_t>(number->value);
    event_.revenue = {static_cast<std::int64_t>(revenue)};
    return std::nullopt;
  }

  std::optional<Rejection> optional_id(Field name, std::string_view& out) const {
    const FieldText& field = at(name);
    out = {};
    if (is_missing(field) || is_empty_string(field)) {
      return std::nullopt;
    }
    if (!is_id(field)) {
      return Rejection{Outcome::bad_id, name};
    }
    out = field.text;
    return std::nullopt;
  }

  std::optional<Rejection> currency() const {
    const FieldText& field = at(Field::currency);
    const bool right = field.kind == Kind::absent || (field.kind == Kind::string && field.text == rules_.currency);
    return rules_.currency.empty() || right ? std::nullopt
                                            : std::optional(Rejection{Outcome::wrong_currency, Field::currency});
  }

  std::optional<Rejection> category() const {
    const FieldText& field = at(Field::category);
    if (is_missing(field) || is_empty_string(field)) {
      event_.category = "Unknown";
      return std::nullopt;
    }
    if (field.kind != Kind::string || field.text.size() > kCategoryBytesMax || has_control_character(field.text)) {
      return Rejection{Outcome::bad_category, Field::category};
    }
    event_.category = field.text;
    return std::nullopt;
  }

 private:
  const FieldText& at(Field field) const { return fields_.known[static_cast<std::size_t>(field)]; }

  const RecordFields& fields_;
  const Rules& rules_;
  Event& event_;
};

}  // namespace

std::optional<Rejection> check_event(const RecordFields& fields, Instant latest, const Rules& rules, Event& event,
                                     std::optional<Instant>& event_time) {
  const Checks checks(fields, rules, event);
  std::optional<Rejection> failed;
  (failed = checks.time(latest, event_time)) || (failed = checks.required_id(Field::user_id, event.user_id)) ||
      (failed = checks.required_id(Field::product_id, event.product_id)) || (failed = checks.type()) ||
      (failed = checks.price()) || (failed = checks.quantity()) ||
      (failed = checks.optional_id(Field::event_id, event.event_id)) ||
      (failed = checks.optional_id(Field::order_id, event.order_id)) ||
      (failed = checks.optional_id(Field::session_id, event.session_id)) || (failed = checks.currency()) ||
      (failed = checks.category());
  return failed;
}

}  // namespace millrace
