// The object store on a local disk.
//
// Durability by fsync of files and folders, atomic creation by link(), publishing by rename(), claims by flock() on a
// file of the name. Thread rule: as object_store.h.
#pragma once

#include <map>
#include <mutex>

#include "base/files.h"
#include "lake/object_store.h"

namespace millrace {

class LocalStore final : public ObjectStore {
 public:
  explicit LocalStore(fs::path root) : root_(std::move(root)) {}

  Result<std::unique_ptr<OutputFile>> create(const std::string& name) override;
  Result<std::string> read(const std::string& name) override;
  Result<std::unique_ptr<ObjectReader>> open(const std::string& name) override;
  Result<bool> exists(const std::string& name) override;
  Result<void> put_if_absent(const std::string& name, std::string_view bytes) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<void> publish(const std::string& staged, const std::string& final_name) override;
  Result<void> keep(const std::string& name, const std::string& also) override;
  Result<void> sync_names(const std::string& folder) override;
  Result<void> remove(const std::string& name) override;
  Result<void> claim(const std::string& name) override;
  Result<void> release(const std::string& name) override;
  Result<void> abandon(const std::string& name) override;
  std::string locate(const std::string& name) const override;

 private:
  fs::path path_of(const std::string& name) const { return root_ / name; }

  fs::path root_;
  std::mutex mutex_;
  std::map<std::string, File> claims_;  // protected by mutex_
};

}  // namespace millrace
