#include "cli/commands.h"

#include <array>

namespace millrace {
namespace {

constexpr std::array kPlanned = {
    PlannedCommand{"serve", "dashboard, HTTP API and Prometheus metrics"},
    PlannedCommand{"up", "stream, serve and the daily jobs in one process"},
    PlannedCommand{"doctor", "check the configuration and what it needs to reach"},
};

}  // namespace

std::span<const PlannedCommand> planned_commands() { return kPlanned; }

}  // namespace millrace
