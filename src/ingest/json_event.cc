#include "ingest/json_event.h"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kClockPlace = 11;  // of HH:MM:SS.ffffffZ in the text

void put_two_digits(char* place, std::int64_t number) {
  place[0] = static_cast<char>('0' + number / 10);
  place[1] = static_cast<char>('0' + number % 10);
}

void append_control_escape(std::string& out, char c) {
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4];
      out += kHexDigits[static_cast<unsigned char>(c) & 0xF];
  }
}

}  // namespace

void EventTimeWriter::append(std::string& out, Instant t) {
  const Day day = day_of(t);
  if (day != day_) {
    const std::string text = to_string(start_of(day));
    std::copy_n(text.data(), text_.size(), text_.data());
    day_ = day;
  }
  std::int64_t us = (t - start_of(day)).us;
  char* const clock = text_.data() + kClockPlace;
  const std::int64_t second = us / 1'000'000;
  put_two_digits(clock, second / 3'600);
  put_two_digits(clock + 3, second / 60 % 60);
  put_two_digits(clock + 6, second % 60);
  us %= 1'000'000;
  put_two_digits(clock + 9, us / 10'000);
  put_two_digits(clock + 11, us / 100 % 100);
  put_two_digits(clock + 13, us % 100);
  out.append(text_.data(), text_.size());
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t clean = 0;  // start of the stretch that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') [[likely]] {
      continue;
    }
    out.append(text, clean, i - clean);
    clean = i + 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      append_control_escape(out, c);
    }
  }
  out.append(text, clean);
  out += '"';
}

void append_digits(std::string& out, std::uint64_t number) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), end);
}

void append_hex(std::string& out, std::uint64_t number) {
  std::array<char, 16> text;
  for (std::size_t i = text.size(); i-- > 0; number >>= 4) {
    text[i] = kHexDigits[number & 0xF];
  }
  out.append(text.data(), text.size());
}

void append_cents(std::string& out, std::int64_t cents) {
  append_digits(out, static_cast<std::uint64_t>(cents) / 100);
  std::array<char, 3> fraction{'.'};
  put_two_digits(fraction.data() + 1, cents % 100);
  out.append(fraction.data(), fraction.size());
}

}  // namespace millrace
