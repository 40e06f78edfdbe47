#include "lake/local_store.h"

#include <sys/stat.h>

#include <utility>

#include "base/format.h"

namespace millrace {
namespace {

class LocalOutputFile final : public OutputFile {
 public:
  explicit LocalOutputFile(File file) : file_(std::move(file)) {}

  Result<void> write(std::string_view bytes) override {
    TRY(file_.write(bytes));
    bytes_ += static_cast<std::int64_t>(bytes.size());
    return {};
  }
  Result<void> finish() override {
    TRY(file_.sync());
    file_.close();
    return {};
  }
  std::int64_t bytes() const override { return bytes_; }

 private:
  File file_;
  std::int64_t bytes_ = 0;
};

class LocalObjectReader final : public ObjectReader {
 public:
  LocalObjectReader(File file, std::int64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

  std::int64_t bytes() const override { return bytes_; }
  Result<std::size_t> read_at(std::int64_t position, std::span<char> out) override {
    return file_.read_at(position, out);
  }

 private:
  File file_;
  std::int64_t bytes_;
};

/// The file that this descriptor locks still stands under its name: nobody swept it between open and lock.
bool still_named(const File& file) {
  struct stat by_descriptor{};
  struct stat by_name{};
  return ::fstat(file.fd(), &by_descriptor) == 0 && ::stat(file.path().c_str(), &by_name) == 0 &&
         by_descriptor.st_ino == by_name.st_ino && by_descriptor.st_dev == by_name.st_dev;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> LocalStore::create(const std::string& name) {
  const fs::path path = path_of(name);
  TRY(make_folders(path.parent_path()));
  ASSIGN_OR_RETURN(File file, File::create(path));
  return std::make_unique<LocalOutputFile>(std::move(file));
}

Result<std::string> LocalStore::read(const std::string& name) { return read_file(path_of(name)); }

Result<std::unique_ptr<ObjectReader>> LocalStore::open(const std::string& name) {
  ASSIGN_OR_RETURN(File file, File::open_to_read(path_of(name)));
  ASSIGN_OR_RETURN(const std::int64_t bytes, file.size());
  return std::make_unique<LocalObjectReader>(std::move(file), bytes);
}

Result<bool> LocalStore::exists(const std::string& name) {
  std::error_code error;
  const bool found = fs::exists(path_of(name), error);
  if (error) {
    return std::unexpected(system_error("look up", path_of(name), error.value()));
  }
  return found;
}

Result<void> LocalStore::put_if_absent(const std::string& name, std::string_view bytes) {
  const fs::path path = path_of(name);
  TRY(make_folders(path.parent_path()));
  return create_durably(path, bytes);
}

Result<std::vector<std::string>> LocalStore::list(const std::string& folder) { return list_folder(path_of(folder)); }

Result<void> LocalStore::publish(const std::string& staged, const std::string& final_name) {
  const fs::path from = path_of(staged);
  const fs::path to = path_of(final_name);
  TRY(make_folders(to.parent_path()));
  Result<void> renamed = rename_file(from, to);
  if (!renamed && renamed.error().fault == Fault::not_found) {
    ASSIGN_OR_RETURN(const bool done, exists(final_name));
    if (done) {
      return {};
    }
    return fail(Fault::corrupt, format("could not publish a committed file: it stands neither in staging nor in its "
                                       "folder: {} (restore the lake from a copy, or rebuild)",
                                       to.string()));
  }
  return renamed;
}

Result<void> LocalStore::keep(const std::string& name, const std::string& also) {
  const fs::path path = path_of(also);
  TRY(make_folders(path.parent_path()));
  Result<void> linked = link_file(path_of(name), path);
  return !linked && linked.error().fault == Fault::conflict ? Result<void>() : linked;
}

Result<void> LocalStore::sync_names(const std::string& folder) { return sync_folder(path_of(folder)); }

Result<void> LocalStore::remove(const std::string& name) { return remove_tree(path_of(name)); }

Result<void> LocalStore::claim(const std::string& name) {
  const fs::path path = path_of(name);
  TRY(make_folders(path.parent_path()));
  ASSIGN_OR_RETURN(File file, File::open_to_append(path));
  TRY(file.try_lock());
  if (!still_named(file)) {
    return fail(Fault::conflict, format("could not claim: {}: somebody is removing it", path.string()));
  }
  const std::lock_guard lock(mutex_);
  claims_.insert_or_assign(name, std::move(file));
  return {};
}

Result<void> LocalStore::release(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(remove_file(path_of(name)));  // while it is still locked: nobody can claim a file that is about to go
  claims_.erase(name);
  return {};
}

Result<void> LocalStore::abandon(const std::string& name) {
  const std::lock_guard lock(mutex_);
  claims_.erase(name);
  return {};
}

std::string LocalStore::locate(const std::string& name) const { return path_of(name).string(); }

}  // namespace millrace
