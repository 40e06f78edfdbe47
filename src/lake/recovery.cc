#include "lake/recovery.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "lake/staging.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr std::string_view kStaging = "_staging";
constexpr std::string_view kTrash = "_trash";
constexpr Duration kTrashKept = minutes(10);
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
/// Its sequence is that of the folder, or a later one where the writer stepped over the compactions of others.
Result<void> settle_commit(ObjectStore& store, const std::string& writer, const std::string& topic,
                           const std::string& partition_name, const std::string& sequence_name) {
  Partition partition = 0;
  std::int64_t sequence = 0;
  std::from_chars(partition_name.data(), partition_name.data() + partition_name.size(), partition);
  std::from_chars(sequence_name.data(), sequence_name.data() + sequence_name.size(), sequence);
  CommitLog commits(store, topic, partition);
  const std::string staging = staging_folder(writer, topic, partition, sequence);
  for (;; ++sequence) {
    Result<CommitRecord> record = commits.read(sequence);
    if (record && record->writer == writer && record->staging == staging) {
      log_info("publishing a commit that a crash cut short", {{"partition", partition}, {"sequence", sequence}});
      return publish(store, *record);
    }
    if (!record && record.error().fault != Fault::not_found) {
      return std::unexpected(std::move(record).error());
    }
    if (!record || !is_compaction(*record)) {
      return {};
    }
  }
}

/// A later record removes the file.
Result<bool> is_replaced(ObjectStore& store, const CommitRecord& record, const std::string& path) {
  CommitLog commits(store, record.topic, record.partition);
  for (std::int64_t sequence = record.sequence + 1;; ++sequence) {
    const Result<CommitRecord> later = commits.read(sequence);
    if (!later) {
      return later.error().fault == Fault::not_found ? Result<bool>(false) : std::unexpected(later.error());
    }
    if (std::ranges::find(later->removed, path) != later->removed.end()) {
      return true;
    }
  }
}

/// `_trash/<when, in seconds>/silver/…`: where a replaced file waits until nobody reads it any more.
std::string trash_path(const CommitRecord& record, const std::string& path) {
  return format("{}/{}/{}", kTrash, record.committed_at.us / seconds(1).us, path);
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

Result<std::string> present_path(ObjectStore& store, const CommitRecord& record, const std::string& path) {
  ASSIGN_OR_RETURN(const bool there, store.exists(path));
  return there ? path : trash_path(record, path);
}

namespace {

/// Calls on_gone(error, file) for a file that is neither staged nor published nor replaced; the state has no table.
template <class OnGone>
Result<void> publish_unless_gone(ObjectStore& store, const CommitRecord& record, OnGone on_gone) {
  // First those that are replaced: a reader who looks at folders may miss rows for a moment, and sees none twice.
  for (const std::string& path : record.removed) {
    ASSIGN_OR_RETURN(const bool there, store.exists(path));
    if (there) {
      TRY(store.publish(path, trash_path(record, path)));
    }
  }
  for (const DataFile& file : record.added) {
    Result<void> published = store.publish(staged_name(record.staging, file.path), file.path);
    if (!published && published.error().fault == Fault::corrupt) {
      // Whoever published it before us may have replaced it since.
      ASSIGN_OR_RETURN(const bool replaced, is_replaced(store, record, file.path));
      published = replaced ? Result<void>() : on_gone(std::move(published).error(), file);
    }
    TRY(published);
  }
  if (!is_compaction(record)) {
    Result<void> published = store.publish(staged_name(record.staging, record.state.path), record.state.path);
    if (!published && published.error().fault == Fault::corrupt) {
      published = on_gone(std::move(published).error(), {.table = "", .path = record.state.path});
    }
    TRY(published);
    for (const std::string& path : record.state.added_runs) {
      Result<void> run_published = store.publish(staged_name(record.staging, path), path);
      if (!run_published && run_published.error().fault == Fault::corrupt) {
        run_published = on_gone(std::move(run_published).error(), {.table = "", .path = path});
      }
      TRY(run_published);
    }
  }
  return store.remove(record.staging);
}

}  // namespace

Result<void> publish(ObjectStore& store, const CommitRecord& record) {
  return publish_unless_gone(
      store, record, [](Error error, const DataFile&) -> Result<void> { return std::unexpected(std::move(error)); });
}

Result<void> publish_to_rebuild(ObjectStore& store, const CommitRecord& record) {
  return publish_unless_gone(store, record, [](Error error, const DataFile& file) {
    return keeps_records(file.table) ? Result<void>(std::unexpected(std::move(error))) : Result<void>();
  });
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

Result<std::optional<std::string>> find_in_trash(ObjectStore& store, const std::string& path) {
  ASSIGN_OR_RETURN(const auto names, store.list(std::string(kTrash)));
  for (const std::string& name : names) {
    std::string place = format("{}/{}/{}", kTrash, name, path);
    ASSIGN_OR_RETURN(const bool there, store.exists(place));
    if (there) {
      return place;
    }
  }
  return std::nullopt;
}

Result<void> empty_trash(ObjectStore& store, Instant now) {
  return for_each_in(store, std::string(kTrash), [&](const std::string& path, const std::string& name) -> Result<void> {
    std::int64_t second = 0;
    std::from_chars(name.data(), name.data() + name.size(), second);
    return now.us / seconds(1).us - second > kTrashKept.us / seconds(1).us ? store.remove(path) : Result<void>();
  });
}

Result<std::vector<std::string>> claimed_writers(ObjectStore& store) {
  std::vector<std::string> writers;
  ASSIGN_OR_RETURN(const auto names, store.list(std::string(kStaging)));
  for (const std::string_view name : names) {
    if (name.ends_with(kClaimEnd)) {
      writers.emplace_back(name.substr(0, name.size() - kClaimEnd.size()));
    }
  }
  return writers;
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
