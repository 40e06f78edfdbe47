#include "lake/staging.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "lake/event_rows.h"
#include "lake/tables.h"

namespace millrace {

std::string staged_name(const std::string& staging, const std::string& final_path) {
  return staging + final_path.substr(final_path.rfind('/'));
}

Staging::Staging(ObjectStore& store, std::string folder, std::string file_stem, StagingLimits limits)
    : store_(store),
      folder_(std::move(folder)),
      file_stem_(std::move(file_stem)),
      limits_(limits),
      bronze_(kBronzeEvents, {.day = "event_date", .text = ""}),
      silver_(kSilverEvents, {.day = "event_date", .text = "category"}),
      late_(kLateEvents, {.day = "event_date", .text = ""}),
      quarantine_(kQuarantineEvents, {.day = "ingest_date", .text = "reason"}),
      windows_{Folders(kWindows5m, {.day = "event_date", .text = ""}),
               Folders(kWindows1h, {.day = "event_date", .text = ""})} {}

Result<void> Staging::add(Partition partition, const DecodedBatch& batch) {
  for (const DecodedRecord& record : batch.records) {
    TRY(add_record(partition, batch.received, record));
  }
  return keep_to_budget();
}

Result<void> Staging::add_record(Partition partition, Instant received, const DecodedRecord& record) {
  const auto day = record.event_time ? std::optional(day_of(*record.event_time)) : std::nullopt;
  Folder& bronze = bronze_.at(day);
  append_bronze(bronze.rows, partition, received, record);
  TRY(row_added(bronze));
  if (record.outcome == Outcome::duplicate) {
    return {};
  }
  if (is_rejection(record.outcome)) {
    Folder& quarantine = quarantine_.at(day_of(received), to_string(record.outcome));
    append_quarantine(quarantine.rows, partition, received, record);
    return row_added(quarantine);
  }
  Folder& events = record.outcome == Outcome::silver ? silver_.at(day, record.event.category) : late_.at(day);
  append_event(events.rows, partition, record);
  return row_added(events);
}

Result<void> Staging::add_windows(WindowTable table, const WindowRows& rows) {
  const Duration width = table == WindowTable::product_5m ? minutes(5) : hours(1);
  for (const WindowRow& row : rows.rows) {
    Folder& folder = windows_[static_cast<std::size_t>(table)].at(day_of(row.start));
    append_window(folder.rows, width, row);
    TRY(row_added(folder));
  }
  return keep_to_budget();
}

Result<void> Staging::row_added(Folder& folder) {
  const bool many = folder.rows.rows() >= limits_.row_group_rows;
  // Bytes are added up only now and then: a row is at most a record and its fields.
  const bool check_bytes = (folder.rows.rows() & 15) == 0;
  return many || (check_bytes && folder.rows.bytes() > limits_.folder_bytes) ? flush(folder) : Result<void>();
}

std::vector<Folder*> Staging::all_folders() {
  std::vector<Folder*> folders;
  for (Folders* table : {&bronze_, &silver_, &late_, &quarantine_, &windows_[0], &windows_[1]}) {
    table->for_each([&](Folder& folder) { folders.push_back(&folder); });
  }
  return folders;
}

std::size_t Staging::held_bytes() {
  std::size_t held = 0;
  for (const Folder* folder : all_folders()) {
    held += folder->rows.held_bytes();
  }
  return held;
}

Result<void> Staging::keep_to_budget() {
  TRY(flush_largest());
  if (held_bytes() > 2 * limits_.buffered_bytes) {
    for (Folder* folder : all_folders()) {
      folder->rows.shrink();
    }
  }
  return {};
}

Result<void> Staging::flush_largest() {
  std::vector<std::pair<std::size_t, Folder*>> by_bytes;
  std::size_t sum = 0;
  for (Folder* folder : all_folders()) {
    by_bytes.emplace_back(folder->rows.bytes(), folder);
    sum += by_bytes.back().first;
  }
  if (sum <= limits_.buffered_bytes) {
    return {};
  }
  std::ranges::sort(by_bytes, std::greater());
  for (const auto& [bytes, folder] : by_bytes) {  // the largest first, until half the budget is free
    TRY(flush(*folder));
    sum -= bytes;
    if (sum <= limits_.buffered_bytes / 2) {
      break;
    }
  }
  return {};
}

Result<void> Staging::flush(Folder& folder) {
  if (folder.rows.rows() == 0) {
    return {};
  }
  if (folder.file == nullptr) {
    const std::string path = format("{}/{}-{}.parquet", folder.path, file_stem_, files_.size());
    ASSIGN_OR_RETURN(auto file, store_.create(staged_name(folder_, path)));
    ASSIGN_OR_RETURN(folder.file, ParquetWriter::create(std::move(file), folder.rows.spec()));
    folder.file_index = files_.size();
    files_.push_back({.table = std::string(folder.rows.spec().name), .path = path});
    ++open_files_;
  }
  TRY(folder.file->write(folder.rows));
  folder.rows.clear();
  return open_files_ > limits_.open_files ? close(folder) : Result<void>();
}

Result<void> Staging::close(Folder& folder) {
  DataFile& file = files_[folder.file_index];
  file.rows = folder.file->rows();
  ASSIGN_OR_RETURN(file.bytes, folder.file->finish());
  folder.file.reset();
  --open_files_;
  return {};
}

Result<std::vector<DataFile>> Staging::finish() {
  for (Folder* folder : all_folders()) {
    TRY(flush(*folder));
    if (folder->file != nullptr) {
      TRY(close(*folder));
    }
  }
  return std::move(files_);
}

}  // namespace millrace
