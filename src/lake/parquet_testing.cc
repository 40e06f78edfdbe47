#include "lake/parquet_testing.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <memory>
#include <utility>

#include "base/format.h"

namespace millrace::lake_testing {
namespace {

std::string text_of(const arrow::Array& array, std::int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::INT32:
      return std::to_string(static_cast<const arrow::Int32Array&>(array).Value(i));
    case arrow::Type::DATE32:
      return std::to_string(static_cast<const arrow::Date32Array&>(array).Value(i));
    case arrow::Type::INT64:
      return std::to_string(static_cast<const arrow::Int64Array&>(array).Value(i));
    case arrow::Type::TIMESTAMP:
      return std::to_string(static_cast<const arrow::TimestampArray&>(array).Value(i));
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanArray&>(array).Value(i) ? "true" : "false";
    case arrow::Type::DOUBLE:
      return format("{}", static_cast<const arrow::DoubleArray&>(array).Value(i));
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetString(i);
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Array&>(array).FormatValue(i);
    default:
      ADD_FAILURE() << "a type that the lake never writes: " << array.type()->ToString();
      return "";
  }
}

void read_rows(const arrow::Table& table, std::vector<Row>& rows) {
  rows.assign(static_cast<std::size_t>(table.num_rows()), Row(static_cast<std::size_t>(table.num_columns())));
  for (int column = 0; column < table.num_columns(); ++column) {
    std::size_t row = 0;
    for (const std::shared_ptr<arrow::Array>& chunk : table.column(column)->chunks()) {
      for (std::int64_t i = 0; i < chunk->length(); ++i, ++row) {
        if (chunk->IsValid(i)) {
          rows[row][static_cast<std::size_t>(column)] = text_of(*chunk, i);
        }
      }
    }
  }
}

void read_footer(const parquet::FileMetaData& footer, ParquetContent& content) {
  if (footer.key_value_metadata() != nullptr) {
    for (const auto& [key, value] : footer.key_value_metadata()->sorted_pairs()) {
      content.metadata[key] = value;
    }
  }
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto row_group = footer.RowGroup(group);
    content.row_group_rows.push_back(row_group->num_rows());
    for (int column = 0; column < row_group->num_columns(); ++column) {
      const auto chunk = row_group->ColumnChunk(column);
      const std::string name = chunk->path_in_schema()->ToDotString();
      content.compressions.insert(arrow::util::Codec::GetCodecAsString(chunk->compression()));
      for (const parquet::Encoding::type encoding : chunk->encodings()) {
        content.encodings[name].insert(parquet::EncodingToString(encoding));
      }
      if (chunk->is_stats_set() && chunk->statistics()->HasMinMax()) {
        content.columns_with_statistics.insert(name);
      }
    }
  }
}

arrow::Status read(const std::string& bytes, ParquetContent& content) {
  const auto input = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(input));
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<parquet::arrow::FileReader> reader, builder.Build());
  std::shared_ptr<arrow::Table> table;
  ARROW_RETURN_NOT_OK(reader->ReadTable(&table));
  ARROW_RETURN_NOT_OK(table->ValidateFull());
  for (const std::shared_ptr<arrow::Field>& field : table->schema()->fields()) {
    content.columns.push_back({field->name(), field->type()->ToString(), field->nullable()});
  }
  read_rows(*table, content.rows);
  read_footer(*reader->parquet_reader()->metadata(), content);
  return arrow::Status::OK();
}

}  // namespace

std::vector<Value> ParquetContent::values(std::string_view column) const {
  std::vector<Value> values;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) {
      for (const Row& row : rows) {
        values.push_back(row[i]);
      }
      return values;
    }
  }
  ADD_FAILURE() << "there is no column " << column;
  return values;
}

ParquetContent parse_parquet(const std::string& bytes) {
  ParquetContent content;
  try {
    if (const arrow::Status status = read(bytes, content); !status.ok()) {
      ADD_FAILURE() << "not a Parquet file: " << status.ToString();
    }
  } catch (const std::exception& exception) {
    ADD_FAILURE() << "not a Parquet file: " << exception.what();
  }
  return content;
}

ParquetContent read_parquet(const fs::path& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message;
    return {};
  }
  SCOPED_TRACE(path.string());
  return parse_parquet(*bytes);
}

}  // namespace millrace::lake_testing
