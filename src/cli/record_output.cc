#include "cli/record_output.h"

#include <map>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/output.h"
#include "ingest/log_folder.h"
#include "ingest/partition_writer.h"

namespace millrace {
namespace {

bool is_whole(const Record& record) { return record.full_bytes == static_cast<std::int64_t>(record.bytes.size()); }

void warn_if_cut(Partition partition, const Record& record) {
  if (!is_whole(record)) {
    log_warning("printed only the beginning of a record", {{"partition", partition},
                                                           {"offset", record.offset},
                                                           {"bytes", record.full_bytes},
                                                           {"printed", record.bytes.size()}});
  }
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view three = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < three.size() ? static_cast<unsigned char>(three[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= three.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

class LineOutput final : public RecordOutput {
 public:
  Result<void> begin(Partition) override { return {}; }
  Result<void> take(Partition partition, const RecordBatch& batch) override {
    for (const Record& record : batch.records) {
      warn_if_cut(partition, record);
      TRY(print(record.bytes));
      TRY(print("\n"));
    }
    return {};
  }
  Result<void> settle() override { return flush_output(); }
  Result<void> finish() override { return flush_output(); }
};

class JsonOutput final : public RecordOutput {
 public:
  explicit JsonOutput(std::string topic) : topic_(std::move(topic)) {}
  Result<void> begin(Partition) override { return {}; }
  Result<void> take(Partition partition, const RecordBatch& batch) override {
    for (const Record& record : batch.records) {
      warn_if_cut(partition, record);
      TRY(print(to_json(partition, record)));
      TRY(print("\n"));
    }
    return {};
  }
  Result<void> settle() override { return flush_output(); }
  Result<void> finish() override { return flush_output(); }

 private:
  std::string to_json(Partition partition, const Record& record) const {
    Json json = {{"topic", topic_}, {"partition", partition}, {"offset", record.offset}};
    if (record.log_time) {
      json["ts"] = record.log_time->us / 1'000;
    }
    json["payload"] = record.bytes;
    try {
      return json.dump();
    } catch (const Json::exception&) {  // not UTF-8
      json.erase("payload");
      json["payload_base64"] = base64(record.bytes);
      return json.dump();
    }
  }

  const std::string topic_;
};

class LogOutput final : public RecordOutput {
 public:
  LogOutput(std::filesystem::path log_folder, std::string topic, std::int64_t segment_bytes, bool json_summary)
      : log_folder_(std::move(log_folder)),
        topic_(std::move(topic)),
        options_{.segment_bytes = segment_bytes, .retention = {}},
        json_summary_(json_summary) {}

  Result<void> begin(Partition partition) override {
    ASSIGN_OR_RETURN(PartitionWriter writer, PartitionWriter::open(partition_folder(log_folder_ / topic_, partition),
                                                                   options_, system_clock()));
    writers_.emplace(partition, std::move(writer));
    return {};
  }

  Result<void> take(Partition partition, const RecordBatch& batch) override {
    if (!writers_.contains(partition)) {
      TRY(begin(partition));
    }
    PartitionWriter& writer = writers_.at(partition);
    for (const Record& record : batch.records) {
      if (!is_whole(record)) {
        return fail(Fault::invalid, format("a record is too long to be copied: partition {}, offset {}, {} bytes",
                                           partition, record.offset, record.full_bytes));
      }
      if (record.bytes.contains('\n')) {
        return fail(Fault::invalid, format("a record holds a newline, which ends a record of the embedded log: "
                                           "partition {}, offset {}",
                                           partition, record.offset));
      }
      writer.add(record.bytes);
    }
    TRY(writer.flush_at(batch.records.front().offset));
    records_ += static_cast<std::int64_t>(batch.records.size());
    return {};
  }

  Result<void> settle() override { return {}; }

  Result<void> finish() override {
    for (auto& [partition, writer] : writers_) {
      TRY(writer.sync());
    }
    const std::string folder = (log_folder_ / topic_).string();
    const Json summary = {{"records", records_}, {"partitions", writers_.size()}, {"folder", folder}};
    TRY(print(json_summary_
                  ? summary.dump(2) + "\n"
                  : format("{} records in {} partitions written to {}\n", records_, writers_.size(), folder)));
    return flush_output();
  }

 private:
  const std::filesystem::path log_folder_;
  const std::string topic_;
  const PartitionWriterOptions options_;
  const bool json_summary_;
  std::map<Partition, PartitionWriter> writers_;
  std::int64_t records_ = 0;
};

}  // namespace

std::unique_ptr<RecordOutput> make_line_output() { return std::make_unique<LineOutput>(); }

std::unique_ptr<RecordOutput> make_json_output(std::string topic) {
  return std::make_unique<JsonOutput>(std::move(topic));
}

std::unique_ptr<RecordOutput> make_log_output(std::filesystem::path log_folder, std::string topic,
                                              std::int64_t segment_bytes, bool json_summary) {
  return std::make_unique<LogOutput>(std::move(log_folder), std::move(topic), segment_bytes, json_summary);
}

}  // namespace millrace
