#include "base/json.h"

#include "base/format.h"

namespace millrace {

Result<Json> parse_json(std::string_view text, std::string_view what) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    return fail(Fault::corrupt, format("could not read JSON: {}: {}", what, error.what()));
  }
}

}  // namespace millrace
