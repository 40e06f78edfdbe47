// Late, duplicate, categories and windows, sentence by sentence of the contract. That batches and restarts change
// nothing is tested in partition_pipeline_property_test.cc.
#include "stream/partition_pipeline.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stream/pipeline_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using event_testing::JsonField;
using event_testing::kExampleTime;
using stream_testing::Decoded;
using stream_testing::PipelineRun;
using stream_testing::RandomShop;
using stream_testing::run_at_once;
using stream_testing::Shown;
using stream_testing::Texts;

std::vector<Outcome> outcomes_of(const Texts& records, const PipelineOptions& options = {}) {
  return run_at_once(Decoded(records), options).outcomes;
}

/// The example event at a time, with further changes.
std::string at(Instant time, std::vector<JsonField> changes = {}) {
  changes.push_back({"event_time", format(R"("{}")", to_string(time))});
  return example_with(changes);
}

using enum Outcome;
using Outcomes = std::vector<Outcome>;

TEST(PartitionPipeline, takes_a_record_at_the_edge_of_the_lateness_and_refuses_one_microsecond_more) {
  EXPECT_EQ(outcomes_of({at(kExampleTime), at(kExampleTime - hours(2)), at(kExampleTime - hours(2) - Duration{1})}),
            (Outcomes{silver, silver, late}));
}

TEST(PartitionPipeline, knows_no_late_record_before_the_first_valid_one) {
  EXPECT_EQ(outcomes_of({"{}", "x", at(kExampleTime - kDay * 365), at(kExampleTime), at(kExampleTime - kDay * 365)}),
            (Outcomes{missing_field, malformed_json, silver, silver, late}));
}

TEST(PartitionPipeline, does_not_raise_the_high_mark_for_rejected_or_late_records) {
  const Texts records = {at(kExampleTime), at(kExampleTime + minutes(1), {{"price", "-1"}}),
                         at(kExampleTime + hours(1), {{"quantity", "0"}}), at(kExampleTime - hours(2)),
                         at(kExampleTime - hours(3))};
  const Shown shown = run_at_once(Decoded(records));
  EXPECT_EQ(shown.outcomes, (Outcomes{silver, bad_price, bad_quantity, silver, late}));
  EXPECT_EQ(shown.high_mark, kExampleTime);
}

TEST(PartitionPipeline, raises_the_high_mark_for_a_duplicate_event_id_of_a_later_time) {
  const JsonField id = {"event_id", R"("E1")"};
  const Texts records = {at(kExampleTime, {id}), at(kExampleTime + hours(1), {id}), at(kExampleTime - minutes(61))};
  EXPECT_EQ(outcomes_of(records), (Outcomes{silver, duplicate, late}));
}

TEST(PartitionPipeline, finds_late_before_duplicate) {
  EXPECT_EQ(outcomes_of({at(kExampleTime), at(kExampleTime + hours(3)), at(kExampleTime)}),
            (Outcomes{silver, silver, late}));
}

TEST(PartitionPipeline, notes_with_a_late_record_whether_silver_had_its_event_id) {
  const auto with_id = [](Instant time, std::string_view id) {
    return at(time, {{"event_id", format(R"("{}")", id)}});
  };
  const Decoded decoded({with_id(kExampleTime, "E1"), at(kExampleTime + hours(3)), with_id(kExampleTime, "E1"),
                         with_id(kExampleTime, "E2"), at(kExampleTime), with_id(kExampleTime + hours(3), "E2"),
                         with_id(kExampleTime, "E2"), with_id(kExampleTime, "E3"), with_id(kExampleTime, "E3")});
  PartitionPipeline pipeline({});
  DecodedBatch batch = decoded.cut(0, decoded.size());
  pipeline.step(batch);
  using Known = std::optional<bool>;
  std::vector<Known> known;
  for (const DecodedRecord& record : batch.records) {
    known.push_back(record.id_was_in_silver);
  }
  EXPECT_EQ(known, (std::vector<Known>{std::nullopt, std::nullopt, true, false, std::nullopt, std::nullopt, true, false,
                                       false}));
}

TEST(PartitionPipeline, takes_the_same_user_product_time_and_type_for_a_duplicate) {
  EXPECT_EQ(outcomes_of({
                at(kExampleTime),
                at(kExampleTime, {{"price", "1"}, {"quantity", "9"}, {"category", R"("Books")"}, {"order_id", "7"}}),
                at(kExampleTime, {{"user_id", R"("other")"}}),
                at(kExampleTime, {{"product_id", R"("other")"}}),
                at(kExampleTime, {{"event_type", R"("product_viewed")"}}),
                at(kExampleTime + Duration{1}),
                at(kExampleTime, {{"event_id", R"("")"}}),
                at(kExampleTime, {{"event_id", "null"}}),
                at(kExampleTime, {{"event_id", "1"}}),
                at(kExampleTime + minutes(9), {{"event_id", R"("1")"}, {"user_id", "3"}}),
            }),
            (Outcomes{silver, duplicate, silver, silver, silver, silver, duplicate, duplicate, silver, duplicate}));
}

TEST(PartitionPipeline, takes_an_escaped_or_otherwise_written_record_for_the_same) {
  EXPECT_EQ(outcomes_of({
                example_with({{"user_id", "7"}}),
                example_with({{"user_id", R"("\u0037")"}}),
                example_with({{"user_id", R"("7")"}, {"event_time", R"("2024-01-15 11:30:00.000000999+01:00")"}}),
                example_with({{"user_id", R"("07")"}}),
            }),
            (Outcomes{silver, duplicate, duplicate, silver}));
}

TEST(PartitionPipeline, remembers_an_identity_as_long_as_its_records_are_not_late) {
  Texts records = {at(kExampleTime)};
  Outcomes expected = {silver};
  for (int minute = 1; minute <= 120; ++minute) {
    records.push_back(at(kExampleTime + minutes(minute)));
    expected.push_back(silver);
    records.push_back(at(kExampleTime));
    expected.push_back(duplicate);
  }
  records.push_back(at(kExampleTime + hours(2) + Duration{1}));
  expected.push_back(silver);
  records.push_back(at(kExampleTime));
  expected.push_back(late);
  EXPECT_EQ(outcomes_of(records), expected);
}

TEST(PartitionPipeline, forgets_identities_that_are_late_and_no_event_id) {
  PipelineRun run;
  Texts records;
  for (int i = 0; i < 1'000; ++i) {
    records.push_back(at(kExampleTime + minutes(i), {{"user_id", format("{}", i)}}));
  }
  records.push_back(at(kExampleTime + minutes(1'000), {{"event_id", "1"}}));
  records.push_back(at(kExampleTime + kDay * 20, {{"event_id", "2"}}));
  const Decoded decoded(records);
  run.step(decoded.cut(0, 1'000));
  EXPECT_LE(run.pipeline().dedup_keys(), 126U) << "two hours, and a bucket";
  EXPECT_GE(run.pipeline().dedup_keys(), 121U);
  run.step(decoded.cut(1'000, 1'002));
  EXPECT_EQ(run.pipeline().dedup_keys(), 2U);
}

TEST(PartitionPipeline, allows_so_many_categories_and_rejects_records_of_further_ones) {
  PipelineOptions options;
  options.categories_max = 3;
  const auto of = [](const char* category, int minute) {
    return at(kExampleTime + minutes(minute), {{"category", format(R"("{}")", category)}});
  };
  const Decoded decoded({of("a", 0), of("b", 1), of("", 2), of("c", 3), of("b", 4), of("Unknown", 5), of("d", -600),
                         of("a", -600), of("c", 500), at(kExampleTime + minutes(6), {{"category", "5"}})});
  const Shown shown = run_at_once(decoded, options);
  EXPECT_EQ(shown.outcomes, (Outcomes{silver, silver, silver, bad_category, silver, silver, bad_category, late,
                                      bad_category, bad_category}));
  EXPECT_EQ(shown.high_mark, kExampleTime + minutes(5)) << "a rejected record raises nothing";

  DecodedBatch batch = decoded.cut(0, decoded.size());
  PartitionPipeline(options).step(batch);
  EXPECT_EQ(batch.records[3].field, Field::category);
  EXPECT_EQ(batch.records[0].field, std::nullopt);
}

TEST(PartitionPipeline, counts_a_late_record_s_category_among_those_it_knows) {
  PipelineOptions options;
  options.categories_max = 2;
  EXPECT_EQ(
      outcomes_of({at(kExampleTime, {{"category", R"("a")"}}), at(kExampleTime - hours(9), {{"category", R"("b")"}}),
                   at(kExampleTime + minutes(1), {{"category", R"("c")"}}),
                   at(kExampleTime + minutes(1), {{"category", R"("b")"}})},
                  options),
      (Outcomes{silver, late, bad_category, silver}));
}

TEST(PartitionPipeline, puts_silver_events_into_windows_and_no_others) {
  const Texts records = {at(kExampleTime), at(kExampleTime), at(kExampleTime - hours(9)),
                         at(kExampleTime, {{"price", "-1"}}),
                         at(kExampleTime, {{"user_id", "2"}, {"event_type", R"("wishlist")"}})};
  const Shown shown = run_at_once(Decoded(records));
  EXPECT_EQ(shown.outcomes, (Outcomes{silver, duplicate, late, bad_price, silver}));
  EXPECT_EQ(shown.windows_5m,
            Texts{"2024-01-15T10:30:00.000000Z P001 Electronics: 599.9800 1 2 299.9900 0 0 0 0 0.0000"});
  EXPECT_EQ(shown.windows_1h,
            Texts{"2024-01-15T10:00:00.000000Z P001 Electronics: 599.9800 1 2 299.9900 0 0 0 0 0.0000"});
}

TEST(PartitionPipeline, emits_5m_windows_ten_minutes_and_1h_windows_two_hours_behind) {
  PipelineRun run;
  const auto step_at = [&run](Duration after) {
    run.step(Decoded({at(kExampleTime + after, {{"product_id", R"("clock")"}})}).cut(0, 1));
    return std::pair(run.pipeline().open_window_rows(), run.pipeline().dedup_keys());
  };
  run.step(Decoded({at(kExampleTime)}).cut(0, 1));
  EXPECT_EQ(run.pipeline().open_window_rows(), 2U);
  EXPECT_EQ(step_at(minutes(15) - Duration{1}).first, 4U);  // its own two rows are new
  EXPECT_EQ(step_at(minutes(15)).first, 4U);                // 10:30 to 10:35 goes, 10:45 comes
  EXPECT_EQ(step_at(minutes(150) - Duration{1}).first, 4U);
  EXPECT_EQ(step_at(minutes(150)).first, 4U);  // the hour from 10:00 goes at 13:00
  const Shown shown = run.finish();
  EXPECT_EQ(shown.windows_1h.front().substr(0, 40), "2024-01-15T10:00:00.000000Z P001 Electro");
}

TEST(PartitionPipeline, counts_every_record_once) {
  RandomShop shop(7);
  const Decoded decoded(shop.records(2'000));
  const Shown shown = run_at_once(decoded);
  EXPECT_EQ(total(shown.totals), 2'000);
  OutcomeCounts counts{};
  for (const Outcome outcome : shown.outcomes) {
    ++counts[static_cast<std::size_t>(outcome)];
  }
  EXPECT_EQ(counts, shown.totals);
}

TEST(PartitionPipeline, starts_empty) {
  PartitionPipeline pipeline({});
  EXPECT_EQ(pipeline.high_mark(), std::nullopt);
  EXPECT_EQ(total(pipeline.totals()), 0);
  EXPECT_EQ(pipeline.dedup_keys(), 0U);
  EXPECT_EQ(pipeline.open_window_rows(), 0U);
  PartitionPipeline restored({});
  EXPECT_TRUE(restored.restore(pipeline.write_all()));
  EXPECT_EQ(restored.high_mark(), std::nullopt);
}

}  // namespace
}  // namespace millrace
