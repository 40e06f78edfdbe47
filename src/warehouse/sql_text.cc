#include "warehouse/sql_text.h"

#include "base/check.h"

namespace millrace {

std::string_view sql_text(std::string_view name) {
  const auto text = sql_texts().find(name);
  CHECK(text != sql_texts().end());
  return text->second;
}

}  // namespace millrace
