// Text formatting. The one place that names the library ({fmt}), so that the rest of the code says `format`.
//
// `format("could not open {}: {}", path, words)`; the format string is checked at compile time. Throws only on
// out-of-memory. Thread rule: free functions, safe everywhere.
#pragma once

#include <fmt/format.h>

namespace millrace {

using fmt::format;
using fmt::format_to;
using fmt::format_to_n;

}  // namespace millrace
