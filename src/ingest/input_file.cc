#include "ingest/input_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr int kGzipOnly = 15 + 16;  // the largest window, and a gzip header, as inflateInit2 wants it

std::unexpected<Error> corrupt_gzip(const fs::path& path, std::string_view why) {
  return fail(Fault::corrupt, format("could not unpack gzip data: {}: {}", path.string(), why));
}

}  // namespace

struct InputFile::Gzip {
  Gzip() { CHECK(inflateInit2(&stream, kGzipOnly) == Z_OK); }  // fails without memory alone
  ~Gzip() { inflateEnd(&stream); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  z_stream stream{};
  std::array<char, 1 << 16> packed{};
  bool in_member = true;  // inside of a gzip member, which must not end with the file
};

InputFile::InputFile(File file, std::unique_ptr<Gzip> gzip) : file_(std::move(file)), gzip_(std::move(gzip)) {}
InputFile::InputFile(InputFile&&) noexcept = default;
InputFile& InputFile::operator=(InputFile&&) noexcept = default;
InputFile::~InputFile() = default;

Result<InputFile> InputFile::open(const fs::path& path) {
  ASSIGN_OR_RETURN(File file, File::open_to_read(path));
  std::array<char, kGzipMagic.size()> start{};
  ASSIGN_OR_RETURN(const std::size_t got, file.read_at(0, start));
  const bool packed = std::string_view(start.data(), got) == kGzipMagic;
  return InputFile(std::move(file), packed ? std::make_unique<Gzip>() : nullptr);
}

Result<std::size_t> InputFile::read(std::span<char> out) { return gzip_ ? read_gzip(out) : read_plain(out); }

Result<std::size_t> InputFile::read_plain(std::span<char> out) {
  ASSIGN_OR_RETURN(const std::size_t got, file_.read_at(position_, out));
  position_ += static_cast<std::int64_t>(got);
  return got;
}

/// False at the end of the file.
Result<bool> InputFile::refill_gzip() {
  ASSIGN_OR_RETURN(const std::size_t got, read_plain(gzip_->packed));
  gzip_->stream.next_in = reinterpret_cast<Bytef*>(gzip_->packed.data());
  gzip_->stream.avail_in = static_cast<uInt>(got);
  return got > 0;
}

Result<std::size_t> InputFile::read_gzip(std::span<char> out) {
  z_stream& stream = gzip_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  while (stream.avail_out > 0) {
    if (stream.avail_in == 0) {
      ASSIGN_OR_RETURN(const bool refilled, refill_gzip());
      if (!refilled && gzip_->in_member) {
        return corrupt_gzip(path(), "the file is cut off");
      }
      if (!refilled) {
        break;
      }
    }
    if (!gzip_->in_member) {
      CHECK(inflateReset(&stream) == Z_OK);
      gzip_->in_member = true;
    }
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      gzip_->in_member = false;
    } else if (status != Z_OK) {
      return corrupt_gzip(path(), stream.msg != nullptr ? stream.msg : "unexpected data");
    }
  }
  return out.size() - stream.avail_out;
}

InputWindow::InputWindow(InputFile file, std::size_t bytes_max, std::size_t chunk_bytes)
    : file_(std::move(file)), bytes_max_(bytes_max), chunk_bytes_(chunk_bytes) {}

void InputWindow::consume(std::size_t count) {
  CHECK(count <= end_ - begin_);
  begin_ += count;
}

Result<bool> InputWindow::more() {
  CHECK(!full());
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  // A thing longer than a chunk doubles the chunk, so that reading it stays linear.
  const std::size_t chunk = std::max(chunk_bytes_, end_);
  if (buffer_.size() < end_ + chunk + kPaddingBytes) {
    buffer_.resize(end_ + chunk + kPaddingBytes);
  }
  ASSIGN_OR_RETURN(const std::size_t got, file_.read(std::span(buffer_).subspan(end_, chunk)));
  end_ += got;
  return got > 0;
}

}  // namespace millrace
