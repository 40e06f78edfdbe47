// A topic of Apache Kafka as an EventLog.
//
// Each partition is read from an offset by itself: which process reads which partition is decided elsewhere, and the
// commit records in the lake are what is true about offsets. A batch is a copy of the broker's messages, with key,
// headers (as a JSON object, names with their last value) and time; a tombstone is an empty record. A record longer
// than `record_bytes_max` comes with its first record_bytes_max + 1 bytes and its whole length.
//
// A position holds a hash of the last record. open() reads that record again: a topic that was deleted and made anew is
// told from the one that was committed, as far as its records differ. What the stream commits is told to the broker
// under KafkaOptions::group, so that its tools show the lag; nothing is read back from there.
//
// Errors: as client.h; corrupt where the topic ends before what was committed or has other records there, where
// retention removed records that were not read yet, and where offsets are missing in the middle, as in a compacted
// topic and between transactions. Thread rule: as in event_log.h.
#pragma once

#include <memory>
#include <string>

#include "ingest/event_log.h"
#include "ingest/kafka/client.h"

namespace millrace {

class KafkaLog final : public EventLog {
 public:
  static Result<std::unique_ptr<KafkaLog>> open(const KafkaOptions& options, const std::string& topic,
                                                std::size_t record_bytes_max = kRecordBytesMax);

  Result<std::vector<Partition>> partitions() override;
  Result<std::unique_ptr<PartitionReader>> open(Partition partition, std::optional<LogPosition> from,
                                                ReadTo to = ReadTo::any_later_record) override;
  Result<Offset> end_offset(Partition partition) override;

 private:
  KafkaLog(std::shared_ptr<KafkaClient> client, std::string topic, std::size_t record_bytes_max)
      : client_(std::move(client)), topic_(std::move(topic)), record_bytes_max_(record_bytes_max) {}

  const std::shared_ptr<KafkaClient> client_;
  const std::string topic_;
  const std::size_t record_bytes_max_;
};

}  // namespace millrace
