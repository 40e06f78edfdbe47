// Little-endian binary encoding for our own state files, with bounds checks on the way back.
//
// A ByteWriter appends to a string; a ByteReader takes the same values in the same order. Reading past the end or an
// impossible length sets failed() and gives zeros, so that a reader checks once at the end instead of at each value.
// Thread rule: one thread each.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace millrace {

static_assert(std::endian::native == std::endian::little, "state files are little-endian");

class ByteWriter {
 public:
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  /// Length (4 bytes), then the bytes.
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  void append(std::string_view raw) { bytes_.append(raw); }
  /// Makes room for so many bytes more.
  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires std::is_trivially_copyable_v<T>
  T get() {
    T value{};
    if (rest_.size() < sizeof(T)) {
      fail();
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  /// A view into the bytes given to the constructor.
  std::string_view get_text() { return get_raw(get<std::uint32_t>()); }
  std::string_view get_raw(std::size_t size) {
    if (rest_.size() < size) {
      fail();
      return {};
    }
    const std::string_view raw = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return raw;
  }
  /// A count of things of at least `bytes_each`; 0 and failed() where the rest cannot hold them.
  std::uint64_t get_count(std::size_t bytes_each) {
    const auto count = get<std::uint64_t>();
    if (count > rest_.size() / bytes_each) {
      fail();
      return 0;
    }
    return count;
  }
  bool failed() const { return failed_; }
  /// All was read, and nothing was missing.
  bool finished() const { return !failed_ && rest_.empty(); }

 private:
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace millrace
