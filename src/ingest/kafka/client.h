// A connection to Apache Kafka: what KafkaLog and KafkaAppender have in common. This folder
// alone knows librdkafka.
//
// librdkafka retries by itself; a call gives up after KafkaOptions::timeout, and the message says why the broker could
// not be reached, as far as it is known. Properties are librdkafka's own (security.protocol, sasl.username, …) and go
// before ours; their values never stand in a message.
// Errors: invalid for a property that librdkafka does not know or accept; not_found for a topic that is not there;
// unavailable where the broker does not answer, or refuses us. Thread rule: a client may be used from any thread.
// Source: librdkafka 2.0, INTRODUCTION.md and CONFIGURATION.md.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "event/event.h"

struct rd_kafka_s;

namespace millrace {

struct KafkaOptions {
  std::string bootstrap_servers;                  // HOST:PORT, several with commas
  std::map<std::string, std::string> properties;  // of librdkafka
  Duration timeout = seconds(20);                 // of each question
  std::string group = "millrace";                 // under which a consumer's progress is shown at the broker
};

/// Where a partition begins and ends now: [first, end).
struct KafkaEnds {
  Offset first = 0;
  Offset end = 0;
};

class KafkaClient {
 public:
  /// Connects when it is first asked for something.
  static Result<std::unique_ptr<KafkaClient>> consumer(const KafkaOptions& options);
  /// Told of each record: whether it was acknowledged. From within poll() and flush() of the producer's owner.
  class Deliveries {
   public:
    virtual ~Deliveries() = default;
    virtual void delivered() = 0;
    virtual void failed(const std::string& why) = 0;
  };
  /// `deliveries` outlives the client.
  static Result<std::unique_ptr<KafkaClient>> producer(const KafkaOptions& options, Deliveries& deliveries);
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;
  ~KafkaClient();

  /// How many there are, numbered from 0.
  Result<Partition> partition_count(const std::string& topic) const;
  Result<KafkaEnds> ends(const std::string& topic, Partition partition) const;
  /// Where it exists already, nothing happens. Replicas as the broker's default says.
  Result<void> create_topic(const std::string& topic, Partition partitions) const;

  /// An error of librdkafka's in our words: what was tried, and with whom.
  Error error(const std::string& what, int code) const;
  rd_kafka_s* handle() const { return handle_; }
  int timeout_ms() const { return static_cast<int>(timeout_.us / 1000); }

 private:
  KafkaClient(std::string servers, Duration timeout) : servers_(std::move(servers)), timeout_(timeout) {}
  enum class Kind { consumer, producer };
  static Result<std::unique_ptr<KafkaClient>> connect(Kind kind, const KafkaOptions& options, Deliveries* deliveries);
  void note(std::string why, bool refused);
  bool is_refused() const;

  friend struct KafkaCallbacks;

  const std::string servers_;
  const Duration timeout_;
  rd_kafka_s* handle_ = nullptr;
  Deliveries* deliveries_ = nullptr;
  mutable std::mutex mutex_;
  // Guarded by mutex_: the connection's last error, and whether it was that a broker does not take us.
  std::string last_error_;
  bool refused_ = false;
};

}  // namespace millrace
