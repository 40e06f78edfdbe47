// For tests: bytes as a gzip member, without a library, since zlib's header stands in input_file.cc alone.
//
// The data is stored, not compressed, in blocks of 65,535 bytes. Source: RFC 1951, 3.2.4; RFC 1952.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

inline void append_little_endian(std::string& out, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(number >> (8 * i) & 0xFF);
  }
}

inline std::uint32_t crc32_of(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
    }
  }
  return ~crc;
}

inline std::string gzip_member(std::string_view text) {
  std::string out("\x1F\x8B\x08\0\0\0\0\0\0\x03", 10);
  std::string_view rest = text;
  do {
    const std::string_view block = rest.substr(0, 65'535);
    rest.remove_prefix(block.size());
    out += static_cast<char>(rest.empty() ? 1 : 0);
    append_little_endian(out, static_cast<std::uint32_t>(block.size()), 2);
    append_little_endian(out, ~static_cast<std::uint32_t>(block.size()), 2);
    out += block;
  } while (!rest.empty());
  append_little_endian(out, crc32_of(text), 4);
  append_little_endian(out, static_cast<std::uint32_t>(text.size()), 4);
  return out;
}

}  // namespace millrace
