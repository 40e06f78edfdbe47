// Parquet files: the one place that knows the Arrow library.
//
// ParquetWriter writes tables (columns.h) to an OutputFile, one row group for each write(), zstd-compressed, with the
// encodings of the schema and the lake's format version in the footer.
// Errors: those of the files; a library error is unavailable with its words.
// Source: Apache Parquet format 2.x (parquet.thrift). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "lake/columns.h"
#include "lake/object_store.h"

namespace millrace {

class ParquetWriter {
 public:
  static Result<std::unique_ptr<ParquetWriter>> create(std::unique_ptr<OutputFile> file, const TableSpec& spec);
  ~ParquetWriter();

  /// One row group of the table's rows; keeps none of them.
  Result<void> write(const Table& table);
  /// Writes the footer and makes the file durable. Its size in bytes.
  Result<std::int64_t> finish();
  std::int64_t rows() const { return rows_; }

 private:
  struct Parts;
  explicit ParquetWriter(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::int64_t rows_ = 0;
};

/// Puts the rows of Parquet files of one table one behind the other into one file, in row groups of a good size.
/// Columns that an older file lacks are null. Errors: corrupt where a file is not that table's; else as ParquetWriter.
class ParquetMerger {
 public:
  static Result<std::unique_ptr<ParquetMerger>> create(std::unique_ptr<OutputFile> file, const TableSpec& spec);
  ~ParquetMerger();

  Result<void> add(std::unique_ptr<ObjectReader> file);
  /// As ParquetWriter::finish.
  Result<std::int64_t> finish();
  std::int64_t rows() const { return rows_; }

 private:
  struct Parts;
  explicit ParquetMerger(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::int64_t rows_ = 0;
};

}  // namespace millrace
