// How Kafka is reached: the configuration's section `kafka`.
//
// A property whose value is `file:PATH` has that file's content, without the line's end: so a password need not stand
// in the configuration. Errors: the file's. Thread rule: main thread.
#pragma once

#include "cli/command.h"
#include "ingest/kafka/client.h"

namespace millrace {

Result<KafkaOptions> kafka_options(const Context& context);

}  // namespace millrace
