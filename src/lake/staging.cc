#include "lake/staging.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
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
  for (std::uint32_t i = 0; i < batch.records.size(); ++i) {
    pick(batch.records[i], i, batch.received);
  }
  TRY(append_picked(picked_bronze_, append_bronze, partition, batch));
  TRY(append_picked(picked_events_, append_events, partition, batch));
  TRY(append_picked(picked_quarantine_, append_quarantine, partition, batch));
  return keep_to_budget();
}

void Staging::pick(const DecodedRecord& record, std::uint32_t index, Instant received) {
  const auto day = record.event_time ? std::optional(day_of(*record.event_time)) : std::nullopt;
  if (!events_only_) {
    pick_for(bronze_.at(day), index, picked_bronze_);
  }
  if (record.outcome == Outcome::silver) {
    pick_for(silver_.at(day, record.event.category), index, picked_events_);
  } else if (record.outcome == Outcome::late) {
    pick_for(late_.at(day), index, picked_events_);
  } else if (is_rejection(record.outcome) && !events_only_) {
    pick_for(quarantine_.at(day_of(received), to_string(record.outcome)), index, picked_quarantine_);
  }  // a duplicate stands in bronze alone
}

void Staging::pick_for(Folder& folder, std::uint32_t index, std::vector<Folder*>& folders) {
  if (folder.picked.empty()) {
    folders.push_back(&folder);
  }
  folder.picked.push_back(index);
}

Result<void> Staging::append_picked(std::vector<Folder*>& folders, Append append, Partition partition,
                                    const DecodedBatch& batch) {
  for (Folder* folder : folders) {
    std::span<const std::uint32_t> left = folder->picked;
    while (!left.empty()) {
      const std::size_t count = std::min(left.size(), room(*folder));
      append(folder->rows, partition, {batch, left.first(count)});
      left = left.subspan(count);
      TRY(rows_added(*folder));
    }
    folder->picked.clear();
  }
  folders.clear();
  return {};
}

Result<void> Staging::add_windows(WindowTable table, const WindowRows& rows) {
  const Duration width = table == WindowTable::product_5m ? minutes(5) : hours(1);
  std::span<const WindowRow> left = rows.rows;
  while (!left.empty()) {
    // Windows are closed one after the other, so rows of one day stand together.
    const Day day = day_of(left.front().start);
    const auto end = std::ranges::find_if(left, [day](const WindowRow& row) { return day_of(row.start) != day; });
    Folder& folder = windows_[static_cast<std::size_t>(table)].at(day);
    const auto count = std::min(static_cast<std::size_t>(end - left.begin()), room(folder));
    append_windows(folder.rows, width, left.first(count));
    left = left.subspan(count);
    TRY(rows_added(folder));
  }
  return keep_to_budget();
}

/// Rows that the folder's next row group still takes.
std::size_t Staging::room(const Folder& folder) const {
  return static_cast<std::size_t>(limits_.row_group_rows - folder.rows.rows());
}

Result<void> Staging::rows_added(Folder& folder) {
  return room(folder) == 0 || folder.rows.bytes() > limits_.folder_bytes ? flush(folder) : Result<void>();
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
    const TableSpec& spec = folder.rows.spec();
    files_.push_back({.table = std::string(spec.name), .path = path, .columns = column_count(spec)});
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
