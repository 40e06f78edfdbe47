#include "event/record_reader.h"

#include <simdjson.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace millrace {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;

constexpr int kDepthMax = 64;  // the record itself is 1

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A token or slice without the white space that simdjson leaves behind it.
std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// RFC 8259's number grammar. simdjson checks it only when it converts, and then refuses numbers that fit no double.
bool is_json_number(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const auto digits = [&] {
    const char* const first = p;
    while (p != end && is_digit(*p)) {
      ++p;
    }
    return p != first;
  };
  const auto skip_any_of = [&](std::string_view set) {
    const bool found = p != end && set.contains(*p);
    p += found ? 1 : 0;
    return found;
  };
  skip_any_of("-");
  if (!skip_any_of("0") && !digits()) {  // a leading zero stands alone
    return false;
  }
  if (skip_any_of(".") && !digits()) {
    return false;
  }
  if (skip_any_of("eE")) {
    skip_any_of("+-");
    if (!digits()) {
      return false;
    }
  }
  return p == end;
}

/// Whether a key of the name's length is the name: its length is a constant, so this is a comparison of words.
template <std::size_t N>
bool is(std::string_view key, const char (&name)[N]) {
  return std::memcmp(key.data(), name, N - 1) == 0;
}

std::optional<Field> when(bool is_it, Field field) { return is_it ? std::optional(field) : std::nullopt; }

std::optional<Field> known_field(std::string_view key) {
  switch (key.size()) {
    case 5:
      return when(is(key, "price"), Field::price);
    case 7:
      return when(is(key, "user_id"), Field::user_id);
    case 8:
      switch (key[0]) {
        case 'c':
          return key[1] == 'a' ? when(is(key, "category"), Field::category)
                               : when(is(key, "currency"), Field::currency);
        case 'q':
          return when(is(key, "quantity"), Field::quantity);
        case 'e':
          return when(is(key, "event_id"), Field::event_id);
        default:
          return when(is(key, "order_id"), Field::order_id);
      }
    case 10:
      switch (key[0]) {
        case 'e':
          return key[7] == 'i' ? when(is(key, "event_time"), Field::event_time)
                               : when(is(key, "event_type"), Field::event_type);
        case 'p':
          return when(is(key, "product_id"), Field::product_id);
        default:
          return when(is(key, "session_id"), Field::session_id);
      }
    default:
      return std::nullopt;
  }
}

}  // namespace

struct RecordReader::Buffers {
  ondemand::parser parser;
  std::string extra;  // reused while a record's other fields are put together
};

/// The walk over one record. Every method returns false at the first thing that is not JSON as the contract has it.
class RecordReader::Walk {
 public:
  /// `has_escapes`: a backslash stands somewhere in the record.
  Walk(ondemand::document& document, Arena& arena, std::string& extra, RecordFields& out, bool has_escapes)
      : document_(document), arena_(arena), extra_(extra), out_(out), has_escapes_(has_escapes) {}

  bool record() {
    ondemand::object object;
    if (document_.get_object().get(object) != SUCCESS) {
      return false;
    }
    extra_.clear();
    out_.known = {};
    for (auto result : object) {
      if (result.error() != SUCCESS) {
        return false;
      }
      ondemand::field&& field = std::move(result).value_unsafe();
      if (!top_field(field)) {
        return false;
      }
    }
    if (!document_.at_end()) {
      return false;  // text behind the object
    }
    out_.extra = {};
    if (!extra_.empty()) {
      extra_ += '}';
      out_.extra = arena_.store(extra_);
    }
    return true;
  }

 private:
  // simdjson's values are handed on by reference and fields are written where they stay: copies of small structures
  // that were just written piece by piece cost more here than everything else.

  bool top_field(ondemand::field& field) {
    std::string_view raw_key;
    std::string_view key;
    if (!read_key(field, raw_key, key)) {
      return false;
    }
    const std::optional<Field> known = known_field(key);
    FieldText unknown;
    FieldText& place = known ? out_.known[static_cast<std::size_t>(*known)] : unknown;
    if (place.kind != FieldText::Kind::absent) {
      return false;  // a known field twice
    }
    if (!read_value(field.value(), place)) {
      return false;
    }
    if (!known || static_cast<std::size_t>(*known) >= kBronzeFieldCount) {
      extra_ += extra_.empty() ? '{' : ',';
      extra_ += raw_key;
      extra_ += ':';
      extra_ += raw_value_;
    }
    return true;
  }

  /// The key with its quotes as it stands, and unescaped. Validates its escapes.
  bool read_key(ondemand::field& field, std::string_view& raw_key, std::string_view& key) const {
    raw_key = trim_end(field.key_raw_json_token());
    key = raw_key.substr(1, raw_key.size() - 2);
    if (!has_escapes_ || !key.contains('\\')) [[likely]] {
      return true;
    }
    return field.unescaped_key().get(key) == SUCCESS;
  }

  /// A top-level value as text; raw_value_ is the same as JSON.
  bool read_value(ondemand::value& value, FieldText& text) {
    const std::string_view token = trim_end(value.raw_json_token());
    raw_value_ = token;
    switch (token[0]) {
      case '"':
        text.kind = FieldText::Kind::string;
        if (!has_escapes_ || !token.contains('\\')) [[likely]] {
          text.text = token.substr(1, token.size() - 2);
          return pass_string(value);
        }
        if (value.get_string().get(text.text) != SUCCESS) {
          return false;
        }
        text.text = arena_.store(text.text);
        return true;
      case '{':
      case '[':
        if (!nested(value, 2)) {
          return false;
        }
        text.kind = FieldText::Kind::json;
        const char* behind;
        if (document_.current_location().get(behind) != SUCCESS) {
          return false;
        }
        raw_value_ = text.text = trim_end({token.data(), behind});
        return true;
      case 'n':
        text.kind = FieldText::Kind::null;
        return token == "null";
      default:
        text.kind = FieldText::Kind::json;
        text.text = token;
        return is_literal_or_number(token);
    }
  }

  /// Steps over a string. One that is only looked at would be taken for a key where a colon stands behind it, and
  /// simdjson would then skip to the next closing bracket: `{"a":"b":1}}` would pass.
  static bool pass_string(ondemand::value& value) {
    ondemand::raw_json_string ignored;
    return value.get_raw_json_string().get(ignored) == SUCCESS;
  }

  static bool is_literal_or_number(std::string_view token) {
    return token == "true" || token == "false" || is_json_number(token);
  }

  /// Any value inside an unknown or ill-typed field: only its validity counts.
  bool nested(ondemand::value& value, int depth) {
    const std::string_view token = trim_end(value.raw_json_token());
    switch (token[0]) {
      case '"': {
        std::string_view ignored;
        return !has_escapes_ || !token.contains('\\') ? pass_string(value) : value.get_string().get(ignored) == SUCCESS;
      }
      case '{':
        return depth <= kDepthMax && nested_object(value, depth);
      case '[':
        return depth <= kDepthMax && nested_array(value, depth);
      default:
        return token == "null" || is_literal_or_number(token);
    }
  }

  bool nested_object(ondemand::value& value, int depth) {
    ondemand::object object;
    if (value.get_object().get(object) != SUCCESS) {
      return false;
    }
    for (auto result : object) {
      std::string_view raw_key;
      std::string_view key;
      if (result.error() != SUCCESS) {
        return false;
      }
      ondemand::field&& field = std::move(result).value_unsafe();
      if (!read_key(field, raw_key, key) || !nested(field.value(), depth + 1)) {
        return false;
      }
    }
    // The last token is the record's own `}`, or simdjson had refused the record. Were it taken for this object's, the
    // walk would go on into the bytes behind the record.
    return !document_.at_end();
  }

  bool nested_array(ondemand::value& value, int depth) {
    ondemand::array array;
    if (value.get_array().get(array) != SUCCESS) {
      return false;
    }
    for (auto element : array) {
      ondemand::value inner;
      if (element.get(inner) != SUCCESS || !nested(inner, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  ondemand::document& document_;
  Arena& arena_;
  std::string& extra_;
  RecordFields& out_;
  std::string_view raw_value_;
  const bool has_escapes_;
};

RecordReader::RecordReader() : buffers_(std::make_unique<Buffers>()) {}
RecordReader::~RecordReader() = default;

bool RecordReader::read(std::string_view record, Arena& arena, RecordFields& out) {
  if (record.starts_with('\xEF')) {
    return false;  // a byte order mark, which simdjson would skip
  }
  const simdjson::padded_string_view padded(record.data(), record.size(), record.size() + simdjson::SIMDJSON_PADDING);
  ondemand::document document;
  if (buffers_->parser.iterate(padded).get(document) != SUCCESS) {
    return false;
  }
  return Walk(document, arena, buffers_->extra, out, record.contains('\\')).record();
}

}  // namespace millrace
