// The libraries of others that this build was compiled with, for --version and bug reports.
//
// Thread rule: a pure function.
#pragma once

#include <string>

namespace millrace {

/// `CLI11 2.1.2, fmt 9.1.0, ...`
std::string library_versions();

}  // namespace millrace
