#include "warehouse/sql_text.h"

#include "base/check.h"
#include "base/format.h"

namespace millrace {

std::string_view sql_text(std::string_view name) {
  const auto text = sql_texts().find(name);
  CHECK(text != sql_texts().end());
  return text->second;
}

Result<void> load_dialect(Engine& engine, const std::string& time_zone) {
  ASSIGN_OR_RETURN(const auto zones, engine.query("select count(*)::bigint from pg_timezone_names() where name = $zone",
                                                  {{"zone", time_zone}}));
  TRY(zones->next());
  if (zones->integer(0) == 0) {
    return fail(Fault::invalid,
                format("shop.time_zone: no such time zone, expected a name such as Europe/London: {}", time_zone));
  }
  TRY(engine.run(format("set variable time_zone = {}", quote_sql(time_zone))));
  return engine.run(std::string(sql_text("dialect/duckdb")));
}

}  // namespace millrace
