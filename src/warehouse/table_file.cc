#include "warehouse/table_file.h"

#include "base/files.h"

namespace millrace {

Result<void> write_table_file(Engine& engine, LocalStore& store, const std::string& sql,
                              const SqlParameters& parameters, const std::string& staged,
                              const std::string& final_name) {
  const fs::path staged_path = store.locate(staged);
  const fs::path final_path = store.locate(final_name);
  TRY(store.remove(staged));  // of a run that was cut short
  TRY(make_folders(staged_path.parent_path()));
  TRY(engine.write_parquet(sql, parameters, 0, staged_path));
  TRY(sync_file_system(staged_path));
  TRY(make_folders(final_path.parent_path()));
  return rename_file(staged_path, final_path);
}

}  // namespace millrace
