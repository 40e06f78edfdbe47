#include "lake/recovery.h"

#include <charconv>

#include "base/format.h"
#include "base/log.h"
#include "lake/staging.h"

namespace millrace {
namespace {

constexpr std::string_view kStaging = "_staging";
constexpr std::string_view kClaimEnd = ".lock";

/// Calls `visit(path, name)` for everything in a folder.
template <class Visit>
Result<void> for_each_in(ObjectStore& store, const std::string& folder, Visit visit) {
  ASSIGN_OR_RETURN(const auto names, store.list(folder));
  for (const std::string& name : names) {
    TRY(visit(format("{}/{}", folder, name), name));
  }
  return {};
}

/// Publishes a staged commit if its record was created by this writer. What is left in the folder was never committed.
Result<void> settle_commit(ObjectStore& store, const std::string& writer, const std::string& topic,
                           const std::string& partition_name, const std::string& sequence_name) {
  Partition partition = 0;
  std::int64_t sequence = 0;
  std::from_chars(partition_name.data(), partition_name.data() + partition_name.size(), partition);
  std::from_chars(sequence_name.data(), sequence_name.data() + sequence_name.size(), sequence);
  CommitLog commits(store, topic, partition);
  Result<CommitRecord> record = commits.read(sequence);
  if (record && record->writer == writer) {
    log_info("publishing a commit that a crash cut short", {{"partition", partition}, {"sequence", sequence}});
    return publish(store, *record);
  }
  if (!record && record.error().fault != Fault::not_found) {
    return std::unexpected(std::move(record).error());
  }
  return {};
}

}  // namespace

std::string writer_claim(const std::string& writer) { return format("{}/{}{}", kStaging, writer, kClaimEnd); }

std::string staging_folder(const std::string& writer, const std::string& topic, Partition partition,
                           std::int64_t sequence) {
  return format("{}/{:020}", staging_folder(writer, topic, partition), sequence);
}

std::string staging_folder(const std::string& writer, const std::string& topic, Partition partition) {
  return format("{}/{}/{}/{}", kStaging, writer, topic, partition);
}

Result<void> publish(ObjectStore& store, const CommitRecord& record) {
  for (const DataFile& file : record.added) {
    TRY(store.publish(staged_name(record.staging, file.path), file.path));
  }
  TRY(store.publish(staged_name(record.staging, record.state.path), record.state.path));
  return store.remove(record.staging);
}

Result<void> settle_writer(ObjectStore& store, const std::string& writer) {
  const std::string root = format("{}/{}", kStaging, writer);
  TRY(for_each_in(store, root, [&](const std::string& topic_path, const std::string& topic) {
    return for_each_in(store, topic_path, [&](const std::string& partition_path, const std::string& partition) {
      return for_each_in(store, partition_path, [&](const std::string&, const std::string& sequence) {
        return settle_commit(store, writer, topic, partition, sequence);
      });
    });
  }));
  return store.remove(root);
}

Result<void> sweep_staging(ObjectStore& store) {
  return for_each_in(store, std::string(kStaging), [&](const std::string& path, std::string_view name) -> Result<void> {
    if (!name.ends_with(kClaimEnd)) {
      return {};  // a writer's folder: its claim is listed beside it
    }
    const std::string writer(name.substr(0, name.size() - kClaimEnd.size()));
    if (Result<void> claimed = store.claim(path); !claimed) {
      if (claimed.error().fault == Fault::conflict) {
        return {};  // it lives
      }
      return claimed;
    }
    Result<void> settled = settle_writer(store, writer);
    if (settled) {
      settled = store.release(path);
    }
    if (!settled) {
      TRY(store.abandon(path));  // so that the next try, of this process or another, finds it free
    }
    return settled;
  });
}

}  // namespace millrace
