#include "cli/stream_options.h"

#include <algorithm>

namespace millrace {

StreamOptions stream_options(const Settings& settings, const SecretKey& secret, std::size_t partitions) {
  const StreamSettings& stream = settings.stream;
  return {.rules = {.future_tolerance = stream.future_tolerance,
                    .currency = settings.shop.currency,
                    .event_types = stream.event_types,
                    .key = secret},
          .pipeline = {.allowed_lateness = stream.allowed_lateness,
                       .categories_max = static_cast<std::size_t>(stream.max_categories),
                       .delay_5m = stream.window_5m_delay,
                       .delay_1h = stream.window_1h_delay,
                       .hash_seed = secret[0]},
          .batch = {.records = static_cast<std::size_t>(stream.batch_records)},
          .checkpoint_interval = stream.checkpoint_interval,
          .commit_records = stream.commit_records,
          .dedup_bytes = static_cast<std::size_t>(stream.dedup_bytes) / partitions,
          .idle_flush = stream.idle_flush};
}

StagingLimits staging_limits(std::size_t partitions) {
  constexpr std::size_t kAllBytes = 48 << 20;
  constexpr std::size_t kBytesMin = 2 << 20;
  StagingLimits limits;
  limits.buffered_bytes = std::max(kAllBytes / partitions, kBytesMin);
  limits.folder_bytes = std::min(limits.folder_bytes, limits.buffered_bytes);
  return limits;
}

}  // namespace millrace
