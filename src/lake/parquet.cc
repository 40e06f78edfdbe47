#include "lake/parquet.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "lake/tables.h"

namespace millrace {
namespace {

constexpr int kZstdLevel = 1;  // levels 1 and 3 cost and give nearly the same on shop events
constexpr std::int64_t kDataPageBytes = 1 << 20;
constexpr std::int64_t kDictionaryBytesMax = 1 << 20;

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type) {
  switch (type) {
    case ColumnType::int32:
      return arrow::int32();
    case ColumnType::int64:
      return arrow::int64();
    case ColumnType::timestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ColumnType::local_time:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case ColumnType::date:
      return arrow::date32();
    case ColumnType::text:
      return arrow::utf8();
    case ColumnType::binary:
      return arrow::binary();
    case ColumnType::decimal_18_4:
      return arrow::decimal128(18, kMoneyScale);
    case ColumnType::decimal_38_4:
      return arrow::decimal128(38, kMoneyScale);
    case ColumnType::real:
      return arrow::float64();
  }
  CHECK(false);
}

/// A type of texts as a column holds them.
std::shared_ptr<arrow::DataType> arrow_type(const Column& column) {
  const auto type = arrow_type(column.spec().type);
  return column.has_dictionary() ? arrow::dictionary(arrow::int32(), type) : type;
}

std::shared_ptr<arrow::Schema> arrow_schema(const TableSpec& spec) {
  arrow::FieldVector fields;
  for (const ColumnSpec& column : spec.columns) {
    fields.push_back(arrow::field(std::string(column.name), arrow_type(Column(column)), column.nullable));
  }
  return arrow::schema(std::move(fields));
}

std::shared_ptr<parquet::WriterProperties> writer_properties(const TableSpec& spec) {
  parquet::WriterProperties::Builder builder;
  builder.created_by("millrace")
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)  // read by every engine
      ->compression(parquet::Compression::ZSTD)
      ->compression_level(kZstdLevel)
      ->data_pagesize(kDataPageBytes)
      ->dictionary_pagesize_limit(kDictionaryBytesMax)
      ->enable_store_decimal_as_integer()
      ->disable_dictionary()
      ->disable_statistics();
  for (const ColumnSpec& column : spec.columns) {
    const std::string path(column.name);
    if (column.statistics) {
      builder.enable_statistics(path);
    }
    if (column.encoding == Encoding::dictionary) {
      builder.enable_dictionary(path);
    } else if (column.encoding == Encoding::delta) {
      builder.encoding(path, parquet::Encoding::DELTA_BINARY_PACKED);
    }
  }
  return builder.build();
}

template <class T>
std::shared_ptr<arrow::Buffer> wrap(std::span<const T> values) {
  static constexpr std::uint8_t kNothing = 0;  // an empty vector has no address, and Arrow wants one
  return std::make_shared<arrow::Buffer>(
      values.empty() ? &kNothing : reinterpret_cast<const std::uint8_t*>(values.data()),
      static_cast<std::int64_t>(values.size_bytes()));
}

arrow::Result<std::shared_ptr<arrow::Array>> arrow_array(const Column& column) {
  if (column.nulls() == column.rows()) {  // it has no buffers
    return arrow::MakeArrayOfNull(arrow_type(column), column.rows());
  }
  std::vector<std::shared_ptr<arrow::Buffer>> buffers;
  buffers.push_back(column.nulls() == 0 ? nullptr : wrap(column.validity()));
  if (!column.offsets().empty()) {
    buffers.push_back(wrap(column.offsets()));
  }
  buffers.push_back(wrap(column.values()));
  const auto data = arrow::ArrayData::Make(arrow_type(column), column.rows(), std::move(buffers), column.nulls());
  if (column.has_dictionary()) {
    const TextDictionary& texts = column.dictionary();
    data->dictionary = arrow::ArrayData::Make(arrow_type(column.spec().type), static_cast<std::int64_t>(texts.size()),
                                              {nullptr, wrap(texts.offsets()), wrap(texts.values())}, 0);
  }
  return arrow::MakeArray(data);
}

/// Arrow's stream over our file. An error keeps our own words and fault beside it.
class FileStream final : public arrow::io::OutputStream {
 public:
  explicit FileStream(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}

  arrow::Status Write(const void* data, std::int64_t bytes) override {
    if (error_) {
      return arrow::Status::IOError("an earlier write failed");
    }
    Result<void> written = file_->write({static_cast<const char*>(data), static_cast<std::size_t>(bytes)});
    if (!written) {
      error_ = std::move(written).error();
      return arrow::Status::IOError(error_->message);
    }
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return file_->bytes(); }

  OutputFile& file() { return *file_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::unique_ptr<OutputFile> file_;
  std::optional<Error> error_;
  bool closed_ = false;
};

}  // namespace

struct ParquetWriter::Parts {
  const TableSpec* spec;
  std::shared_ptr<FileStream> stream;
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<parquet::arrow::FileWriter> writer;

  /// Runs a library call; its failure, or exception, as our Error.
  template <class Call>
  Result<void> run(Call call) {
    std::string words;
    try {
      const arrow::Status status = call();
      if (status.ok()) {
        return {};
      }
      words = status.ToString();
    } catch (const std::exception& exception) {
      words = exception.what();
    }
    if (stream->error()) {
      return std::unexpected(*stream->error());
    }
    return fail(Fault::unavailable, format("could not write Parquet: table {}: {}", spec->name, words));
  }
};

ParquetWriter::ParquetWriter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ParquetWriter::~ParquetWriter() = default;

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::create(std::unique_ptr<OutputFile> file, const TableSpec& spec) {
  auto parts = std::make_unique<Parts>();
  parts->spec = &spec;
  parts->stream = std::make_shared<FileStream>(std::move(file));
  parts->schema = arrow_schema(spec);
  TRY(parts->run([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(parts->writer, parquet::arrow::FileWriter::Open(*parts->schema, arrow::default_memory_pool(),
                                                                          parts->stream, writer_properties(spec)));
    return parts->writer->AddKeyValueMetadata(arrow::key_value_metadata(
        {"format_version", "table"}, {std::to_string(kFormatVersion), std::string(spec.name)}));
  }));
  return std::unique_ptr<ParquetWriter>(new ParquetWriter(std::move(parts)));
}

Result<void> ParquetWriter::write(const Table& table) {
  CHECK(table.spec().name == parts_->spec->name);
  TRY(parts_->run([&]() -> arrow::Status {
    arrow::ArrayVector arrays;
    for (const Column& column : table.columns()) {
      CHECK(column.rows() == table.rows());
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array, arrow_array(column));
      arrays.push_back(std::move(array));
    }
    const auto rows = arrow::Table::Make(parts_->schema, arrays, table.rows());
    return parts_->writer->WriteTable(*rows, std::max<std::int64_t>(table.rows(), 1));
  }));
  rows_ += table.rows();
  return {};
}

Result<std::int64_t> ParquetWriter::finish() {
  TRY(parts_->run([&] { return parts_->writer->Close(); }));
  TRY(parts_->stream->file().finish());
  return parts_->stream->file().bytes();
}

}  // namespace millrace
