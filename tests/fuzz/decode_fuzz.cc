// Fuzzes the decoder of records against another JSON library, which says what RFC 8259 allows.
//
// What must hold for any bytes: malformed_json exactly where the oracle finds no object, or one of CONTRACT.md's extra
// rules is broken; and the same result whatever bytes lie behind the record, since a log has the next record there.
#include <cstdint>
#include <set>
#include <string>

#include "base/check.h"
#include "base/json.h"
#include "event/decode.h"
#include "event/event_testing.h"

namespace {

using namespace millrace;  // NOLINT(google-build-using-namespace): a test program of one file

enum class Verdict : std::uint8_t { well_formed, malformed, unknown };

/// CONTRACT.md, "The record", by nlohmann's parser. Slow, and in doubt about numbers beyond a double alone.
Verdict oracle(std::string_view text) {
  // The library passes over a byte order mark, and takes a zero byte for the end of the text.
  if (text.starts_with("\xEF\xBB\xBF") || text.contains('\0')) {
    return Verdict::malformed;
  }
  std::set<std::string> known;
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    known.emplace(to_string(static_cast<Field>(i)));
  }
  bool twice = false;
  int depth_max = 0;
  const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
    const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    depth_max = std::max(depth_max, depth + (opens ? 1 : 0));
    if (event == Json::parse_event_t::key && depth == 1) {
      const std::string& key = value.get_ref<const std::string&>();
      const bool is_known = key == "currency" || known.contains(key);
      twice = twice || (is_known && !known.insert(key + "?").second);  // a mark that cannot be a known field's name
    }
    return true;
  };
  try {
    const Json document = Json::parse(text, look);
    return document.is_object() && !twice && depth_max <= 64 ? Verdict::well_formed : Verdict::malformed;
  } catch (const Json::parse_error&) {
    return Verdict::malformed;
  } catch (const Json::out_of_range&) {
    return Verdict::unknown;
  }
}

DecodedBatch decode(std::string_view text, char behind) {
  const event_testing::PaddedRecord padded(text, std::string_view(&behind, 1));
  const Record record = padded.record();
  DecodedBatch batch;
  Decoder decoder({});
  decoder.decode(std::span(&record, 1), padded.owner(), event_testing::kReceived, batch);
  return batch;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTEND(readability-identifier-naming)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const DecodedBatch one = decode(text, '\n');
  const DecodedBatch other = decode(text, '"');
  const DecodedRecord& a = one.records.at(0);
  const DecodedRecord& b = other.records.at(0);
  CHECK(a.outcome == b.outcome && a.field == b.field && a.event_time == b.event_time);
  CHECK(a.fields.extra == b.fields.extra);
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    CHECK(a.fields.known[i].kind == b.fields.known[i].kind && a.fields.known[i].text == b.fields.known[i].text);
  }
  const Verdict verdict = oracle(text);
  CHECK(verdict != Verdict::malformed || a.outcome == Outcome::malformed_json);
  CHECK(verdict != Verdict::well_formed || a.outcome != Outcome::malformed_json);
  if (!is_rejection(a.outcome)) {
    CHECK(a.event_time == a.event.time && a.event.quantity >= 1 && a.event.fingerprint == b.event.fingerprint);
  }
  return 0;
}
