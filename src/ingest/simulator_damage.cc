#include "ingest/simulator_damage.h"

#include <array>
#include <cstdint>

#include "base/check.h"

namespace millrace {
namespace {

using std::string_view_literals::operator""sv;

enum class Edit : std::uint8_t {
  set,       // the field's value becomes `text`
  remove,    // the field is gone
  prefix,    // `text` before the line
  suffix,    // `text` behind the line
  add,       // `text` as one more field
  replace,   // the record is `text`
  cut_half,  // its second half is lost
};

struct Damage {
  Outcome reason;
  Edit edit;
  std::string_view field;
  std::string_view text;
};

constexpr std::string_view kLongCategory =
    R"("a category that somebody wrote a whole description into, of more than eighty bytes")";

constexpr auto kDamages = std::to_array<Damage>({
    {Outcome::malformed_json, Edit::cut_half, "", ""},
    {Outcome::malformed_json, Edit::replace, "", ""},
    {Outcome::malformed_json, Edit::replace, "", "[1,2,3]"},
    {Outcome::malformed_json, Edit::replace, "", "\0\0\0\0"sv},
    {Outcome::malformed_json, Edit::replace, "", "heartbeat"},
    {Outcome::malformed_json, Edit::prefix, "", "\xEF\xBB\xBF"},
    {Outcome::malformed_json, Edit::suffix, "", "}"},
    {Outcome::malformed_json, Edit::suffix, "", " trailing"},
    {Outcome::malformed_json, Edit::add, "", R"("price":"1.00")"},
    {Outcome::malformed_json, Edit::add, "", R"("note":"\ud800")"},
    {Outcome::malformed_json, Edit::add, "", "\"note\":\"caf\xE9\""},
    {Outcome::malformed_json, Edit::add, "", R"("note":01)"},
    {Outcome::malformed_json, Edit::add, "", R"("note":[1,,2])"},
    {Outcome::missing_field, Edit::replace, "", "{}"},
    {Outcome::missing_field, Edit::remove, "event_time", ""},
    {Outcome::missing_field, Edit::remove, "user_id", ""},
    {Outcome::missing_field, Edit::remove, "price", ""},
    {Outcome::missing_field, Edit::set, "product_id", "null"},
    {Outcome::missing_field, Edit::set, "quantity", "null"},
    {Outcome::missing_field, Edit::set, "event_type", "null"},
    {Outcome::bad_event_time, Edit::set, "event_time", R"("yesterday")"},
    {Outcome::bad_event_time, Edit::set, "event_time", R"("2024-02-30T12:00:00Z")"},
    {Outcome::bad_event_time, Edit::set, "event_time", "1705312200000"},
    {Outcome::future_event, Edit::set, "event_time", R"("2099-12-31T23:59:59Z")"},
    {Outcome::bad_id, Edit::set, "user_id", R"("")"},
    {Outcome::bad_id, Edit::set, "user_id", "true"},
    {Outcome::bad_id, Edit::set, "product_id", "1.5"},
    {Outcome::bad_id, Edit::add, "", R"("order_id":{"number":7})"},
    {Outcome::unknown_event_type, Edit::set, "event_type", R"("purchase")"},
    {Outcome::unknown_event_type, Edit::set, "event_type", "3"},
    {Outcome::bad_price, Edit::set, "price", R"("-9.99")"},
    {Outcome::bad_price, Edit::set, "price", R"("12,50")"},
    {Outcome::bad_price, Edit::set, "price", R"("NaN")"},
    {Outcome::bad_price, Edit::set, "price", R"("99999999999.00")"},
    {Outcome::bad_quantity, Edit::set, "quantity", R"("0")"},
    {Outcome::bad_quantity, Edit::set, "quantity", R"("1.5")"},
    {Outcome::bad_quantity, Edit::set, "quantity", "-1"},
    {Outcome::bad_quantity, Edit::set, "quantity", R"("two")"},
    {Outcome::bad_category, Edit::set, "category", kLongCategory},
    {Outcome::bad_category, Edit::set, "category", R"("tab\there")"},
    {Outcome::bad_category, Edit::set, "category", "7"},
});

/// A field's place in the line: its quoted key, and its value.
struct Place {
  std::size_t key;
  std::size_t value;
  std::size_t end;
};

Place find_field(std::string_view line, std::string_view field) {
  std::size_t key = 0;
  do {
    key = line.find(field, key + 1);
    CHECK(key != std::string_view::npos);
  } while (line[key - 1] != '"' || line.substr(key + field.size(), 2) != "\":");
  const std::size_t value = key + field.size() + 2;
  return {.key = key - 1, .value = value, .end = line.find('"', value + 1) + 1};
}

}  // namespace

std::size_t damage_count() { return kDamages.size(); }

Outcome damage_reason(std::size_t kind) { return kDamages[kind].reason; }

void write_damaged(std::size_t kind, std::string_view line, std::string& out) {
  const auto& [reason, edit, field, text] = kDamages[kind];
  out.assign(line);
  switch (edit) {
    case Edit::set: {
      const Place place = find_field(line, field);
      out.replace(place.value, place.end - place.value, text);
      return;
    }
    case Edit::remove: {
      const Place place = find_field(line, field);
      out.erase(place.key, place.end + 1 - place.key);  // with its comma: no field that is removed stands last
      return;
    }
    case Edit::prefix:
      out.insert(0, text);
      return;
    case Edit::suffix:
      out += text;
      return;
    case Edit::add:
      out.back() = ',';
      out += text;
      out += '}';
      return;
    case Edit::replace:
      out = text;
      return;
    case Edit::cut_half:
      out.resize(out.size() / 2);
      return;
  }
}

}  // namespace millrace
