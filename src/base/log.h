// Structured logs on stderr: a fixed message and fields, as text or as JSON lines.
//
//   log_info("committed", {{"partition", 0}, {"records", count}});
//   2024-01-15T10:30:00.123Z info committed partition=0 records=8192
//   {"time":"2024-01-15T10:30:00.123Z","level":"info","message":"committed","partition":0,"records":8192}
//
// Messages and keys are literals, checked while compiling: what varies is a field. Values are escaped, so that a value
// from outside cannot forge a line or move the cursor of a terminal. Below the level, a call costs a comparison.
// Levels, by who has to act: error (somebody, now), warning (somebody, soon), info (nobody), debug (who looks for a
// fault). A log line never replaces a returned Error.
// Thread rule: log_* from any thread; start_logging() while no other thread logs.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace millrace {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

std::string_view to_string(LogLevel level);
std::string_view to_string(LogFormat format);
std::optional<LogLevel> log_level_from(std::string_view name);
std::optional<LogFormat> log_format_from(std::string_view name);

/// Before the first call: info, text.
void start_logging(LogLevel level, LogFormat format);
/// `1.10.0`, of the library that writes the lines (spdlog).
std::string log_library_version();

/// A message: a literal without control characters.
class LogMessage {
 public:
  consteval LogMessage(const char* literal) : text_(literal) {  // NOLINT(google-explicit-constructor): reads as text
    for (const char c : text_) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        throw "a log message is printable ASCII without quotes";
      }
    }
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// A field's name: a snake_case literal other than the names every line has.
class LogKey {
 public:
  consteval LogKey(const char* literal) : text_(literal) {  // NOLINT(google-explicit-constructor): reads as text
    if (text_.empty() || text_ == "time" || text_ == "level" || text_ == "message") {
      throw "a log key is neither empty nor time, level or message";
    }
    for (const char c : text_) {
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
        throw "a log key is snake_case";
      }
    }
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// One field; lives as long as the call it is written in.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  template <std::same_as<bool> T>
  LogField(LogKey name, T flag) : key(name.text()), value(flag) {}
  template <std::signed_integral T>
  LogField(LogKey name, T number) : key(name.text()), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  LogField(LogKey name, T number) : key(name.text()), value(static_cast<std::uint64_t>(number)) {}
  LogField(LogKey name, double number) : key(name.text()), value(number) {}
  LogField(LogKey name, std::string_view text) : key(name.text()), value(text) {}

  std::string_view key;
  Value value;
};

using LogFields = std::initializer_list<LogField>;

/// The level from which on lines are written; read by every call, hence here and atomic.
inline std::atomic<LogLevel> log_level_now = LogLevel::info;

inline bool log_enabled(LogLevel level) { return level >= log_level_now.load(std::memory_order_relaxed); }

/// Writes one line whatever the level; the functions below are what code calls.
void write_log(LogLevel level, LogMessage message, LogFields fields);

inline void log_debug(LogMessage message, LogFields fields = {}) {
  if (log_enabled(LogLevel::debug)) {
    write_log(LogLevel::debug, message, fields);
  }
}
inline void log_info(LogMessage message, LogFields fields = {}) {
  if (log_enabled(LogLevel::info)) {
    write_log(LogLevel::info, message, fields);
  }
}
inline void log_warning(LogMessage message, LogFields fields = {}) {
  if (log_enabled(LogLevel::warning)) {
    write_log(LogLevel::warning, message, fields);
  }
}
inline void log_error(LogMessage message, LogFields fields = {}) {
  if (log_enabled(LogLevel::error)) {
    write_log(LogLevel::error, message, fields);
  }
}

}  // namespace millrace
