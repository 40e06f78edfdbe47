// A file that is read from front to back, plain or gzip; and the window through which its reader sees it.
//
// gzip is known by its first two bytes, not by its name; several members one behind the other are one text. Memory:
// one chunk, or as much as the longest thing that the reader has to see whole, up to a limit.
// Errors: not_found, unavailable from the file; corrupt where gzip data is broken or cut off.
// Source: RFC 1952. This is the one place that names zlib. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace millrace {

class InputFile {
 public:
  static Result<InputFile> open(const std::filesystem::path& path);
  InputFile(InputFile&&) noexcept;
  InputFile& operator=(InputFile&&) noexcept;
  ~InputFile();

  const std::filesystem::path& path() const { return file_.path(); }
  /// Fills `out` as far as the file goes: fewer bytes only at its end.
  Result<std::size_t> read(std::span<char> out);

 private:
  struct Gzip;
  InputFile(File file, std::unique_ptr<Gzip> gzip);
  Result<std::size_t> read_plain(std::span<char> out);
  Result<std::size_t> read_gzip(std::span<char> out);
  Result<bool> refill_gzip();

  File file_;
  std::int64_t position_ = 0;  // in the file
  std::unique_ptr<Gzip> gzip_;
};

/// The bytes that were read and not yet consumed, in one piece.
class InputWindow {
 public:
  /// So many bytes behind the text may be read, whatever stands there: JSON readers look at whole blocks.
  static constexpr std::size_t kPaddingBytes = 64;

  /// Reads chunks of `chunk_bytes`, and never holds more than `bytes_max` and a chunk.
  InputWindow(InputFile file, std::size_t bytes_max, std::size_t chunk_bytes = 1 << 20);

  const std::filesystem::path& path() const { return file_.path(); }
  /// What is there now. Views into it end with the next call of more().
  std::span<char> bytes() { return {buffer_.data() + begin_, end_ - begin_}; }
  std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// Takes bytes off the front.
  void consume(std::size_t count);
  /// Appends what comes next; false where the file is at its end. Precondition: !full().
  Result<bool> more();
  bool full() const { return end_ - begin_ >= bytes_max_; }

 private:
  InputFile file_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of the bytes, in the buffer
  std::size_t end_ = 0;
  std::size_t bytes_max_;
  std::size_t chunk_bytes_;
};

}  // namespace millrace
