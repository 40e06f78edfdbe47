#include "ingest/partitioner.h"

#include <gtest/gtest.h>

#include <string>

#include "base/format.h"

namespace millrace {
namespace {

struct Golden {
  std::string_view key;
  std::uint32_t hash_without_sign;
  Partition of_three;
  Partition of_seven;
};

// Made with the murmur2 of the conformance tool make_log.py, which agrees with Kafka's Java client.
constexpr Golden kGolden[] = {
    {"", 275646681, 0, 2},
    {"a", 584102524, 1, 5},
    {"ab", 316155434, 2, 0},
    {"abc", 479470107, 0, 4},
    {"abcd", 823834100, 2, 5},
    {"P00001", 2086883135, 2, 1},
    {"85123A", 1390276508, 2, 5},
    {std::string_view("\xff\x80\x00\x7f\xfe", 5), 768357719, 2, 3},
    {" Caf\xc3\xa9", 2016782085, 0, 3},
};

TEST(Partitioner, gives_what_kafka_gives) {
  for (const Golden& golden : kGolden) {
    EXPECT_EQ(murmur2(golden.key) & 0x7fffffff, golden.hash_without_sign) << golden.key;
    EXPECT_EQ(partition_of(golden.key, 3), golden.of_three) << golden.key;
    EXPECT_EQ(partition_of(golden.key, 7), golden.of_seven) << golden.key;
  }
  EXPECT_EQ(murmur2(std::string(257, 'x')) & 0x7fffffff, 1208350194u);
}

TEST(Partitioner, gives_what_kafka_gives_for_a_hundred_thousand_product_ids) {
  std::uint64_t digest = 0;
  for (int i = 0; i < 100'000; ++i) {
    digest = digest * 31 + (murmur2(format("P{:05}", i)) & 0x7fffffff);
  }
  EXPECT_EQ(digest, 3536040008829510514u);
}

TEST(Partitioner, gives_what_kafka_gives_for_every_length_and_byte) {
  std::uint64_t digest = 0;
  for (int length = 0; length < 300; ++length) {
    std::string key;
    for (int i = 0; i < length; ++i) {
      key += static_cast<char>((length * 7 + i * 13) & 255);
    }
    digest = digest * 31 + (murmur2(key) & 0x7fffffff);
  }
  EXPECT_EQ(digest, 17679556084868691260u);
}

TEST(Partitioner, has_one_answer_for_one_partition) { EXPECT_EQ(partition_of("P00001", 1), 0); }

TEST(PartitionerDeathTest, refuses_no_partitions) { EXPECT_DEATH(partition_of("P00001", 0), "count > 0"); }

}  // namespace
}  // namespace millrace
