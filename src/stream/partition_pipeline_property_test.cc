// A partition's result is a pure function of its records: compared with a slow oracle, over random shops, with the
// records cut and the pipeline restarted everywhere; and damaged snapshots.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "stream/partition_pipeline.h"
#include "stream/pipeline_testing.h"

namespace millrace {
namespace {

using event_testing::example_with;
using event_testing::seed_of_test;
using stream_testing::Decoded;
using stream_testing::PipelineRun;
using stream_testing::RandomShop;
using stream_testing::run_at_once;
using stream_testing::Shown;
using stream_testing::SumsByWindow;
using stream_testing::Texts;
using stream_testing::texts_of;
using enum Outcome;

/// The contract's sentences on late, duplicate, categories and windows, as plainly as they can be written.
class Oracle {
 public:
  explicit Oracle(const PipelineOptions& options) : options_(options) {}

  Outcome settle(const DecodedRecord& record) {
    if (is_rejection(record.outcome)) {
      return record.outcome;
    }
    const Event& event = record.event;
    const std::string category(event.category);
    if (!categories_.contains(category) && categories_.size() >= options_.categories_max) {
      return bad_category;
    }
    categories_.insert(category);
    if (high_ && event.time < *high_ - options_.allowed_lateness) {
      return late;
    }
    high_ = std::max(high_.value_or(event.time), event.time);
    const Identity identity = event.event_id.empty()
                                  ? Identity{"", event.user_id, event.product_id, event.type_text, event.time.us}
                                  : Identity{event.event_id, "", "", "", 0};
    if (!seen_.insert(identity).second) {
      return duplicate;
    }
    for (const Duration width : {minutes(5), hours(1)}) {
      if (event.type != EventType::other) {
        sums_[{width, floor_to(event.time, width), std::string(event.product_id), category}].add(event);
      }
    }
    return silver;
  }

  Texts window_sums() const { return texts_of(sums_); }

 private:
  using Identity = std::tuple<std::string, std::string, std::string, std::string, std::int64_t>;
  PipelineOptions options_;
  std::optional<Instant> high_;
  std::set<std::string> categories_;
  std::set<Identity> seen_;
  SumsByWindow sums_;
};

TEST(PartitionPipelineProperty, agrees_with_the_contract_s_sentences_on_random_shops) {
  PipelineOptions options;
  options.categories_max = 15;
  for (std::uint64_t round = 0; round < 10; ++round) {
    const std::uint64_t seed = seed_of_test(41 + round);
    RandomShop shop(seed);
    const Decoded decoded(shop.records(1'500, round % 2 == 0 ? minutes(4) : seconds(20)));
    const Shown shown = run_at_once(decoded, options);
    Oracle oracle(options);
    OutcomeCounts counts{};
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      const Outcome expected = oracle.settle(decoded.records()[i]);
      ASSERT_EQ(shown.outcomes[i], expected) << "seed " << seed << ", record " << i;
      ++counts[static_cast<std::size_t>(expected)];
    }
    for (const Outcome outcome : {silver, late, duplicate, bad_price, malformed_json}) {
      EXPECT_GT(counts[static_cast<std::size_t>(outcome)], 10) << "seed " << seed << " " << to_string(outcome);
    }
    EXPECT_EQ(shown.window_sums, oracle.window_sums()) << "seed " << seed;
    EXPECT_GT(shown.windows_5m.size() + shown.windows_1h.size(), shown.window_sums.size()) << "some were opened again";
  }
}

TEST(PartitionPipelineProperty, gives_the_same_wherever_the_records_are_cut_into_two_batches) {
  RandomShop shop(seed_of_test(51));
  const Decoded decoded(shop.records(200));
  const Shown at_once = run_at_once(decoded);
  for (std::size_t cut = 0; cut <= decoded.size(); ++cut) {
    PipelineRun run;
    run.step(decoded.cut(0, cut));
    run.step(decoded.cut(cut, decoded.size()));
    ASSERT_EQ(run.finish(), at_once) << cut;
  }
}

TEST(PartitionPipelineProperty, gives_the_same_with_a_restart_at_every_place) {
  RandomShop shop(seed_of_test(52));
  const Decoded decoded(shop.records(200));
  const Shown at_once = run_at_once(decoded);
  for (std::size_t cut = 0; cut <= decoded.size(); ++cut) {
    PipelineRun run;
    run.step(decoded.cut(0, cut));
    run.commit(cut % 2 == 0);
    run.restart();
    run.step(decoded.cut(cut, decoded.size()));
    ASSERT_EQ(run.finish(), at_once) << cut;
  }
}

TEST(PartitionPipelineProperty, gives_the_same_in_random_batches_with_random_commits_and_restarts) {
  for (std::uint64_t round = 0; round < 30; ++round) {
    const std::uint64_t seed = seed_of_test(60 + round);
    RandomShop shop(seed);
    const Decoded decoded(shop.records(1'000));
    const Shown at_once = run_at_once(decoded);
    PipelineRun run;
    int commits = 0;
    for (std::size_t from = 0; from < decoded.size();) {
      const std::size_t to = std::min(decoded.size(), from + 1 + shop.below(round % 3 == 0 ? 3 : 60));
      run.step(decoded.cut(from, to));
      from = to;
      if (shop.below(3) == 0) {
        run.commit(shop.below(5) == 0);
        ++commits;
        if (shop.below(2) == 0) {
          run.restart();
        }
      }
    }
    ASSERT_EQ(run.finish(), at_once) << "seed " << seed;
    EXPECT_GT(commits, 3);
  }
}

TEST(PartitionPipelineProperty, gives_the_same_where_keys_go_to_disk_again_and_again) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    const std::uint64_t seed = seed_of_test(100 + round);
    RandomShop shop(seed);
    const Decoded decoded(shop.records(1'000));
    const Shown at_once = run_at_once(decoded);
    PipelineRun run;
    for (std::size_t from = 0; from < decoded.size();) {
      const std::size_t to = std::min(decoded.size(), from + 1 + shop.below(60));
      run.step(decoded.cut(from, to));
      from = to;
      if (shop.below(3) == 0) {
        run.spill();
      } else if (shop.below(3) == 0) {
        run.commit(shop.below(5) == 0);
      }
      if (shop.below(4) == 0) {
        run.commit(false);
        run.restart();
      }
    }
    ASSERT_EQ(run.finish(), at_once) << "seed " << seed;
  }
}

TEST(PartitionPipelineProperty, writes_for_a_commit_what_it_changed_and_not_all_it_knows) {
  PipelineRun run;
  Texts records;
  for (int i = 0; i < 10'000; ++i) {
    records.push_back(example_with({{"event_id", format("{}", i)}}));
  }
  records.push_back(example_with({{"event_id", R"("last")"}}));
  const Decoded decoded(records);
  run.step(decoded.cut(0, 10'000));
  const std::size_t everything = run.pipeline().write_all().size();
  run.step(decoded.cut(10'000, 10'001));
  EXPECT_GT(everything, 160'000U);
  EXPECT_LT(run.pipeline().write_added().size(), 1'000U);
}

std::string snapshot_of(std::uint64_t seed, std::size_t records) {
  RandomShop shop(seed);
  const Decoded decoded(shop.records(records));
  PipelineRun run;
  run.step(decoded.cut(0, decoded.size()));
  return run.pipeline().write_all();
}

TEST(PartitionPipelineProperty, refuses_every_beginning_of_a_snapshot_and_one_that_goes_on) {
  const std::string whole = snapshot_of(71, 60);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(PartitionPipeline({}).restore(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(PartitionPipeline({}).restore(whole + '\0'));
  EXPECT_TRUE(PartitionPipeline({}).restore(whole));
}

TEST(PartitionPipelineProperty, survives_a_snapshot_with_a_bit_of_any_byte_turned_or_any_bytes_changed) {
  const std::uint64_t seed = seed_of_test(72);
  const std::string whole = snapshot_of(seed, 15);
  RandomShop shop(seed);
  const Decoded more(shop.records(30));
  const auto try_out = [&more](const std::string& damaged) {
    PartitionPipeline pipeline({});
    if (!pipeline.restore(damaged)) {
      return;
    }
    DecodedBatch batch = more.cut(0, more.size());
    pipeline.step(batch);
    pipeline.flush_windows();
    EXPECT_TRUE(PartitionPipeline({}).restore(pipeline.write_all()));
  };
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    std::string damaged = whole;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << shop.below(8)));
    try_out(damaged);
  }
  for (int i = 0; i < 2'000; ++i) {
    std::string damaged = whole;
    for (std::size_t n = 1 + shop.below(20); n > 0; --n) {
      damaged[shop.below(damaged.size())] = static_cast<char>(shop.below(256));
    }
    try_out(damaged);
    try_out(damaged.substr(0, shop.below(damaged.size())));
  }
}

}  // namespace
}  // namespace millrace
