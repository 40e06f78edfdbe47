// What the settings say about streaming, for the commands that stream.
//
// Thread rule: pure functions.
#pragma once

#include "cli/settings.h"
#include "event/fingerprint.h"
#include "lake/staging.h"
#include "stream/partition_task.h"

namespace millrace {

/// `secret` is the lake's; so many partitions share the memory.
StreamOptions stream_options(const Settings& settings, const SecretKey& secret, std::size_t partitions);

/// All partitions together hold so many bytes of rows, however many they are.
StagingLimits staging_limits(std::size_t partitions);

}  // namespace millrace
