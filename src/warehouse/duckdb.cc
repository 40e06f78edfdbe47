#include <duckdb.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "warehouse/engine.h"

namespace millrace {
namespace {

// --- What the library hands out, given back at the end of its scope ---------------------------------------------

/// Owns one of the library's values, which its own function destroys.
template <class T, auto Destroy>
class Owned {
 public:
  Owned() = default;
  explicit Owned(T value) : value_(value) {}
  Owned(Owned&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Owned() {
    if (value_ != nullptr) {
      Destroy(&value_);
    }
  }
  T get() const { return value_; }
  T* out() { return &value_; }

 private:
  T value_{};
};

using Database = Owned<duckdb_database, duckdb_close>;
using Connection = Owned<duckdb_connection, duckdb_disconnect>;
using Configuration = Owned<duckdb_config, duckdb_destroy_config>;
using Statements = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using Statement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Chunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using LogicalType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;

/// The library reports a failure through the result too, so it is destroyed in any case.
struct QueryResult {
  QueryResult() = default;
  QueryResult(QueryResult&& other) noexcept : value(std::exchange(other.value, duckdb_result{})) {}
  QueryResult& operator=(QueryResult&& other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~QueryResult() { duckdb_destroy_result(&value); }
  duckdb_result value{};
};

/// The text between two quotes, those in it doubled.
std::string between(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    quoted.append(c == quote ? 2 : 1, c);
  }
  return quoted + quote;
}

/// The fault is told by how the library's message begins: that is all that every call gives.
Error error_of(const char* message) {
  const std::string words = message != nullptr ? message : "no reason was given";
  const bool stopped = words.starts_with("INTERRUPT Error");
  const bool world = words.starts_with("IO Error") || words.starts_with("Out of Memory Error");
  return {stopped ? Fault::stopped : world ? Fault::unavailable : Fault::invalid, words};
}

SqlType type_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return SqlType::boolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
      return SqlType::integer;
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:  // also what sum() of whole numbers gives: wider than an integer() can be
    case DUCKDB_TYPE_DECIMAL:
      return SqlType::decimal;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return SqlType::real;
    case DUCKDB_TYPE_VARCHAR:
      return SqlType::text;
    case DUCKDB_TYPE_BLOB:
      return SqlType::binary;
    case DUCKDB_TYPE_DATE:
      return SqlType::date;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return SqlType::timestamp;
    default:
      return SqlType::other;
  }
}

// --- Rows --------------------------------------------------------------------------------------------------------

/// A column of the current chunk.
struct ColumnView {
  duckdb_type type;
  duckdb_type storage;  // of a decimal: what its number is stored as
  std::uint8_t scale;   // of a decimal
  void* values = nullptr;
  std::uint64_t* validity = nullptr;
};

class DuckDbRows final : public Rows {
 public:
  DuckDbRows(Statement statement, QueryResult result, std::vector<SqlColumn> columns)
      : statement_(std::move(statement)), result_(std::move(result)), columns_(std::move(columns)) {
    for (idx_t i = 0; i < duckdb_column_count(&result_.value); ++i) {
      LogicalType type(duckdb_column_logical_type(&result_.value, i));
      const duckdb_type id = duckdb_get_type_id(type.get());
      const bool decimal = id == DUCKDB_TYPE_DECIMAL;
      views_.push_back({.type = id,
                        .storage = decimal ? duckdb_decimal_internal_type(type.get()) : id,
                        .scale = decimal ? duckdb_decimal_scale(type.get()) : std::uint8_t{0}});
    }
  }

  const std::vector<SqlColumn>& columns() const override { return columns_; }

  Result<bool> next() override {
    ++row_;
    while (row_ >= rows_) {
      chunk_ = Chunk(duckdb_fetch_chunk(result_.value));
      if (chunk_.get() == nullptr) {
        if (const char* const message = duckdb_result_error(&result_.value); message != nullptr) {
          return std::unexpected(error_of(message));
        }
        rows_ = row_ = 0;
        return false;
      }
      rows_ = duckdb_data_chunk_get_size(chunk_.get());
      row_ = 0;
      for (std::size_t i = 0; i < views_.size(); ++i) {
        const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), i);
        views_[i].values = duckdb_vector_get_data(vector);
        views_[i].validity = duckdb_vector_get_validity(vector);
      }
    }
    return true;
  }

  bool is_null(std::size_t column) const override {
    std::uint64_t* const validity = views_[column].validity;
    return validity != nullptr && !duckdb_validity_row_is_valid(validity, row_);
  }

  std::string_view text(std::size_t column) const override {
    CHECK(views_[column].type == DUCKDB_TYPE_VARCHAR || views_[column].type == DUCKDB_TYPE_BLOB);
    auto* const value = static_cast<duckdb_string_t*>(views_[column].values) + row_;
    return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
  }

  std::int64_t integer(std::size_t column) const override {
    switch (views_[column].type) {
      case DUCKDB_TYPE_BOOLEAN:
        return value<bool>(column) ? 1 : 0;
      case DUCKDB_TYPE_TINYINT:
        return value<std::int8_t>(column);
      case DUCKDB_TYPE_SMALLINT:
        return value<std::int16_t>(column);
      case DUCKDB_TYPE_INTEGER:
        return value<std::int32_t>(column);
      case DUCKDB_TYPE_BIGINT:
        return value<std::int64_t>(column);
      case DUCKDB_TYPE_UTINYINT:
        return value<std::uint8_t>(column);
      case DUCKDB_TYPE_USMALLINT:
        return value<std::uint16_t>(column);
      case DUCKDB_TYPE_UINTEGER:
        return value<std::uint32_t>(column);
      default:
        CHECK(false);
        return 0;
    }
  }

  double real(std::size_t column) const override {
    const ColumnView& view = views_[column];
    switch (view.storage) {
      case DUCKDB_TYPE_FLOAT:
        return static_cast<double>(value<float>(column));
      case DUCKDB_TYPE_DOUBLE:
        return value<double>(column);
      case DUCKDB_TYPE_UBIGINT:
        return static_cast<double>(value<std::uint64_t>(column));
      case DUCKDB_TYPE_HUGEINT:
        return duckdb_hugeint_to_double(value<duckdb_hugeint>(column)) / std::pow(10.0, view.scale);
      case DUCKDB_TYPE_SMALLINT:
        return static_cast<double>(value<std::int16_t>(column)) / std::pow(10.0, view.scale);
      case DUCKDB_TYPE_INTEGER:
        return static_cast<double>(value<std::int32_t>(column)) / std::pow(10.0, view.scale);
      case DUCKDB_TYPE_BIGINT:
        return static_cast<double>(value<std::int64_t>(column)) / std::pow(10.0, view.scale);
      default:
        return static_cast<double>(integer(column));
    }
  }

  Day day(std::size_t column) const override {
    CHECK(views_[column].type == DUCKDB_TYPE_DATE);
    return {value<std::int32_t>(column)};
  }

  Instant instant(std::size_t column) const override {
    CHECK(type_of(views_[column].type) == SqlType::timestamp);
    return {value<std::int64_t>(column)};
  }

 private:
  template <class T>
  T value(std::size_t column) const {
    return static_cast<const T*>(views_[column].values)[row_];
  }

  Statement statement_;  // lives as long as its result
  QueryResult result_;
  std::vector<SqlColumn> columns_;
  std::vector<ColumnView> views_;
  Chunk chunk_;
  idx_t row_ = 0;
  idx_t rows_ = 0;  // of the chunk
};

std::vector<SqlColumn> columns_of(duckdb_result& result) {
  std::vector<SqlColumn> columns;
  for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
    columns.push_back({duckdb_column_name(&result, i), type_of(duckdb_column_type(&result, i))});
  }
  return columns;
}

// --- The engine --------------------------------------------------------------------------------------------------

/// A SELECT as it can stand in parentheses: without semicolons at its end.
std::string_view without_end(std::string_view sql) {
  const std::size_t last = sql.find_last_not_of(" \t\r\n;");
  return sql.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

duckdb_state bind(duckdb_prepared_statement statement, idx_t index, const SqlValue& value) {
  struct Binder {
    duckdb_prepared_statement statement;
    idx_t index;
    duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
    duckdb_state operator()(bool value) const { return duckdb_bind_boolean(statement, index, value); }
    duckdb_state operator()(std::int64_t value) const { return duckdb_bind_int64(statement, index, value); }
    duckdb_state operator()(double value) const { return duckdb_bind_double(statement, index, value); }
    duckdb_state operator()(const std::string& value) const {
      return duckdb_bind_varchar_length(statement, index, value.data(), value.size());
    }
    duckdb_state operator()(Day value) const { return duckdb_bind_date(statement, index, {value.number}); }
    duckdb_state operator()(Instant value) const { return duckdb_bind_timestamp_tz(statement, index, {value.us}); }
  };
  return std::visit(Binder{statement, index}, value);
}

/// Every parameter of the statement gets its value, and every value is asked for.
Result<void> bind_all(duckdb_prepared_statement statement, const SqlParameters& parameters) {
  const idx_t count = duckdb_nparams(statement);
  for (const auto& [name, value] : parameters) {
    idx_t index = 0;
    if (duckdb_bind_parameter_index(statement, &index, name.c_str()) != DuckDBSuccess) {
      return fail(Fault::invalid, format("the statement has no parameter ${}", name));
    }
    if (bind(statement, index, value) != DuckDBSuccess) {
      return std::unexpected(error_of(duckdb_prepare_error(statement)));
    }
  }
  for (idx_t index = 1; index <= count; ++index) {
    const char* const raw = duckdb_parameter_name(statement, index);
    const std::string name = raw != nullptr ? raw : "";
    duckdb_free(const_cast<char*>(raw));
    if (!parameters.contains(name)) {
      return fail(Fault::invalid, format("the statement needs a value for its parameter ${}", name));
    }
  }
  return {};
}

class DuckDb final : public Engine {
 public:
  DuckDb(Database database, Connection connection)
      : database_(std::move(database)), connection_(std::move(connection)) {}

  Result<void> run(const std::string& sql) override {
    QueryResult result;
    if (duckdb_query(connection_.get(), sql.c_str(), &result.value) != DuckDBSuccess) {
      return std::unexpected(error_of(duckdb_result_error(&result.value)));
    }
    return {};
  }

  Result<std::unique_ptr<Rows>> query(const std::string& sql, const SqlParameters& parameters) override {
    ASSIGN_OR_RETURN(Statement statement, prepare(sql));
    return execute(std::move(statement), parameters, {});
  }

  Result<std::unique_ptr<Rows>> query_text(const std::string& sql, const SqlParameters& parameters) override {
    ASSIGN_OR_RETURN(std::vector<SqlColumn> columns, columns_of_select(sql, parameters));
    ASSIGN_OR_RETURN(Statement statement,
                     prepare(format("select cast(columns(*) as varchar) from (\n{}\n)", without_end(sql))));
    return execute(std::move(statement), parameters, std::move(columns));
  }

  Result<std::unique_ptr<Rows>> query_json(const std::string& sql, const SqlParameters& parameters) override {
    ASSIGN_OR_RETURN(const std::vector<SqlColumn> columns, columns_of_select(sql, parameters));
    std::string finite;  // JSON has no word for what is not a number
    for (const SqlColumn& column : columns) {
      const std::string name = quote_name(column.name);
      if (column.type == SqlType::real) {
        finite += format("{}case when isfinite({}) then {} end as {}", finite.empty() ? "" : ", ", name, name, name);
      }
    }
    const std::string source = finite.empty() ? "*" : format("* replace ({})", finite);
    ASSIGN_OR_RETURN(Statement statement,
                     prepare(format("select to_json(result)::varchar as \"json\" from (select {} from (\n{}\n)) result",
                                    source, without_end(sql))));
    return execute(std::move(statement), parameters, {{"json", SqlType::text}});
  }

  Result<void> write_parquet(const std::string& sql, const SqlParameters& parameters, std::int64_t rows_max,
                             const std::filesystem::path& file) override {
    TRY(columns_of_select(sql, parameters));
    const std::string limit = rows_max > 0 ? format(" limit {}", rows_max) : "";
    ASSIGN_OR_RETURN(Statement statement,
                     prepare(format("copy (from (\n{}\n){}) to {} (format parquet, compression zstd)", without_end(sql),
                                    limit, quote_sql(file.string()))));
    ASSIGN_OR_RETURN(const auto rows, execute(std::move(statement), parameters, {}));
    return {};
  }

  Result<void> restrict_to(const std::vector<std::filesystem::path>& folders) override {
    std::string list;
    for (const std::filesystem::path& folder : folders) {
      list += format("{}{}", list.empty() ? "" : ", ", quote_sql(folder.string()));
    }
    return run(format(
        "set allowed_directories = [{}]; set enable_external_access = false; set lock_configuration = true", list));
  }

  void interrupt() override { duckdb_interrupt(connection_.get()); }

 private:
  Result<Statement> prepare(const std::string& sql) {
    Statements statements;
    const idx_t count = duckdb_extract_statements(connection_.get(), sql.c_str(), statements.out());
    if (count == 0) {
      const char* const message = duckdb_extract_statements_error(statements.get());
      return message != nullptr && *message != '\0' ? std::unexpected(error_of(message))
                                                    : fail(Fault::invalid, "there is no SQL statement in the text");
    }
    if (count != 1) {
      return fail(Fault::invalid, format("one SQL statement was expected, found: {}", count));
    }
    Statement statement;
    if (duckdb_prepare_extracted_statement(connection_.get(), statements.get(), 0, statement.out()) != DuckDBSuccess) {
      return std::unexpected(error_of(duckdb_prepare_error(statement.get())));
    }
    return statement;
  }

  /// Of the statement as the caller wrote it, so that its errors point at the right place.
  Result<std::vector<SqlColumn>> columns_of_select(const std::string& sql, const SqlParameters& parameters) {
    ASSIGN_OR_RETURN(const Statement statement, prepare(sql));
    if (duckdb_prepared_statement_type(statement.get()) != DUCKDB_STATEMENT_TYPE_SELECT) {
      return fail(Fault::invalid, "only a query is allowed here: SELECT, FROM, WITH, VALUES, DESCRIBE or SHOW");
    }
    // Types that depend on a parameter are known when it has a value.
    ASSIGN_OR_RETURN(Statement no_rows, prepare(format("select * from (\n{}\n) limit 0", without_end(sql))));
    ASSIGN_OR_RETURN(const auto rows, execute(std::move(no_rows), parameters, {}));
    return rows->columns();
  }

  /// `columns`: what the caller shall see; empty: the statement's own.
  static Result<std::unique_ptr<Rows>> execute(Statement statement, const SqlParameters& parameters,
                                               std::vector<SqlColumn> columns) {
    TRY(bind_all(statement.get(), parameters));
    QueryResult result;
    if (duckdb_execute_prepared_streaming(statement.get(), &result.value) != DuckDBSuccess) {
      return std::unexpected(error_of(duckdb_result_error(&result.value)));
    }
    if (columns.empty()) {
      columns = columns_of(result.value);
    }
    return std::make_unique<DuckDbRows>(std::move(statement), std::move(result), std::move(columns));
  }

  Database database_;
  Connection connection_;
};

}  // namespace

std::string quote_sql(std::string_view text) { return between(text, '\''); }
std::string quote_name(std::string_view name) { return between(name, '"'); }

Result<std::unique_ptr<Engine>> open_duckdb(const DuckDbOptions& options) {
  Configuration configuration;
  if (duckdb_create_config(configuration.out()) != DuckDBSuccess) {
    return fail(Fault::unavailable, "could not start the SQL engine");
  }
  std::vector<std::pair<std::string, std::string>> settings = {
      {"memory_limit", format("{}B", options.memory_bytes)},
      {"temp_directory", options.temporary_folder.string()},
      {"autoinstall_known_extensions", "false"},  // nothing is fetched from anywhere
      {"autoload_known_extensions", "false"},
  };
  if (options.threads > 0) {
    settings.emplace_back("threads", format("{}", options.threads));
  }
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(configuration.get(), name.c_str(), value.c_str()) != DuckDBSuccess) {
      return fail(Fault::invalid, format("the SQL engine refuses a setting: {} = {}", name, value));
    }
  }
  Database database;
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, database.out(), configuration.get(), &message) != DuckDBSuccess) {
    Error error = error_of(message);
    duckdb_free(message);
    return fail(std::move(error), "could not start the SQL engine");
  }
  Connection connection;
  if (duckdb_connect(database.get(), connection.out()) != DuckDBSuccess) {
    return fail(Fault::unavailable, "could not connect to the SQL engine");
  }
  auto engine = std::make_unique<DuckDb>(std::move(database), std::move(connection));
  TRY(engine->run("set timezone = 'UTC'"));
  return engine;
}

}  // namespace millrace
