#include "cli/version.h"

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "cli/command.h"

namespace millrace {

std::string library_versions() {
  return format("CLI11 {}, fmt {}.{}.{}, nlohmann-json {}.{}.{}, spdlog {}", CLI11_VERSION, FMT_VERSION / 10'000,
                FMT_VERSION / 100 % 100, FMT_VERSION % 100, NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                NLOHMANN_JSON_VERSION_PATCH, log_library_version());
}

}  // namespace millrace
