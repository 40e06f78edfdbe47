#include "ingest/kafka/log.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "ingest/chunk_pool.h"
#include "ingest/local_position.h"

namespace millrace {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kMessagesAtOnce = 1'024;
constexpr int kWaitMs = 50;

using Message = std::unique_ptr<rd_kafka_message_t, void (*)(rd_kafka_message_t*)>;
using Topic = std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)>;

std::string_view payload_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.payload == nullptr ? 0 : message.len};
}

std::optional<std::string_view> key_of(const rd_kafka_message_t& message) {
  return message.key == nullptr
             ? std::nullopt
             : std::optional(std::string_view(static_cast<const char*>(message.key), message.key_len));
}

/// Empty where there are none. What is no UTF-8 is replaced, so that the text is JSON.
std::string headers_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return "";
  }
  Json json = Json::object();
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t bytes = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &bytes) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    json[name] = value == nullptr ? Json() : Json(std::string(static_cast<const char*>(value), bytes));
  }
  return json.empty() ? "" : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RecordDigest> digest_from(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, parse_json(text, "a position in Kafka"));
  const auto digest = json.is_object() ? digest_in(json) : std::nullopt;
  return digest ? Result<RecordDigest>(*digest)
                : fail(Fault::corrupt, format("the position was not made by Kafka, but by another log: {}", text));
}

RecordDigest digest_of(const rd_kafka_message_t& message, std::size_t record_bytes_max) {
  const std::string_view payload = payload_of(message);
  return {static_cast<std::int64_t>(payload.size()), hash_of_record(payload.substr(0, record_bytes_max + 1))};
}

class KafkaReader final : public PartitionReader {
 public:
  KafkaReader(std::shared_ptr<KafkaClient> client, const std::string& topic, Partition partition,
              std::size_t record_bytes_max)
      : client_(std::move(client)),
        topic_(rd_kafka_topic_new(client_->handle(), topic.c_str(), nullptr), rd_kafka_topic_destroy),
        name_(format("topic {}, partition {}", topic, partition)),
        partition_(partition),
        record_bytes_max_(record_bytes_max),
        pool_(ChunkPool::create(kChunkBytes)) {}

  ~KafkaReader() override {
    waiting_.clear();
    if (started_) {
      rd_kafka_consume_stop(topic_.get(), partition_);
    }
  }

  Result<void> start(const std::optional<LogPosition>& from, const KafkaEnds& ends, ReadTo to) {
    offset_ = from ? from->offset : ends.first;
    end_ = to == ReadTo::present_end ? std::optional(ends.end) : std::nullopt;
    if (offset_ > ends.end) {
      return fail(
          Fault::corrupt,
          format("{} has fewer records than were committed: {} are committed, and it ends at {}. Was it deleted "
                 "and made anew? Then begin with a new lake, or give it another name",
                 name_, offset_, ends.end));
    }
    if (offset_ < ends.first) {
      return fail(Fault::corrupt,
                  format("records of {} were removed before they were read (its retention is too short): "
                         "offsets {} to {}. Restore them, or begin with a new lake",
                         name_, offset_, ends.first - 1));
    }
    const bool checked = from && !from->details.empty() && offset_ > ends.first;
    const Offset begin = checked ? offset_ - 1 : offset_;
    if (rd_kafka_consume_start(topic_.get(), partition_, begin) != 0) {
      return std::unexpected(client_->error(format("could not read {}", name_), rd_kafka_last_error()));
    }
    started_ = true;
    details_ = from ? from->details : "";
    return checked ? check_last_record() : Result<void>();
  }

  Result<void> read(RecordBatch& out, ReadLimit limit) override {
    out.clear();
    if (limit.records == 0) {
      return {};
    }
    for (int waited_ms = 0; waiting_.empty() && !at_end(); waited_ms += kWaitMs) {
      TRY(take_messages(std::min(limit.records, kMessagesAtOnce)));
      if (!end_) {
        break;
      }
      if (waited_ms >= client_->timeout_ms()) {
        return std::unexpected(
            client_->error(format("could not read {} up to offset {}", name_, *end_), RD_KAFKA_RESP_ERR__TIMED_OUT));
      }
    }
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < waiting_.size() && count < limit.records && (!end_ || waiting_[count]->offset < *end_)) {
      const std::size_t more = bytes_of(*waiting_[count]);
      if (count > 0 && bytes + more > limit.bytes) {
        break;
      }
      bytes += more;
      ++count;
    }
    return count > 0 ? copy(count, bytes, out) : Result<void>();
  }

  LogPosition position() const override { return {offset_, details_}; }
  Result<void> sync() override { return {}; }

  void committed(Offset offset) override {
    const std::unique_ptr<rd_kafka_topic_partition_list_t, void (*)(rd_kafka_topic_partition_list_t*)> list(
        rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
    rd_kafka_topic_partition_list_add(list.get(), rd_kafka_topic_name(topic_.get()), partition_)->offset = offset;
    constexpr int kAsynchronous = 1;
    if (const auto code = rd_kafka_commit(client_->handle(), list.get(), kAsynchronous);
        code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      log_debug("could not tell Kafka of a commit", {{"partition", partition_}, {"why", rd_kafka_err2str(code)}});
    }
  }

 private:
  std::string_view kept(const rd_kafka_message_t& message) const {
    return payload_of(message).substr(0, record_bytes_max_ + 1);
  }
  std::size_t bytes_of(const rd_kafka_message_t& message) const {
    return kept(message).size() + key_of(message).value_or("").size();
  }

  bool at_end() const { return end_ && offset_ >= *end_; }

  Result<void> take_messages(std::size_t count) {
    if (failed_) {
      return std::unexpected(error_of(*failed_));
    }
    std::array<rd_kafka_message_t*, kMessagesAtOnce> messages;
    const int wait_ms = end_ ? kWaitMs : 0;  // records up to the end are known to be there
    const auto got = rd_kafka_consume_batch(topic_.get(), partition_, wait_ms, messages.data(), count);
    if (got == 0) {
      rd_kafka_poll(client_->handle(), 0);  // what is wrong with the connection, to the client
    }
    if (got < 0) {
      return std::unexpected(client_->error(format("could not read {}", name_), rd_kafka_last_error()));
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      waiting_.emplace_back(messages[i], rd_kafka_message_destroy);
    }
    const auto broken = std::ranges::find_if(waiting_, [](const Message& message) { return message->err != 0; });
    if (broken == waiting_.end()) {
      return {};
    }
    failed_ = (*broken)->err;
    waiting_.erase(broken, waiting_.end());
    return waiting_.empty() ? std::unexpected(error_of(*failed_)) : Result<void>();  // first what came before it
  }

  Error error_of(rd_kafka_resp_err_t code) const {
    if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      return {Fault::corrupt,
              format("{} has no offset {} any more: its retention removed it before it was read, or the "
                     "topic was made anew",
                     name_, offset_)};
    }
    return client_->error(format("could not read {}", name_), code);
  }

  /// The first `count` waiting messages, whose bytes add up to `bytes`, without headers.
  Result<void> copy(std::size_t count, std::size_t bytes, RecordBatch& out) {
    std::vector<std::string> headers;  // mostly there are none
    for (std::size_t i = 0; i < count; ++i) {
      headers.push_back(headers_of(*waiting_[i]));
      bytes += headers.back().size();
    }
    std::shared_ptr<Chunk> chunk = bytes <= kChunkBytes ? pool_->take() : pool_->take(bytes);
    char* place = chunk->data.get();
    const auto put = [&place](std::string_view text) {
      if (!text.empty()) {
        std::memcpy(place, text.data(), text.size());
      }
      const std::string_view copied(place, text.size());
      place += text.size();
      return copied;
    };
    for (std::size_t i = 0; i < count; ++i) {
      const rd_kafka_message_t& message = *waiting_[i];
      if (message.offset != offset_) {
        return fail(Fault::corrupt,
                    format("offsets {} to {} are missing in {}: a topic that is compacted, or written by transactions, "
                           "cannot be read record by record",
                           offset_, message.offset - 1, name_));
      }
      rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
      const std::int64_t milliseconds = rd_kafka_message_timestamp(&message, &type);
      const auto key = key_of(message);
      out.records.push_back({.bytes = put(kept(message)),
                             .full_bytes = static_cast<std::int64_t>(payload_of(message).size()),
                             .offset = message.offset,
                             .log_time = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
                                             ? std::nullopt
                                             : std::optional(Instant{milliseconds * 1'000}),
                             .key = key ? std::optional(put(*key)) : std::nullopt,
                             .headers = put(headers[i])});
      out.byte_count += out.records.back().full_bytes;
      ++offset_;
    }
    details_ = to_json(digest_of(*waiting_[count - 1], record_bytes_max_)).dump();
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    out.bytes = std::move(chunk);
    return {};
  }

  /// Reads the record before offset_ again, and holds it against what was committed.
  Result<void> check_last_record() {
    ASSIGN_OR_RETURN(const RecordDigest committed, digest_from(details_));
    const Message message(rd_kafka_consume(topic_.get(), partition_, client_->timeout_ms()), rd_kafka_message_destroy);
    if (message == nullptr) {
      return std::unexpected(
          client_->error(format("could not read {} from offset {}", name_, offset_ - 1), RD_KAFKA_RESP_ERR__TIMED_OUT));
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::unexpected(error_of(message->err));
    }
    if (message->offset != offset_ - 1 || digest_of(*message, record_bytes_max_) != committed) {
      return fail(Fault::corrupt, format("{} is not the one that was committed: offset {} holds another record. Was it "
                                         "deleted and made anew? Then begin with a new lake, or give it another name",
                                         name_, offset_ - 1));
    }
    return {};
  }

  std::shared_ptr<KafkaClient> client_;
  Topic topic_;
  const std::string name_;
  const Partition partition_;
  const std::size_t record_bytes_max_;
  std::shared_ptr<ChunkPool> pool_;
  bool started_ = false;
  Offset offset_ = 0;
  std::optional<Offset> end_;
  std::string details_;
  std::deque<Message> waiting_;
  std::optional<rd_kafka_resp_err_t> failed_;  // behind the waiting ones
};

}  // namespace

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(const KafkaOptions& options, const std::string& topic,
                                                 std::size_t record_bytes_max) {
  ASSIGN_OR_RETURN(std::shared_ptr<KafkaClient> client, KafkaClient::consumer(options));
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(client), topic, record_bytes_max));
}

Result<std::vector<Partition>> KafkaLog::partitions() {
  ASSIGN_OR_RETURN(const Partition count, client_->partition_count(topic_));
  std::vector<Partition> partitions;
  for (Partition partition = 0; partition < count; ++partition) {
    partitions.push_back(partition);
  }
  return partitions;
}

Result<std::unique_ptr<PartitionReader>> KafkaLog::open(Partition partition, std::optional<LogPosition> from,
                                                        ReadTo to) {
  ASSIGN_OR_RETURN(const KafkaEnds ends, client_->ends(topic_, partition));
  auto reader = std::make_unique<KafkaReader>(client_, topic_, partition, record_bytes_max_);
  TRY(reader->start(from, ends, to));
  return reader;
}

Result<Offset> KafkaLog::end_offset(Partition partition) {
  ASSIGN_OR_RETURN(const KafkaEnds ends, client_->ends(topic_, partition));
  return ends.end;
}

}  // namespace millrace
