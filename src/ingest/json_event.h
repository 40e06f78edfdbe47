// Writing events as JSON lines, fast: the simulator's and the CSV replay's way into a log.
//
// An EventTimeWriter remembers the calendar day it wrote last, so that a time costs a few divisions. All functions
// append to a string whose capacity is reused, so that a line costs no allocation in the steady state.
// Source: RFC 8259 for the escapes; CONTRACT.md, "The event" for the time's grammar.
// Thread rule: an EventTimeWriter belongs to one thread; the functions are pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace millrace {

/// Appends `2024-01-15T10:30:00.123456Z` for instants in [1970, 10000).
class EventTimeWriter {
 public:
  void append(std::string& out, Instant t);

 private:
  Day day_{-1};
  std::array<char, 27> text_{};  // the last text; its date stays while the day does
};

/// Appends the text in quotes, escaped where JSON asks for it. Precondition: UTF-8.
void append_json_string(std::string& out, std::string_view text);

void append_digits(std::string& out, std::uint64_t number);

/// Appends 16 hexadecimal digits.
void append_hex(std::string& out, std::uint64_t number);

/// Appends `299.99` for 29999. Precondition: not negative.
void append_cents(std::string& out, std::int64_t cents);

}  // namespace millrace
