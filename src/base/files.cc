#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/format.h"

namespace millrace {
namespace {

Fault fault_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Fault::not_found;
    case EEXIST:
    case EWOULDBLOCK:
      return Fault::conflict;
    case ENAMETOOLONG:
    case EISDIR:
    case EINVAL:
      return Fault::invalid;
    default:
      return Fault::unavailable;
  }
}

/// A hint on what to do, for the errors that a user can cure.
std::string_view remedy(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return " (free some space, then start again: nothing committed is lost)";
    case EACCES:
    case EPERM:
    case EROFS:
      return " (make the folder writable for this user, or choose another with --data-dir)";
    case EMFILE:
    case ENFILE:
      return " (raise the limit of open files, ulimit -n)";
    default:
      return "";
  }
}

template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

}  // namespace

Error system_error(std::string_view doing, const fs::path& path, int error_number) {
  return {fault_of(error_number), format("could not {}: {}: {}{}", doing, path.string(),
                                         std::generic_category().message(error_number), remedy(error_number))};
}

Error system_error(std::string_view doing, const fs::path& path) { return system_error(doing, path, errno); }

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() { close(); }

void File::close() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

Result<File> File::open_to_read(const fs::path& path) {
  const int fd = retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd < 0) {
    return std::unexpected(system_error("open", path));
  }
  return File(fd, path);
}

Result<File> File::open_to_append(const fs::path& path) {
  const int fd = retry_interrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644); });
  if (fd < 0) {
    return std::unexpected(system_error("open to append", path));
  }
  return File(fd, path);
}

Result<File> File::create(const fs::path& path) {
  const int fd = retry_interrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644); });
  if (fd < 0) {
    return std::unexpected(system_error("create", path));
  }
  return File(fd, path);
}

Result<File> File::create_unnamed(const fs::path& folder) {
  const int fd = retry_interrupted([&] { return ::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0644); });
  if (fd < 0) {
    return std::unexpected(system_error("create a file in", folder));
  }
  return File(fd, folder / "(a file without a name)");
}

Result<void> File::link_to(const fs::path& path) const {
  const std::string unnamed = format("/proc/self/fd/{}", fd_);
  if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return std::unexpected(system_error("create", path));
  }
  return {};
}

Result<std::int64_t> File::size() const {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) {
    return std::unexpected(system_error("stat", path_));
  }
  return status.st_size;
}

Result<std::size_t> File::read_at(std::int64_t position, std::span<char> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got = retry_interrupted(
        [&] { return ::pread(fd_, out.data() + done, out.size() - done, position + static_cast<std::int64_t>(done)); });
    if (got < 0) {
      return std::unexpected(system_error("read", path_));
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = retry_interrupted([&] { return ::write(fd_, bytes.data(), bytes.size()); });
    if (written < 0) {
      return std::unexpected(system_error("write", path_));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> File::truncate(std::int64_t bytes) {
  if (retry_interrupted([&] { return ::ftruncate(fd_, bytes); }) != 0) {
    return std::unexpected(system_error("truncate", path_));
  }
  return {};
}

Result<void> File::sync() {
  if (::fsync(fd_) != 0) {
    return std::unexpected(system_error("fsync", path_));
  }
  return {};
}

Result<void> File::lock() {
  if (retry_interrupted([&] { return ::flock(fd_, LOCK_EX); }) != 0) {
    return std::unexpected(system_error("lock", path_));
  }
  return {};
}

Result<void> File::try_lock() {
  if (retry_interrupted([&] { return ::flock(fd_, LOCK_EX | LOCK_NB); }) != 0) {
    return std::unexpected(system_error("lock", path_));
  }
  return {};
}

void File::unlock() { ::flock(fd_, LOCK_UN); }

Result<std::string> read_file(const fs::path& path) {
  ASSIGN_OR_RETURN(const File file, File::open_to_read(path));
  ASSIGN_OR_RETURN(const std::int64_t size, file.size());
  // The size is a hint: a pipe, such as a shell's `<(command)`, has none. One byte more finds the end at once.
  std::string bytes(static_cast<std::size_t>(size) + 1, '\0');
  std::size_t done = 0;
  for (;;) {
    const auto got = retry_interrupted([&] { return ::read(file.fd(), bytes.data() + done, bytes.size() - done); });
    if (got < 0) {
      return std::unexpected(system_error("read", path));
    }
    if (got == 0) {
      bytes.resize(done);
      return bytes;
    }
    done += static_cast<std::size_t>(got);
    if (done == bytes.size()) {
      bytes.resize(done + std::max<std::size_t>(done, 4096));
    }
  }
}

Result<void> make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return std::unexpected(system_error("create folder", path, error.value()));
  }
  return {};
}

Result<void> sync_folder(const fs::path& path) {
  // The parent_path() of a bare file name is empty, and means the current folder.
  ASSIGN_OR_RETURN(File folder, File::open_to_read(path.empty() ? fs::path(".") : path));
  return folder.sync();
}

Result<void> sync_file_system(const fs::path& path) {
  ASSIGN_OR_RETURN(const File file, File::open_to_read(path));
  if (::syncfs(file.fd()) != 0) {
    return std::unexpected(system_error("sync the file system of", path));
  }
  return {};
}

Result<std::vector<std::string>> list_folder(const fs::path& path) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return std::unexpected(system_error("list", path, error.value()));
  }
  std::ranges::sort(names);
  return names;
}

namespace {

/// For file systems without unnamed files: under a name of its own first. A crash may leave that draft, which every
/// reader of names passes over.
Result<void> create_through_draft(const fs::path& path, std::string_view bytes) {
  // A unique name for the draft: several threads and processes may create beside each other, and link() decides.
  static std::atomic<std::uint64_t> serial = 0;
  const fs::path draft = path.parent_path() / format(".{}.{}.{}.draft", path.filename().string(), ::getpid(), serial++);
  const auto create = [&]() -> Result<void> {
    ASSIGN_OR_RETURN(File file, File::create(draft));
    TRY(file.write(bytes));
    TRY(file.sync());
    if (::link(draft.c_str(), path.c_str()) != 0) {
      return std::unexpected(system_error("create", path));
    }
    return {};
  };
  Result<void> created = create();
  ::unlink(draft.c_str());
  return created;
}

}  // namespace

Result<void> create_durably(const fs::path& path, std::string_view bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (Result<File> file = File::create_unnamed(folder); file) {
    TRY(file->write(bytes));
    TRY(file->sync());
    TRY(file->link_to(path));
  } else if (file.error().fault == Fault::not_found) {
    return std::unexpected(std::move(file).error());
  } else {
    TRY(create_through_draft(path, bytes));
  }
  return sync_folder(folder);
}

Result<void> rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return std::unexpected(system_error("rename", from));
  }
  return {};
}

Result<void> link_file(const fs::path& path, const fs::path& also) {
  if (::link(path.c_str(), also.c_str()) != 0) {
    const int error = errno;
    return std::unexpected(system_error("link", error == EEXIST ? also : path, error));
  }
  return {};
}

Result<void> remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return std::unexpected(system_error("remove", path));
  }
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  // Others may be removing the same tree: what vanished between look and touch is removed. Again, for the rest of it.
  constexpr int kAttempts = 1000;
  for (int attempt = 1;; ++attempt) {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error) {
      return {};
    }
    if (error != std::errc::no_such_file_or_directory || attempt == kAttempts) {
      return std::unexpected(system_error("remove", path, error.value()));
    }
  }
}

}  // namespace millrace
