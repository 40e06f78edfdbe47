#include "cli/parquet_rows.h"

#include <array>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "warehouse/engine.h"

namespace millrace {
namespace {

constexpr const char* kFile = "read_parquet($file)";

/// `… as "price"`: the column as text, where the engine's own text is not what a reader of CSV would expect.
std::string text_of(const SqlColumn& column) {
  std::string name = quote_name(column.name);
  switch (column.type) {
    case SqlType::real:
      return format("case when isfinite({0}) then regexp_replace({0}::varchar, '\\.0$', '') end as {0}", name);
    case SqlType::timestamp:
      return format("regexp_replace({0}::varchar, '\\+00$', 'Z') as {0}", name);
    default:
      return name;
  }
}

class ParquetRows final : public TextRows {
 public:
  ParquetRows(std::filesystem::path path, std::unique_ptr<Engine> engine, std::unique_ptr<Rows> rows)
      : path_(std::move(path)), engine_(std::move(engine)), rows_(std::move(rows)) {}

  const std::filesystem::path& path() const override { return path_; }

  Result<std::optional<TextRow>> next() override {
    const std::vector<SqlColumn>& columns = rows_->columns();
    fields_.clear();
    if (number_ > 0) {
      ASSIGN_OR_RETURN(const bool more, rows_->next());
      if (!more) {
        return std::nullopt;
      }
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      fields_.push_back(number_ == 0 ? std::string_view(columns[i].name) : rows_->is_null(i) ? "" : rows_->text(i));
    }
    return TextRow{.fields = fields_, .line = number_++, .well_formed = true};
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Rows> rows_;
  std::int64_t number_ = 0;  // of the next row; the names are row 0
  std::vector<std::string_view> fields_;
};

}  // namespace

Result<bool> is_parquet(const std::filesystem::path& file) {
  constexpr std::string_view kMagic = "PAR1";
  ASSIGN_OR_RETURN(const File opened, File::open_to_read(file));
  std::array<char, kMagic.size()> begin{};
  ASSIGN_OR_RETURN(const std::size_t bytes, opened.read_at(0, begin));
  return std::string_view(begin.data(), bytes) == kMagic;
}

Result<std::unique_ptr<TextRows>> open_parquet_rows(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto engine, open_duckdb({}));
  const SqlParameters parameters = {{"file", file.string()}};
  ASSIGN_OR_RETURN(const auto no_rows, engine->query(format("select * from {} limit 0", kFile), parameters));
  std::string columns;
  for (const SqlColumn& column : no_rows->columns()) {
    columns += format("{}{}", columns.empty() ? "" : ", ", text_of(column));
  }
  ASSIGN_OR_RETURN(auto rows, engine->query_text(format("select {} from {}", columns, kFile), parameters));
  return std::make_unique<ParquetRows>(file, std::move(engine), std::move(rows));
}

}  // namespace millrace
