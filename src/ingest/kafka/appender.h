// Appends to a topic of Apache Kafka: acknowledged by all replicas, each record once and in order (idempotent
// producer).
//
// append() hands a record to librdkafka, which sends in batches behind our back, and waits where its buffer is full;
// flush() looks after what came back; sync() waits until everything is acknowledged. A record that was not acknowledged
// in time (message.timeout.ms, 30 s) fails the next call, which says how many.
// Errors and thread rule: as in appender.h and client.h; a record may hold newlines here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ingest/appender.h"
#include "ingest/kafka/client.h"

struct rd_kafka_topic_s;

namespace millrace {

class KafkaAppender final : public Appender, private KafkaClient::Deliveries {
 public:
  /// `create_partitions`: that many are made where there is no such topic; 0: it has to be there.
  static Result<std::unique_ptr<KafkaAppender>> open(const KafkaOptions& options, const std::string& topic,
                                                     Partition create_partitions);
  ~KafkaAppender() override;

  Result<void> append(std::string_view key, std::string_view record) override;
  Result<void> flush() override;
  Result<void> sync() override;

  Partition partitions() const { return partitions_; }

 private:
  explicit KafkaAppender(std::string topic) : topic_name_(std::move(topic)) {}
  void delivered() override { ++delivered_; }
  void failed(const std::string& why) override;
  Result<void> check_deliveries() const;

  const std::string topic_name_;
  std::unique_ptr<KafkaClient> client_;
  rd_kafka_topic_s* topic_ = nullptr;
  Partition partitions_ = 0;
  std::int64_t delivered_ = 0;
  std::int64_t failed_ = 0;
  std::string why_failed_;
};

}  // namespace millrace
