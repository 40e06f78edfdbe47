// The value of a flag that names a day.
//
// Errors: invalid, naming the flag. Thread rule: a pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/format.h"
#include "base/result.h"
#include "base/time.h"

namespace millrace {

/// Nothing where the flag was not given.
inline Result<std::optional<Day>> day_of_flag(std::string_view flag, const std::string& text) {
  if (text.empty()) {
    return std::optional<Day>();
  }
  const auto day = parse_day(text);
  if (!day) {
    return fail(Fault::invalid, format("{}: expected a day such as 2024-01-15, found: {}", flag, text));
  }
  return day;
}

}  // namespace millrace
