#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cmath>
#include <iterator>
#include <memory>
#include <string>

#include "base/format.h"
#include "base/json.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormatNames = {"text", "json"};

template <class Enum, std::size_t N>
std::optional<Enum> from_name(std::string_view name, const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

/// The library takes the time, puts it in front of our text, and writes lines of several threads one by one.
struct Log {
  Log(LogLevel level, LogFormat log_format)
      : format(log_format), logger("millrace", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    log_level_now = level;
    logger.set_level(spdlog::level::trace);  // log_enabled() decides
    logger.set_pattern(format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                                 : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                       spdlog::pattern_time_type::utc);
  }
  LogFormat format;
  spdlog::logger logger;
};

/// Never destroyed: threads may log while the process ends.
std::unique_ptr<Log>& the_log() {
  static auto* const log = new std::unique_ptr<Log>(std::make_unique<Log>(log_level_now.load(), LogFormat::text));
  return *log;
}

/// A JSON string, quotes included; invalid UTF-8 becomes U+FFFD. JSON leaves DEL and the C1 controls (U+0080 to
/// U+009F, in UTF-8 C2 80 to C2 9F) as they are, but terminals obey them, so they are escaped too.
std::string quoted(std::string_view text) {
  const std::string json = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = static_cast<unsigned char>(i + 1 < json.size() ? json[i + 1] : 0);
    if (byte == 0x7F) {
      out += "\\u007f";
    } else if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {
      format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(next));
      ++i;
    } else {
      out += json[i];
    }
  }
  return out;
}

/// Whether a text can stand in a text line without quotes and still end where it ends.
bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') {
      return false;
    }
  }
  return !text.empty();
}

std::string value_text(const LogField::Value& value, LogFormat log_format) {
  return std::visit(
      [&](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string_view>) {
          return log_format == LogFormat::text && is_plain(v) ? std::string(v) : quoted(v);
        } else if constexpr (std::is_same_v<T, double>) {
          return log_format == LogFormat::json && !std::isfinite(v) ? "null" : format("{}", v);
        } else {
          return format("{}", v);
        }
      },
      value);
}

spdlog::level::level_enum library_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

std::string_view to_string(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }
std::string_view to_string(LogFormat format) { return kFormatNames[static_cast<std::size_t>(format)]; }
std::optional<LogLevel> log_level_from(std::string_view name) { return from_name<LogLevel>(name, kLevelNames); }
std::optional<LogFormat> log_format_from(std::string_view name) { return from_name<LogFormat>(name, kFormatNames); }

void start_logging(LogLevel level, LogFormat format) { the_log() = std::make_unique<Log>(level, format); }

std::string log_library_version() { return format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH); }

void write_log(LogLevel level, LogMessage message, LogFields fields) {
  Log& log = *the_log();
  std::string line;
  if (log.format == LogFormat::json) {
    line = format(R"("message":"{}")", message.text());
    for (const LogField& field : fields) {
      format_to(std::back_inserter(line), R"(,"{}":{})", field.key, value_text(field.value, log.format));
    }
  } else {
    line = message.text();
    for (const LogField& field : fields) {
      format_to(std::back_inserter(line), " {}={}", field.key, value_text(field.value, log.format));
    }
  }
  log.logger.log(library_level(level), spdlog::string_view_t(line));
}

}  // namespace millrace
