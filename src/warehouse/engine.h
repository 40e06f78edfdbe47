// An SQL engine over the lake's tables: what gold, analytics, `sql` and the models' data are asked of.
//
// SQL is DuckDB's dialect; values go in as bound parameters ($as_of), never pasted into the text. A query's rows come
// one by one, as typed values or, from query_text(), each as the engine prints it (decimals exact, times ISO 8601).
// Errors: invalid with the engine's words and the place for bad SQL; unavailable where files cannot be read or written,
// or memory ran out; stopped where the query was interrupted. Thread rule: an Engine and its Rows belong to one thread
// at a time; interrupt() may be called from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace millrace {

/// What a column holds, as far as our code tells them apart.
enum class SqlType : std::uint8_t { boolean, integer, decimal, real, text, binary, date, timestamp, other };

struct SqlColumn {
  std::string name;
  SqlType type;
};

/// A value for a named parameter; monostate is null.
using SqlValue = std::variant<std::monostate, bool, std::int64_t, double, std::string, Day, Instant>;
using SqlParameters = std::map<std::string, SqlValue, std::less<>>;

/// The rows of a query, from the first to the last.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual const std::vector<SqlColumn>& columns() const = 0;
  /// Moves to the next row; false behind the last.
  virtual Result<bool> next() = 0;

  // Of the current row. Precondition of all but is_null(): the value is not null, and the column's type is that of the
  // function (integer() also takes boolean, real() integer and decimal, text() binary).
  virtual bool is_null(std::size_t column) const = 0;
  virtual std::string_view text(std::size_t column) const = 0;  // valid until next()
  virtual std::int64_t integer(std::size_t column) const = 0;
  virtual double real(std::size_t column) const = 0;
  virtual Day day(std::size_t column) const = 0;
  virtual Instant instant(std::size_t column) const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// One or more statements whose rows nobody wants.
  virtual Result<void> run(const std::string& sql) = 0;
  /// One statement; fault invalid for several, and for a parameter that is missing or unknown.
  virtual Result<std::unique_ptr<Rows>> query(const std::string& sql, const SqlParameters& parameters) = 0;
  /// One SELECT, each value as text; columns() gives the types that the values had. Fault invalid for any other
  /// statement: nothing is written through it.
  virtual Result<std::unique_ptr<Rows>> query_text(const std::string& sql, const SqlParameters& parameters) = 0;
  /// One SELECT as a list of JSON objects, one text a row (one column, named `json`); numbers keep all their digits.
  virtual Result<std::unique_ptr<Rows>> query_json(const std::string& sql, const SqlParameters& parameters) = 0;
  /// One SELECT's rows into a new Parquet file; at most `rows_max` where that is not 0.
  virtual Result<void> write_parquet(const std::string& sql, const SqlParameters& parameters, std::int64_t rows_max,
                                     const std::filesystem::path& file) = 0;
  /// From now on no file outside of these folders is read or written, and no setting changes.
  virtual Result<void> restrict_to(const std::vector<std::filesystem::path>& folders) = 0;
  /// The running query ends soon, with fault stopped.
  virtual void interrupt() = 0;
};

struct DuckDbOptions {
  std::int64_t memory_bytes = std::int64_t{2} << 30;  // beyond it, it spills to `temporary_folder`
  int threads = 0;                                    // 0: one for each core
  std::filesystem::path temporary_folder = {};        // empty: nothing is spilled
};

/// An embedded DuckDB, in memory. Its session time zone is UTC.
Result<std::unique_ptr<Engine>> open_duckdb(const DuckDbOptions& options);

/// `'it''s'`: a text as an SQL literal, for paths and names of our own making. User input goes in as a parameter.
std::string quote_sql(std::string_view text);

/// `"a ""column"""`: a name of a column or table, whatever stands in it.
std::string quote_name(std::string_view name);

}  // namespace millrace
