// JSON documents of our own making: commit records, `--json` output, state of tools. Not for events (event/decode.h).
//
// Json is the library's ordered value type: keys keep the order they were written in, so that files and output are
// stable. This is the one file that names the library.
// Thread rule: values.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace millrace {

using Json = nlohmann::ordered_json;

/// Fault corrupt, naming `what` (a path, say) and the byte, where the text is not one JSON document.
Result<Json> parse_json(std::string_view text, std::string_view what);

}  // namespace millrace
