#include "cli/kafka_options.h"

#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/format.h"

namespace millrace {
namespace {

constexpr std::string_view kFromFile = "file:";

Result<std::string> value_of(const std::string& name, const std::string& value) {
  if (!value.starts_with(kFromFile)) {
    return value;
  }
  auto content = read_file(value.substr(kFromFile.size()));
  if (!content) {
    return fail(std::move(content).error(), format("kafka.properties: {}", name));
  }
  content->erase(content->find_last_not_of("\r\n") + 1);
  return *std::move(content);
}

}  // namespace

Result<KafkaOptions> kafka_options(const Context& context) {
  const KafkaSettings& settings = context.settings.kafka;
  KafkaOptions options{.bootstrap_servers = settings.bootstrap_servers, .properties = {}, .group = settings.group};
  for (const auto& [name, value] : settings.properties) {
    ASSIGN_OR_RETURN(options.properties[name], value_of(name, value));
  }
  return options;
}

}  // namespace millrace
