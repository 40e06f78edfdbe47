// Which partition a key belongs to: Kafka's default partitioner, so that a key lands where a Java producer puts it.
//
// Source: murmur2 (Austin Appleby, 32 bits, seed 0x9747b28c) as Kafka's clients use it: the partition is the hash
// without its sign bit, modulo the number of partitions.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "event/event.h"

namespace millrace {

std::uint32_t murmur2(std::string_view key);

/// Precondition: count > 0.
Partition partition_of(std::string_view key, Partition count);

}  // namespace millrace
