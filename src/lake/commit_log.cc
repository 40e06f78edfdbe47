#include "lake/commit_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/format.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr std::string_view kFolder = "_commits";
constexpr std::string_view kRecordEnd = ".json";
constexpr std::string_view kStateEnd = ".state";
constexpr std::string_view kRunEnd = ".run";

template <class Integer>
std::optional<Integer> whole_number(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

CommitLog::CommitLog(ObjectStore& store, std::string topic, Partition partition)
    : store_(store),
      topic_(std::move(topic)),
      partition_(partition),
      folder_(format("{}/{}/{}", kFolder, topic_, partition)) {}

std::string CommitLog::record_path(std::int64_t sequence) const {
  return format("{}/{:020}{}", folder_, sequence, kRecordEnd);
}

std::string CommitLog::state_path(std::int64_t sequence) const {
  return format("{}/{:020}{}", folder_, sequence, kStateEnd);
}

Result<std::vector<std::int64_t>> CommitLog::sequences() {
  ASSIGN_OR_RETURN(const auto names, store_.list(folder_));
  std::vector<std::int64_t> sequences;
  for (const std::string_view name : names) {
    if (!name.ends_with(kRecordEnd) || name.starts_with('.')) {
      continue;  // a state, or a record that is being written
    }
    const auto sequence = whole_number<std::int64_t>(name.substr(0, name.size() - kRecordEnd.size()));
    if (!sequence || *sequence != static_cast<std::int64_t>(sequences.size())) {
      return fail(Fault::corrupt, format("could not follow the commit records: expected record {} next, found {} in {}",
                                         sequences.size(), name, store_.locate(folder_)));
    }
    sequences.push_back(*sequence);
  }
  return sequences;
}

Result<std::vector<CommitRecord>> CommitLog::from_checkpoint(std::optional<std::int64_t> end) {
  ASSIGN_OR_RETURN(auto sequences, this->sequences());
  if (end && *end < static_cast<std::int64_t>(sequences.size())) {
    sequences.resize(static_cast<std::size_t>(*end));
  }
  std::vector<CommitRecord> records;
  for (auto sequence = sequences.rbegin(); sequence != sequences.rend(); ++sequence) {
    ASSIGN_OR_RETURN(CommitRecord record, read(*sequence));
    records.push_back(std::move(record));
    if (records.back().present) {
      break;
    }
  }
  std::ranges::reverse(records);
  return records;
}

std::string CommitLog::run_path(const std::string& name) const { return format("{}/{}{}", folder_, name, kRunEnd); }

Result<void> CommitLog::remove_states_before(std::int64_t checkpoint, const std::set<std::string>& kept_runs) {
  ASSIGN_OR_RETURN(const auto names, store_.list(folder_));
  for (const std::string& name : names) {
    const std::string path = format("{}/{}", folder_, name);
    const bool is_old = (name.ends_with(kStateEnd) && path < state_path(checkpoint)) ||
                        (name.ends_with(kRunEnd) && !kept_runs.contains(path));
    if (is_old) {
      TRY(store_.remove(path));
    }
  }
  return {};
}

Result<CommitRecord> CommitLog::read(std::int64_t sequence) {
  const std::string path = record_path(sequence);
  ASSIGN_OR_RETURN(const std::string text, store_.read(path));
  ASSIGN_OR_RETURN(CommitRecord record, commit_record_from(text, store_.locate(path)));
  if (record.topic != topic_ || record.partition != partition_ || record.sequence != sequence) {
    return fail(Fault::corrupt, format("could not read commit record: it belongs to topic {} partition {} sequence {}, "
                                       "not where it stands: {}",
                                       record.topic, record.partition, record.sequence, store_.locate(path)));
  }
  return record;
}

Result<void> CommitLog::append(const CommitRecord& record) {
  Result<void> created = store_.put_if_absent(record_path(record.sequence), to_text(record));
  if (!created && created.error().fault == Fault::conflict) {
    return fail(Fault::conflict, words_on_conflict(record.sequence));
  }
  return created;
}

std::string CommitLog::words_on_conflict(std::int64_t sequence) const {
  return format(
      "another writer committed first: topic {} partition {} sequence {} (only one stream may write a "
      "partition; stop the other one)",
      topic_, partition_, sequence);
}

Result<std::vector<std::string>> CommitLog::topics(ObjectStore& store) { return store.list(std::string(kFolder)); }

Result<std::vector<Partition>> CommitLog::partitions(ObjectStore& store, const std::string& topic) {
  ASSIGN_OR_RETURN(const auto names, store.list(format("{}/{}", kFolder, topic)));
  std::vector<Partition> partitions;
  for (const std::string& name : names) {
    if (const auto partition = whole_number<Partition>(name)) {
      partitions.push_back(*partition);
    }
  }
  std::ranges::sort(partitions);
  return partitions;
}

}  // namespace millrace
