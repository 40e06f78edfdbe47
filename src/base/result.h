// Errors from the outside world (disk, network, configuration), as values.
//
// A function that can fail returns Result<T>; the caller acts by the fault, never by the message.
// Bad input records are not errors: see event/rejection in event/event.h. Bugs are CHECKs: see base/check.h.
// Messages are lower case, static text first, run-time values last, and say what to do where that is known.
// Thread rule: values; share nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

/// What the caller can do about an error.
enum class Fault : std::uint8_t {
  invalid,          // the request or configuration is wrong: mend it, a retry will not help
  not_found,        // what was named does not exist
  conflict,         // somebody else was first: read again, then decide
  unavailable,      // try again later
  outcome_unknown,  // it may have happened: look before trying again
  corrupt,          // stop; keep the file for a person to look at
  stopped,          // it was asked to end before it was done: nothing is wrong
};

std::string_view to_string(Fault fault);

struct Error {
  Fault fault;
  std::string message;
};

/// std::expected that may not be dropped on the floor.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(Fault fault, std::string message) {
  return std::unexpected<Error>(Error{fault, std::move(message)});
}

/// Passes a failed result's error up, with words in front of its message that say what was being done.
inline std::unexpected<Error> fail(Error error, std::string_view doing) {
  error.message = std::string(doing) + ": " + error.message;
  return std::unexpected<Error>(std::move(error));
}

}  // namespace millrace

#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

/// TRY(statement): evaluates a Result<void>; returns its error from the enclosing function.
#define TRY(...)                                                                \
  do {                                                                          \
    if (auto try_result = (__VA_ARGS__); !try_result) [[unlikely]] {            \
      return std::unexpected<::millrace::Error>(std::move(try_result).error()); \
    }                                                                           \
  } while (false)

/// ASSIGN_OR_RETURN(auto x, expression): declares x from a Result<T>, or returns its error.
#define ASSIGN_OR_RETURN(declaration, ...)                                                                   \
  auto MILLRACE_CONCAT(assign_result_, __LINE__) = (__VA_ARGS__);                                            \
  if (!MILLRACE_CONCAT(assign_result_, __LINE__)) [[unlikely]] {                                             \
    return std::unexpected<::millrace::Error>(std::move(MILLRACE_CONCAT(assign_result_, __LINE__)).error()); \
  }                                                                                                          \
  declaration = *std::move(MILLRACE_CONCAT(assign_result_, __LINE__))
