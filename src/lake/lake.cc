#include "lake/lake.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/format.h"
#include "base/log.h"
#include "lake/lake_partition.h"
#include "lake/recovery.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr const char* kIdentity = "_lake.json";

Result<void> fill_random(void* out, std::size_t bytes) {
  if (::getrandom(out, bytes, 0) != static_cast<ssize_t>(bytes)) {
    return std::unexpected(system_error("read random bytes", "getrandom"));
  }
  return {};
}

/// A new writer's name, claimed. Another process's sweep may hold the claim for a moment, as if its owner were gone:
/// then the next name.
Result<std::string> claim_writer(ObjectStore& store) {
  constexpr int kAttempts = 16;
  for (int attempt = 1;; ++attempt) {
    std::uint64_t id = 0;
    TRY(fill_random(&id, sizeof id));
    std::string writer = format("{:016x}", id);
    Result<void> claimed = store.claim(writer_claim(writer));
    if (claimed) {
      return writer;
    }
    if (claimed.error().fault != Fault::conflict || attempt == kAttempts) {
      return std::unexpected(std::move(claimed).error());
    }
  }
}

}  // namespace

Lake::Lake(ObjectStore& store, std::string topic, const Clock& clock, StagingLimits limits,
           CompactionOptions compaction, std::string writer)
    : store_(store),
      topic_(std::move(topic)),
      clock_(clock),
      limits_(limits),
      compaction_(std::move(compaction)),
      writer_(std::move(writer)) {}

Lake::~Lake() {
  // On an error the claim's file stays, without its lock: the next start's sweep tries again.
  const std::string claim = writer_claim(writer_);
  Result<void> tidied = settle_writer(store_, writer_);
  if (tidied) {
    tidied = store_.release(claim);
  }
  if (!tidied) {
    const Result<void> abandoned = store_.abandon(claim);
    log_warning("could not tidy up the staging folder: the next start does",
                {{"error", tidied.error().message}, {"claim_abandoned", abandoned.has_value()}});
  }
}

Result<std::unique_ptr<Lake>> Lake::open(ObjectStore& store, std::string topic, const Clock& clock,
                                         StagingLimits limits, CompactionOptions compaction) {
  ASSIGN_OR_RETURN(std::string writer, claim_writer(store));
  std::unique_ptr<Lake> lake(
      new Lake(store, std::move(topic), clock, limits, std::move(compaction), std::move(writer)));
  TRY(lake->read_or_create_identity());
  TRY(sweep_staging(store));
  TRY(empty_trash(store, clock.now()));
  return lake;
}

Result<void> Lake::read_or_create_identity() {
  Result<std::string> text = store_.read(kIdentity);
  if (!text && text.error().fault == Fault::not_found) {
    SecretKey secret{};
    TRY(fill_random(secret.data(), sizeof secret));
    const Json identity = {
        {"format_version", kFormatVersion}, {"created_at", to_string(clock_.now())}, {"fingerprint_key", secret}};
    Result<void> created = store_.put_if_absent(kIdentity, identity.dump(1) + "\n");
    if (!created && created.error().fault != Fault::conflict) {
      return created;
    }
    text = store_.read(kIdentity);  // ours, or that of whoever was first
  }
  if (!text) {
    return std::unexpected(std::move(text).error());
  }
  ASSIGN_OR_RETURN(const Json identity, parse_json(*text, store_.locate(kIdentity)));
  try {
    if (const int version = identity.at("format_version").get<int>(); version > kFormatVersion) {
      return fail(Fault::invalid, format("could not open the lake: its format version is newer than this build's {}: "
                                         "{} in {} (use a newer millrace)",
                                         kFormatVersion, version, store_.locate(kIdentity)));
    }
    secret_ = identity.at("fingerprint_key").get<SecretKey>();
  } catch (const Json::exception& error) {
    return fail(Fault::corrupt,
                format("could not read the lake's identity: {}: {}", store_.locate(kIdentity), error.what()));
  }
  return {};
}

std::unique_ptr<LakePartition> Lake::partition_of(Partition partition, const CompactionOptions& compaction) {
  return std::make_unique<LakePartition>(store_, topic_, partition, writer_, clock_, limits_, compaction);
}

Result<OpenedPartition> Lake::open(Partition partition) {
  auto sink = partition_of(partition, compaction_);
  ASSIGN_OR_RETURN(OpenedPartition opened, sink->recover());
  opened.sink = std::move(sink);
  return opened;
}

Result<OpenedPartition> Lake::open_anew(Partition partition) {
  auto sink = partition_of(partition, {.files_max = 0});
  ASSIGN_OR_RETURN(OpenedPartition opened, sink->begin_anew());
  opened.sink = std::move(sink);
  return opened;
}

Result<OpenedPartition> Lake::open_days(Partition partition, DayRange days) {
  auto sink = partition_of(partition, {.files_max = 0});
  ASSIGN_OR_RETURN(OpenedPartition opened, sink->begin_days(days));
  opened.sink = std::move(sink);
  return opened;
}

Result<bool> Lake::has_other_writers() {
  TRY(sweep_staging(store_));
  ASSIGN_OR_RETURN(const auto writers, claimed_writers(store_));
  return std::ranges::any_of(writers, [this](const std::string& writer) { return writer != writer_; });
}

Result<Lake::Compacted> Lake::compact(Partition partition, const CompactionOptions& options) {
  const auto lake_partition = partition_of(partition, options);
  TRY(lake_partition->follow());
  Compacted compacted{.before = lake_partition->file_count(), .after = 0};
  TRY(lake_partition->compact());
  compacted.after = lake_partition->file_count();
  return compacted;
}

Result<std::vector<Partition>> Lake::partitions() { return CommitLog::partitions(store_, topic_); }

}  // namespace millrace
