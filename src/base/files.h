// Local files, with every failure as a Result that names the file and the operation.
//
// Durability is explicit: nothing is on disk until sync() or a *_durably function returned. A failed fsync is never
// retried, because the kernel may have dropped the dirty pages and would report success the second time.
// Thread rule: free functions are safe everywhere; a File belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

namespace fs = std::filesystem;

/// An open file descriptor; closed by the destructor.
class File {
 public:
  File() = default;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  /// Fault not_found where it does not exist.
  static Result<File> open_to_read(const fs::path& path);
  /// Creates it where it does not exist; every write goes to the end.
  static Result<File> open_to_append(const fs::path& path);
  /// Fault conflict where it exists.
  static Result<File> create(const fs::path& path);
  /// A file that is in no folder until link_to(); it goes with its descriptor, so a crash leaves nothing behind. Fault
  /// not_found where the folder does not exist, unavailable also where the file system has no such files.
  static Result<File> create_unnamed(const fs::path& folder);

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  const fs::path& path() const { return path_; }

  Result<std::int64_t> size() const;
  /// Reads up to `out.size()` bytes at `position`; fewer only at the end of the file.
  Result<std::size_t> read_at(std::int64_t position, std::span<char> out) const;
  /// Writes all bytes, or fails; what a failed write left behind is unknown.
  Result<void> write(std::string_view bytes);
  Result<void> truncate(std::int64_t bytes);
  /// Gives a file of create_unnamed() its name. Fault conflict where that exists.
  Result<void> link_to(const fs::path& path) const;
  /// fsync: the content is on disk when it returns.
  Result<void> sync();
  /// Takes an exclusive advisory lock (flock), held until the file is closed or the process ends.
  Result<void> lock();
  /// As lock(), but fault conflict at once where somebody else holds it.
  Result<void> try_lock();
  void unlock();
  void close();

 private:
  File(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  fs::path path_;
};

/// The Error of the last failed system call (errno): "could not <doing>: <path>: <words>".
Error system_error(std::string_view doing, const fs::path& path);
Error system_error(std::string_view doing, const fs::path& path, int error_number);

Result<std::string> read_file(const fs::path& path);
Result<void> make_folders(const fs::path& path);
/// fsync of a folder: names created, renamed or removed in it are on disk when it returns.
Result<void> sync_folder(const fs::path& path);
/// syncfs: everything written so far to the file system that `path` lies in is on disk when it returns. One call for
/// thousands of small files.
Result<void> sync_file_system(const fs::path& path);
/// Names in the folder, sorted; nothing where it does not exist.
Result<std::vector<std::string>> list_folder(const fs::path& path);
/// Creates `path` with these bytes if nothing stands there yet, whole or not at all, on disk when it returns.
/// Fault conflict where it exists.
Result<void> create_durably(const fs::path& path, std::string_view bytes);
Result<void> rename_file(const fs::path& from, const fs::path& to);
/// The file stands under a second name too. Fault conflict where that exists.
Result<void> link_file(const fs::path& path, const fs::path& also);
/// No error where it does not exist, also for a tree that others are removing at the same time.
Result<void> remove_file(const fs::path& path);
Result<void> remove_tree(const fs::path& path);

}  // namespace millrace
