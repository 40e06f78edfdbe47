#include "ingest/kafka/client.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"

namespace millrace {

/// librdkafka's calls back to us.
struct KafkaCallbacks {
  static void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
      log_warning("Kafka cannot be reached; trying again", {{"reason", reason}});
    } else {
      // Why a broker went away; where it refused us, it will again.
      const bool refused = code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
      static_cast<KafkaClient*>(opaque)->note(reason, refused);
    }
  }
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* const deliveries = static_cast<KafkaClient*>(opaque)->deliveries_;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      deliveries->delivered();
    } else {
      deliveries->failed(rd_kafka_err2str(message->err));
    }
  }
  /// Its warnings are told in our own errors.
  static void on_log(const rd_kafka_t*, int, const char* facility, const char* text) {
    log_debug("kafka", {{"facility", facility}, {"text", text}});
  }
};

namespace {

constexpr std::size_t kWordsMax = 512;
constexpr int kStepMs = 1'000;

/// Ours; a property of the configuration goes before each.
const std::map<std::string, std::string> kConsumerProperties = {
    {"enable.auto.commit", "false"},         {"auto.offset.reset", "error"},  // lost records are an error, never a jump
    {"queued.min.messages", "10000000"},  // above it librdkafka rests for a second; so by bytes alone
    {"queued.max.messages.kbytes", "65536"}, {"fetch.wait.max.ms", "50"},    {"fetch.error.backoff.ms", "100"},
};
const std::map<std::string, std::string> kProducerProperties = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"compression.type", "lz4"},
    {"linger.ms", "5"},
    {"batch.size", "262144"},
    {"queue.buffering.max.messages", "200000"},
    {"queue.buffering.max.kbytes", "65536"},
    {"message.timeout.ms", "30000"},
    {"message.max.bytes", "8000000"},
};
const std::map<std::string, std::string> kCommonProperties = {
    {"client.id", "millrace"},
    {"socket.keepalive.enable", "true"},
    {"socket.connection.setup.timeout.ms", "5000"},
    {"reconnect.backoff.max.ms", "1000"},
    {"log_level", "3"},
};

class Configuration {
 public:
  Configuration() : handle_(rd_kafka_conf_new()) {}
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  ~Configuration() {
    if (handle_ != nullptr) {
      rd_kafka_conf_destroy(handle_);
    }
  }

  /// `theirs`: from the configuration, so that its fault is the user's.
  Result<void> set(const std::string& name, const std::string& value, bool theirs) {
    std::array<char, kWordsMax> words{};
    const auto done = rd_kafka_conf_set(handle_, name.c_str(), value.c_str(), words.data(), words.size());
    if (done == RD_KAFKA_CONF_OK) {
      return {};
    }
    CHECK(theirs);
    // The library's words may repeat the value, which may be a secret.
    return fail(Fault::invalid, done == RD_KAFKA_CONF_UNKNOWN
                                    ? format("kafka.properties: librdkafka knows no property {}", name)
                                    : format("kafka.properties: librdkafka does not take this value of {}", name));
  }

  Result<void> set_all(const std::map<std::string, std::string>& properties,
                       const std::map<std::string, std::string>& theirs) {
    for (const auto& [name, value] : properties) {
      if (!theirs.contains(name)) {
        TRY(set(name, value, false));
      }
    }
    return {};
  }

  rd_kafka_conf_t* get() const { return handle_; }
  void release() { handle_ = nullptr; }

 private:
  rd_kafka_conf_t* handle_;
};

bool is_refusal(rd_kafka_resp_err_t code) {
  constexpr std::array kRefusals{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                 RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                                 RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION,
                                 RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED};
  return std::ranges::find(kRefusals, code) != kRefusals.end();
}

}  // namespace

Result<std::unique_ptr<KafkaClient>> KafkaClient::connect(Kind kind, const KafkaOptions& options,
                                                          Deliveries* deliveries) {
  if (options.bootstrap_servers.empty()) {
    return fail(Fault::invalid, "Kafka needs an address: give --bootstrap-servers HOST:PORT");
  }
  std::unique_ptr<KafkaClient> client(new KafkaClient(options.bootstrap_servers, options.timeout));
  client->deliveries_ = deliveries;
  Configuration configuration;
  TRY(configuration.set("bootstrap.servers", options.bootstrap_servers, true));
  TRY(configuration.set_all(kCommonProperties, options.properties));
  if (kind == Kind::consumer) {
    TRY(configuration.set("group.id", options.group, true));
  }
  TRY(configuration.set_all(kind == Kind::consumer ? kConsumerProperties : kProducerProperties, options.properties));
  for (const auto& [name, value] : options.properties) {
    TRY(configuration.set(name, value, true));
  }
  rd_kafka_conf_set_opaque(configuration.get(), client.get());
  rd_kafka_conf_set_error_cb(configuration.get(), KafkaCallbacks::on_error);
  rd_kafka_conf_set_log_cb(configuration.get(), KafkaCallbacks::on_log);
  if (deliveries != nullptr) {
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), KafkaCallbacks::on_delivery);
  }
  std::array<char, kWordsMax> words{};
  client->handle_ = rd_kafka_new(kind == Kind::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, configuration.get(),
                                 words.data(), words.size());
  if (client->handle_ == nullptr) {
    return fail(Fault::invalid, format("the settings of Kafka do not fit together: {}", words.data()));
  }
  configuration.release();  // it is the client's now
  return client;
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::consumer(const KafkaOptions& options) {
  return connect(Kind::consumer, options, nullptr);
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::producer(const KafkaOptions& options, Deliveries& deliveries) {
  return connect(Kind::producer, options, &deliveries);
}

KafkaClient::~KafkaClient() {
  if (handle_ != nullptr) {
    rd_kafka_destroy(handle_);
  }
}

void KafkaClient::note(std::string why, bool refused) {
  const std::lock_guard lock(mutex_);
  last_error_ = std::move(why);
  refused_ = refused;
}

bool KafkaClient::is_refused() const {
  rd_kafka_poll(handle_, 0);  // gives what happened to on_error
  const std::lock_guard lock(mutex_);
  return refused_;
}

Error KafkaClient::error(const std::string& what, int code) const {
  const auto known = static_cast<rd_kafka_resp_err_t>(code);
  rd_kafka_poll(handle_, 0);  // gives the reason of a connection's failure to on_error
  if (known == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || known == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
      known == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
    return {Fault::not_found, format("{}: there is no such topic or partition at {}", what, servers_)};
  }
  const std::lock_guard lock(mutex_);
  const std::string why = last_error_.empty() ? "" : format(" ({})", last_error_);
  const char* const advice =
      refused_ || is_refusal(known) ? "; look at kafka.properties" : "; is the address right, and is it up?";
  return {Fault::unavailable, format("{} at {}: {}{}{}", what, servers_, rd_kafka_err2str(known), why, advice)};
}

Result<Partition> KafkaClient::partition_count(const std::string& topic) const {
  const std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)> handle(
      rd_kafka_topic_new(handle_, topic.c_str(), nullptr), rd_kafka_topic_destroy);
  const rd_kafka_metadata_t* metadata = nullptr;
  // In small steps, so that a refusal is not waited out.
  auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  for (int waited_ms = 0; waited_ms < timeout_ms() && !is_refused(); waited_ms += kStepMs) {
    code = rd_kafka_metadata(handle_, 0, handle.get(), &metadata, kStepMs);
    if (code != RD_KAFKA_RESP_ERR__TIMED_OUT && code != RD_KAFKA_RESP_ERR__TRANSPORT) {
      break;
    }
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(error(format("could not ask for topic {}", topic), code));
  }
  const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> owned(
      metadata, rd_kafka_metadata_destroy);
  CHECK(metadata->topic_cnt == 1);
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return fail(Fault::not_found,
                format("there is no topic {} at {} (millrace produce --create-topic makes one)", topic, servers_));
  }
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(error(format("could not ask for topic {}", topic), found.err));
  }
  return static_cast<Partition>(found.partition_cnt);
}

Result<KafkaEnds> KafkaClient::ends(const std::string& topic, Partition partition) const {
  KafkaEnds ends;
  const auto code =
      rd_kafka_query_watermark_offsets(handle_, topic.c_str(), partition, &ends.first, &ends.end, timeout_ms());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(
        error(format("could not ask for the ends of topic {}, partition {}", topic, partition), code));
  }
  return ends;
}

Result<void> KafkaClient::create_topic(const std::string& topic, Partition partitions) const {
  constexpr int kReplicasOfBroker = -1;
  std::array<char, kWordsMax> words{};
  rd_kafka_NewTopic_t* wanted =
      rd_kafka_NewTopic_new(topic.c_str(), partitions, kReplicasOfBroker, words.data(), words.size());
  if (wanted == nullptr) {
    return fail(Fault::invalid, format("cannot create topic {}: {}", topic, words.data()));
  }
  const std::unique_ptr<rd_kafka_NewTopic_t, void (*)(rd_kafka_NewTopic_t*)> owned(wanted, rd_kafka_NewTopic_destroy);
  const std::unique_ptr<rd_kafka_queue_t, void (*)(rd_kafka_queue_t*)> answers(rd_kafka_queue_new(handle_),
                                                                               rd_kafka_queue_destroy);
  const std::unique_ptr<rd_kafka_AdminOptions_t, void (*)(rd_kafka_AdminOptions_t*)> how(
      rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS), rd_kafka_AdminOptions_destroy);
  for (const auto set : {rd_kafka_AdminOptions_set_request_timeout, rd_kafka_AdminOptions_set_operation_timeout}) {
    CHECK(set(how.get(), timeout_ms(), words.data(), words.size()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  rd_kafka_CreateTopics(handle_, &wanted, 1, how.get(), answers.get());
  const std::unique_ptr<rd_kafka_event_t, void (*)(rd_kafka_event_t*)> answer(
      rd_kafka_queue_poll(answers.get(), 2 * timeout_ms()), rd_kafka_event_destroy);
  const std::string what = format("could not create topic {}", topic);
  if (answer == nullptr) {
    return std::unexpected(error(what, RD_KAFKA_RESP_ERR__TIMED_OUT));
  }
  if (const auto code = rd_kafka_event_error(answer.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(error(what, code));
  }
  std::size_t count = 0;
  const auto* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      const char* const words_of_broker = rd_kafka_topic_result_error_string(results[i]);
      return fail(Fault::unavailable,
                  format("{}: {}", what, words_of_broker != nullptr ? words_of_broker : rd_kafka_err2str(code)));
    }
  }
  return {};
}

}  // namespace millrace
