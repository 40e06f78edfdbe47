#include "ingest/kafka/appender.h"

#include <librdkafka/rdkafka.h>

#include "base/format.h"
#include "ingest/partitioner.h"

namespace millrace {
namespace {

constexpr int kWaitMs = 100;
/// Longer than a record may take, so that its own error comes first.
constexpr int kSyncMs = 60'000;

}  // namespace

Result<std::unique_ptr<KafkaAppender>> KafkaAppender::open(const KafkaOptions& options, const std::string& topic,
                                                           Partition create_partitions) {
  std::unique_ptr<KafkaAppender> appender(new KafkaAppender(topic));
  ASSIGN_OR_RETURN(appender->client_, KafkaClient::producer(options, *appender));
  if (create_partitions > 0) {
    TRY(appender->client_->create_topic(topic, create_partitions));
  }
  ASSIGN_OR_RETURN(appender->partitions_, appender->client_->partition_count(topic));
  appender->topic_ = rd_kafka_topic_new(appender->client_->handle(), topic.c_str(), nullptr);
  return appender;
}

KafkaAppender::~KafkaAppender() {
  if (topic_ != nullptr) {
    rd_kafka_topic_destroy(topic_);
  }
}

void KafkaAppender::failed(const std::string& why) {
  ++failed_;
  why_failed_ = why;
}

Result<void> KafkaAppender::check_deliveries() const {
  return failed_ == 0 ? Result<void>()
                      : fail(Fault::unavailable, format("{} records were not acknowledged by topic {}, {} were: {}",
                                                        failed_, topic_name_, delivered_, why_failed_));
}

Result<void> KafkaAppender::append(std::string_view key, std::string_view record) {
  for (;;) {
    // The library copies both; it does not change them.
    const int done = rd_kafka_produce(topic_, partition_of(key, partitions_), RD_KAFKA_MSG_F_COPY,
                                      const_cast<char*>(record.data()), record.size(), key.data(), key.size(), nullptr);
    if (done == 0) {
      return {};
    }
    const auto code = rd_kafka_last_error();
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
                 ? fail(Fault::invalid,
                        format("a record of {} bytes is too large for Kafka: raise message.max.bytes in "
                               "kafka.properties and at the broker",
                               record.size()))
                 : Result<void>(
                       std::unexpected(client_->error(format("could not write to topic {}", topic_name_), code)));
    }
    rd_kafka_poll(client_->handle(), kWaitMs);
    TRY(check_deliveries());
  }
}

Result<void> KafkaAppender::flush() {
  rd_kafka_poll(client_->handle(), 0);
  return check_deliveries();
}

Result<void> KafkaAppender::sync() {
  const auto code = rd_kafka_flush(client_->handle(), kSyncMs);
  TRY(check_deliveries());
  return code == RD_KAFKA_RESP_ERR_NO_ERROR
             ? Result<void>()
             : std::unexpected(client_->error(format("could not write to topic {}", topic_name_), code));
}

}  // namespace millrace
