// The rows of a commit to be, sorted into their folders, and the staged Parquet files they become.
//
// A batch's records are first told apart by folder, and then appended to each one's rows column by column. Rows wait in
// memory by folder. A folder's rows go to its file as a row group when there are many, the largest
// folders' when all together exceed the budget, and the rest at finish(). Buffers outlive their rows for the next ones;
// where all together hold twice the budget, they are cut down to their rows. So memory is bounded by twice the budget,
// whatever a commit holds, and the number of open files by a constant. Errors: those of the store; the commit must then
// be given up. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "event/decode.h"
#include "lake/commit_record.h"
#include "lake/event_rows.h"
#include "lake/folders.h"
#include "lake/object_store.h"
#include "stream/sink.h"

namespace millrace {

struct StagingLimits {
  std::int64_t row_group_rows = 64 * 1024;
  std::size_t folder_bytes = 16 << 20;    // of one folder's waiting rows
  std::size_t buffered_bytes = 64 << 20;  // of all folders together
  std::size_t open_files = 32;
};

class Staging {
 public:
  /// Files are staged as `folder`/NAME; their names are unique by `file_stem`.
  Staging(ObjectStore& store, std::string folder, std::string file_stem, StagingLimits limits);

  /// From now on add() leaves out bronze and quarantine, where the records stand already.
  void add_events_only() { events_only_ = true; }
  Result<void> add(Partition partition, const DecodedBatch& batch);
  Result<void> add_windows(WindowTable table, const WindowRows& rows);
  /// Writes what is left. All files are durable under their staged names when it returns.
  Result<std::vector<DataFile>> finish();

  const std::string& folder() const { return folder_; }
  /// Memory of the waiting rows and of the buffers kept for the next ones.
  std::size_t held_bytes();

 private:
  using Append = void (*)(Table& table, Partition partition, const PickedRecords& picked);

  void pick(const DecodedRecord& record, std::uint32_t index, Instant received);
  static void pick_for(Folder& folder, std::uint32_t index, std::vector<Folder*>& folders);
  Result<void> append_picked(std::vector<Folder*>& folders, Append append, Partition partition,
                             const DecodedBatch& batch);
  Result<void> rows_added(Folder& folder);
  std::size_t room(const Folder& folder) const;
  Result<void> keep_to_budget();
  Result<void> flush_largest();
  Result<void> flush(Folder& folder);
  Result<void> close(Folder& folder);
  std::vector<Folder*> all_folders();

  ObjectStore& store_;
  const std::string folder_;
  const std::string file_stem_;
  const StagingLimits limits_;
  Folders bronze_;
  Folders silver_;
  Folders late_;
  Folders quarantine_;
  std::array<Folders, 2> windows_;  // by WindowTable
  // Those that a record of the batch at hand goes to.
  std::vector<Folder*> picked_bronze_;
  std::vector<Folder*> picked_events_;
  std::vector<Folder*> picked_quarantine_;
  bool events_only_ = false;
  std::size_t open_files_ = 0;
  std::vector<DataFile> files_;
};

/// The staged name of a file: its last part, in the commit's staging folder.
std::string staged_name(const std::string& staging, const std::string& final_path);

}  // namespace millrace
