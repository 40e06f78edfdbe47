#include "lake/compaction.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "lake/parquet.h"
#include "lake/tables.h"

namespace millrace {
namespace {

Result<const TableSpec*> spec_of(const std::string& table) {
  const auto tables = stream_tables();
  const auto found = std::ranges::find(tables, table, &TableSpec::name);
  if (found == tables.end()) {
    return fail(Fault::corrupt, format("could not compact: the commit records name a table that this build does not "
                                       "know: {}",
                                       table));
  }
  return *found;
}

}  // namespace

std::vector<Merge> plan_merges(const PartitionFiles& files, const CompactionOptions& options) {
  std::vector<Merge> merges;
  if (options.files_max == 0) {
    return merges;
  }
  for (auto& [folder, in_folder] : files.by_folder()) {
    if (in_folder.size() <= options.files_max || (!options.table.empty() && in_folder.front().table != options.table)) {
      continue;
    }
    std::vector<DataFile> smallest = in_folder;
    std::ranges::sort(smallest, {}, [](const DataFile& file) { return std::tie(file.bytes, file.path); });
    std::erase_if(smallest, [&](const DataFile& file) { return file.bytes > options.bytes_max; });
    const std::size_t too_many = in_folder.size() - options.files_max + 1;
    std::int64_t bytes = 0;
    std::size_t count = 0;
    while (count < smallest.size() && (count < too_many || smallest[count].bytes <= 2 * bytes)) {
      bytes += smallest[count++].bytes;
    }
    smallest.resize(count);
    if (count >= 2) {
      merges.push_back({folder, std::move(smallest)});
    }
  }
  return merges;
}

Result<DataFile> merge_files(ObjectStore& store, const Merge& merge, const std::string& staged_path,
                             const std::string& final_path) {
  CHECK(!merge.files.empty());
  const std::string& table = merge.files.front().table;
  ASSIGN_OR_RETURN(const TableSpec* const spec, spec_of(table));
  ASSIGN_OR_RETURN(auto output, store.create(staged_path));
  ASSIGN_OR_RETURN(const auto merger, ParquetMerger::create(std::move(output), *spec));
  std::int64_t rows = 0;
  std::uint64_t number = 0;
  for (const DataFile& file : merge.files) {
    ASSIGN_OR_RETURN(auto input, store.open(file.path));
    TRY(merger->add(std::move(input)));
    rows += file.rows;
    number += file.rows_number();
  }
  DataFile merged{.table = table,
                  .path = final_path,
                  .rows = rows,
                  .bytes = 0,
                  .columns = column_count(*spec),
                  .merged_number = number};
  ASSIGN_OR_RETURN(merged.bytes, merger->finish());
  if (merger->rows() != rows) {
    return fail(Fault::corrupt, format("could not compact {}: its files hold {} rows, and the commit records say {} "
                                       "(restore the files from a copy, or rebuild)",
                                       store.locate(merge.folder), merger->rows(), rows));
  }
  return merged;
}

}  // namespace millrace
