#include "ingest/simulator_damage.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "event/decode.h"
#include "ingest/event_log.h"

namespace millrace {
namespace {

constexpr std::string_view kLine =
    R"({"event_time":"2024-01-15T10:30:00.000000Z","user_id":"U1234","product_id":"P001","category":"Electronics",)"
    R"("price":"299.99","quantity":"2","event_type":"product_viewed","session_id":"S0123456789abcdef"})";

Outcome outcome_of(const std::string& line) {
  std::string padded = line + std::string(kRecordPaddingBytes, '\0');
  const std::vector<Record> records = {{.bytes = std::string_view(padded).substr(0, line.size()),
                                        .full_bytes = static_cast<std::int64_t>(line.size()),
                                        .offset = 0,
                                        .log_time = std::nullopt}};
  Decoder decoder({});
  DecodedBatch batch;
  decoder.decode(records, nullptr, *parse_event_time("2024-01-15T10:30:00Z"), batch);
  return batch.records[0].outcome;
}

TEST(Damage, the_good_line_is_good) { EXPECT_EQ(outcome_of(std::string(kLine)), Outcome::silver); }

TEST(Damage, each_kind_is_refused_for_the_reason_it_says) {
  std::string damaged;
  for (std::size_t kind = 0; kind < damage_count(); ++kind) {
    write_damaged(kind, kLine, damaged);
    EXPECT_EQ(to_string(outcome_of(damaged)), to_string(damage_reason(kind))) << damaged;
    EXPECT_EQ(damaged.find('\n'), std::string::npos);
  }
}

TEST(Damage, there_is_one_for_each_reason_but_two) {
  std::set<Outcome> reasons;
  for (std::size_t kind = 0; kind < damage_count(); ++kind) {
    reasons.insert(damage_reason(kind));
  }
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const bool left_out = outcome == Outcome::too_large || outcome == Outcome::wrong_currency;
    EXPECT_EQ(reasons.contains(outcome), is_rejection(outcome) && !left_out) << to_string(outcome);
  }
}

}  // namespace
}  // namespace millrace
