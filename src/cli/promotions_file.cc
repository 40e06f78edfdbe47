#include "cli/promotions_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "base/format.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 4> kColumns{"product_id", "first_day", "last_day", "price"};
constexpr std::string_view kAnnounced = "known_since";  // a file may lack it

std::string source_of(const std::filesystem::path& file) {
  return file.extension() == ".parquet"
             ? "read_parquet($file)"
             : "read_csv($file, header = true, all_varchar = true, strict_mode = false, ignore_errors = false)";
}

Result<bool> has_announcements(Engine& engine, const std::string& source, const SqlParameters& parameters) {
  ASSIGN_OR_RETURN(const auto rows, engine.query(format("select * from {} limit 0", source), parameters));
  std::vector<std::string> names;
  for (const SqlColumn& column : rows->columns()) {
    names.push_back(column.name);
  }
  for (const std::string_view column : kColumns) {
    if (std::ranges::find(names, column) == names.end()) {
      return fail(Fault::invalid, format("it needs the columns product_id, first_day, last_day and price, and has no "
                                         "{}",
                                         column));
    }
  }
  return std::ranges::find(names, kAnnounced) != names.end();
}

Result<void> add_rows(Engine& engine, const std::filesystem::path& file, SeriesBuilder& builder) {
  const std::string source = source_of(file);
  const SqlParameters parameters = {{"file", file.string()}};
  ASSIGN_OR_RETURN(const bool announced, has_announcements(engine, source, parameters));
  const std::string known = announced ? "nullif(trim(known_since::varchar), '')" : "null::varchar";
  ASSIGN_OR_RETURN(
      const auto rows,
      engine.query(format("select trim(product_id::varchar), try_cast(first_day as date), try_cast(last_day as date), "
                          "try_cast(price as double), try_cast({} as date), {} is not null from {}",
                          known, known, source),
                   parameters));
  for (std::int64_t number = 1;; ++number) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      return {};
    }
    const auto is_missing = [&](std::size_t column) { return rows->is_null(column); };
    if (is_missing(0) || is_missing(1) || is_missing(2) || is_missing(3) || (rows->integer(5) != 0 && is_missing(4))) {
      return fail(Fault::invalid,
                  format("row {}: expected a product, its first and last day as YYYY-MM-DD, a price, and the day of "
                         "its announcement or nothing",
                         number));
    }
    auto added =
        builder.add(PlannedPriceRow{.product_id = rows->text(0),
                                    .first = rows->day(1),
                                    .last = rows->day(2),
                                    .price = rows->real(3),
                                    .known_since = is_missing(4) ? std::nullopt : std::optional(rows->day(4))});
    if (!added) {
      return fail(std::move(added).error(), format("row {}", number));
    }
  }
}

}  // namespace

Result<void> add_promotions(Engine& engine, const std::filesystem::path& file, SeriesBuilder& builder) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    return fail(Fault::not_found, format("there is no such file of promotions: {}", file.string()));
  }
  auto added = add_rows(engine, file, builder);
  return added ? Result<void>() : fail(std::move(added).error(), format("the promotions in {}", file.string()));
}

}  // namespace millrace
