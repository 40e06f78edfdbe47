#include "base/result.h"

#include "base/check.h"

namespace millrace {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return "invalid";
    case Fault::not_found:
      return "not_found";
    case Fault::conflict:
      return "conflict";
    case Fault::unavailable:
      return "unavailable";
    case Fault::outcome_unknown:
      return "outcome_unknown";
    case Fault::corrupt:
      return "corrupt";
    case Fault::stopped:
      return "stopped";
  }
  CHECK(false);
}

}  // namespace millrace
