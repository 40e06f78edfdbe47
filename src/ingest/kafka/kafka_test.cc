// KafkaLog and KafkaAppender against librdkafka's own mock of a cluster; tests/services has a real broker.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// behind rdkafka.h
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <string>
#include <vector>

#include "base/format.h"
#include "ingest/kafka/appender.h"
#include "ingest/kafka/log.h"
#include "ingest/partitioner.h"

namespace millrace {
namespace {

constexpr Partition kPartitions = 3;

class KafkaTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<char, 256> words{};
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), words.data(), words.size());
    cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
    options_.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options_.timeout = seconds(5);
    EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, "t", kPartitions, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void TearDown() override {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }

  void append(int first, int end) {
    auto appender = KafkaAppender::open(options_, "t", 0);
    ASSERT_TRUE(appender) << appender.error().message;
    for (int i = first; i < end; ++i) {
      const auto done = (*appender)->append(format("k{}", i % 10), format("record {}", i));
      ASSERT_TRUE(done) << done.error().message;
    }
    const auto synced = (*appender)->sync();
    ASSERT_TRUE(synced) << synced.error().message;
  }

  std::unique_ptr<KafkaLog> log(std::size_t record_bytes_max = kRecordBytesMax) {
    auto log = KafkaLog::open(options_, "t", record_bytes_max);
    EXPECT_TRUE(log) << log.error().message;
    return *std::move(log);
  }

  rd_kafka_t* owner_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  KafkaOptions options_;
};

struct Read {
  std::vector<std::string> records;
  LogPosition behind;
};

/// All that is there now.
Read read_all(KafkaLog& log, Partition partition, std::optional<LogPosition> from, ReadLimit limit = {}) {
  Read read;
  auto reader = log.open(partition, std::move(from), ReadTo::present_end);
  EXPECT_TRUE(reader) << reader.error().message;
  RecordBatch batch;
  while (reader) {
    const auto done = (*reader)->read(batch, limit);
    EXPECT_TRUE(done) << done.error().message;
    if (!done || batch.records.empty()) {
      break;
    }
    EXPECT_LE(batch.records.size(), limit.records);
    for (const Record& record : batch.records) {
      read.records.push_back(format("{}:{}", record.key.value_or("-"), record.bytes));
    }
  }
  read.behind = reader ? (*reader)->position() : LogPosition{};
  return read;
}

TEST_F(KafkaTest, gives_back_what_was_appended_in_order) {
  append(0, 2'000);
  const auto kafka = log();
  EXPECT_EQ(kafka->partitions()->size(), 3U);
  std::size_t count = 0;
  for (Partition partition = 0; partition < kPartitions; ++partition) {
    std::vector<std::string> expected;
    for (int i = 0; i < 2'000; ++i) {
      const std::string key = format("k{}", i % 10);
      if (partition_of(key, kPartitions) == partition) {
        expected.push_back(format("{}:record {}", key, i));
      }
    }
    EXPECT_EQ(read_all(*kafka, partition, std::nullopt, {.records = 77}).records, expected);
    EXPECT_EQ(*kafka->end_offset(partition), static_cast<Offset>(expected.size()));
    count += expected.size();
  }
  EXPECT_EQ(count, 2'000U);
}

TEST_F(KafkaTest, goes_on_behind_a_position) {
  append(0, 100);
  const auto kafka = log();
  const Partition partition = partition_of("k1", kPartitions);
  const Read first = read_all(*kafka, partition, std::nullopt);
  EXPECT_TRUE(read_all(*kafka, partition, first.behind).records.empty());
  append(100, 110);
  std::vector<std::string> expected;
  for (int i = 100; i < 110; ++i) {
    const std::string key = format("k{}", i % 10);
    if (partition_of(key, kPartitions) == partition) {
      expected.push_back(format("{}:record {}", key, i));
    }
  }
  EXPECT_EQ(read_all(*kafka, partition, first.behind).records, expected);
}

TEST_F(KafkaTest, refuses_a_topic_that_is_not_the_one_that_was_committed) {
  append(0, 100);
  const auto kafka = log();
  const Partition partition = partition_of("k1", kPartitions);
  LogPosition position = read_all(*kafka, partition, std::nullopt).behind;
  const auto refused = [&](const LogPosition& from, const std::string& words) {
    const auto reader = kafka->open(partition, from);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().fault, Fault::corrupt);
    EXPECT_NE(reader.error().message.find(words), std::string::npos) << reader.error().message;
  };
  refused({position.offset + 1, position.details}, "fewer records than were committed");
  refused({position.offset - 1, position.details}, "another record");
  refused({position.offset, "{}"}, "another log");
}

TEST_F(KafkaTest, gives_the_beginning_of_a_long_record) {
  append(0, 10);
  const auto kafka = log(4);
  const Partition partition = partition_of("k3", kPartitions);
  const Read read = read_all(*kafka, partition, std::nullopt);
  ASSERT_FALSE(read.records.empty());
  EXPECT_EQ(read.records.front().substr(3), "recor");
}

TEST_F(KafkaTest, says_what_is_not_there) {
  options_.timeout = seconds(2);
  const auto nowhere = KafkaLog::open(options_, "nowhere");
  ASSERT_TRUE(nowhere);
  // The mock makes topics that are asked for; a partition it does not have is not there.
  EXPECT_FALSE((*nowhere)->open(77, std::nullopt));
  KafkaOptions closed = options_;
  closed.bootstrap_servers = "127.0.0.1:9";
  const auto unreachable = KafkaAppender::open(closed, "t", 0);
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error().fault, Fault::unavailable);
  EXPECT_NE(unreachable.error().message.find("127.0.0.1:9"), std::string::npos);
}

TEST_F(KafkaTest, refuses_properties_that_are_none_and_keeps_their_values) {
  options_.properties = {{"no.such", "secret"}};
  const auto unknown = KafkaLog::open(options_, "t");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fault, Fault::invalid);
  EXPECT_NE(unknown.error().message.find("no.such"), std::string::npos);
  EXPECT_EQ(unknown.error().message.find("secret"), std::string::npos);
  options_.properties.clear();
  options_.bootstrap_servers.clear();
  EXPECT_FALSE(KafkaLog::open(options_, "t"));
}

}  // namespace
}  // namespace millrace
