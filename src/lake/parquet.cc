#include "lake/parquet.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
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
constexpr std::int64_t kMergedRowGroupRows = 64 * 1024;

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
    case ColumnType::boolean:
      return arrow::boolean();
  }
  CHECK(false);
}

/// The type of a column's values as it holds them.
std::shared_ptr<arrow::DataType> arrow_type(const Column& column) {
  const auto type = arrow_type(column.spec().type);
  return column.has_dictionary() ? arrow::dictionary(arrow::int32(), type) : type;
}

/// `as_held`: for columns of columns.h; else of plain values, as the library reads them from a file.
std::shared_ptr<arrow::Schema> arrow_schema(const TableSpec& spec, bool as_held) {
  arrow::FieldVector fields;
  for (const ColumnSpec& column : spec.columns) {
    const auto type = as_held ? arrow_type(Column(column)) : arrow_type(column.type);
    fields.push_back(arrow::field(std::string(column.name), type, column.nullable));
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

/// The library's booleans are bits.
arrow::Result<std::shared_ptr<arrow::Buffer>> bits_of(std::span<const char> bytes) {
  ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateEmptyBitmap(static_cast<std::int64_t>(bytes.size())));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint8_t& eight = bits->mutable_data()[i / 8];
    eight = static_cast<std::uint8_t>(eight | (static_cast<unsigned>(bytes[i]) << (i % 8)));
  }
  return bits;
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
  if (column.spec().type == ColumnType::boolean) {
    ARROW_ASSIGN_OR_RAISE(auto bits, bits_of(column.values()));
    buffers.push_back(std::move(bits));
  } else {
    buffers.push_back(wrap(column.values()));
  }
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

/// Our file for reading, as Arrow wants it. An error keeps our own words and fault beside it.
class FileSource final : public arrow::io::RandomAccessFile {
 public:
  explicit FileSource(std::unique_ptr<ObjectReader> file) : file_(std::move(file)) {}

  arrow::Result<std::int64_t> GetSize() override { return file_->bytes(); }
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t bytes, void* out) override {
    Result<std::size_t> got = file_->read_at(position, {static_cast<char*>(out), static_cast<std::size_t>(bytes)});
    if (!got) {
      error_ = std::move(got).error();
      return arrow::Status::IOError(error_->message);
    }
    return static_cast<std::int64_t>(*got);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position, std::int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(bytes));
    ARROW_ASSIGN_OR_RAISE(const std::int64_t got, ReadAt(position, bytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(got));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::int64_t got, ReadAt(position_, bytes, out));
    position_ += got;
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
    position_ += buffer->size();
    return buffer;
  }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  const std::optional<Error>& error() const { return error_; }

 private:
  std::unique_ptr<ObjectReader> file_;
  std::int64_t position_ = 0;
  std::optional<Error> error_;
  bool closed_ = false;
};

/// Runs a library call; its failure, or exception, as our Error. `our_error` is where a file of ours keeps its own.
template <class Call>
Result<void> run(std::string_view what, const TableSpec& spec, const std::optional<Error>& our_error, Call call) {
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
  if (our_error) {
    return std::unexpected(*our_error);
  }
  return fail(Fault::unavailable, format("could not {} Parquet: table {}: {}", what, spec.name, words));
}

/// A file that is written with an Arrow schema.
struct TableFile {
  const TableSpec* spec;
  std::shared_ptr<FileStream> stream;
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<parquet::arrow::FileWriter> writer;

  template <class Call>
  Result<void> run(Call call) {
    return millrace::run("write", *spec, stream->error(), call);
  }
  Result<void> open() {
    return run([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(writer, parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), stream,
                                                                     writer_properties(*spec)));
      return writer->AddKeyValueMetadata(arrow::key_value_metadata(
          {"format_version", "table"}, {std::to_string(kFormatVersion), std::string(spec->name)}));
    });
  }
  /// As one row group.
  Result<void> write(const arrow::Table& rows) {
    return run([&] { return writer->WriteTable(rows, std::max<std::int64_t>(rows.num_rows(), 1)); });
  }
  Result<std::int64_t> finish() {
    TRY(run([&] { return writer->Close(); }));
    TRY(stream->file().finish());
    return stream->file().bytes();
  }
};

}  // namespace

struct ParquetWriter::Parts {
  TableFile file;
};

ParquetWriter::ParquetWriter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ParquetWriter::~ParquetWriter() = default;

Result<std::unique_ptr<ParquetWriter>> ParquetWriter::create(std::unique_ptr<OutputFile> file, const TableSpec& spec) {
  auto parts = std::make_unique<Parts>(
      TableFile{&spec, std::make_shared<FileStream>(std::move(file)), arrow_schema(spec, true), nullptr});
  TRY(parts->file.open());
  return std::unique_ptr<ParquetWriter>(new ParquetWriter(std::move(parts)));
}

Result<void> ParquetWriter::write(const Table& table) {
  CHECK(table.spec().name == parts_->file.spec->name);
  arrow::ArrayVector arrays;
  TRY(parts_->file.run([&]() -> arrow::Status {
    for (const Column& column : table.columns()) {
      CHECK(column.rows() == table.rows());
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array, arrow_array(column));
      arrays.push_back(std::move(array));
    }
    return arrow::Status::OK();
  }));
  TRY(parts_->file.write(*arrow::Table::Make(parts_->file.schema, arrays, table.rows())));
  rows_ += table.rows();
  return {};
}

Result<std::int64_t> ParquetWriter::finish() { return parts_->file.finish(); }

struct ParquetMerger::Parts {
  TableFile file;
  std::vector<std::shared_ptr<arrow::Table>> waiting;  // for the next row group
  std::int64_t waiting_rows = 0;

  /// The columns of the table's schema by name.
  arrow::Result<std::shared_ptr<arrow::Table>> in_order(const arrow::Table& rows) const {
    arrow::ChunkedArrayVector columns;
    for (const auto& field : file.schema->fields()) {
      auto column = rows.GetColumnByName(field->name());
      if (column == nullptr) {
        if (!field->nullable()) {
          return arrow::Status::Invalid("it has no column ", field->name());
        }
        ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(field->type(), rows.num_rows()));
        column = std::make_shared<arrow::ChunkedArray>(std::move(nulls));
      } else if (!column->type()->Equals(*field->type())) {
        return arrow::Status::Invalid("its column ", field->name(), " is ", column->type()->ToString());
      }
      columns.push_back(std::move(column));
    }
    return arrow::Table::Make(file.schema, std::move(columns), rows.num_rows());
  }

  Result<void> flush() {
    if (waiting.empty()) {
      return {};
    }
    std::shared_ptr<arrow::Table> rows;
    TRY(file.run([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(rows, arrow::ConcatenateTables(waiting));
      return arrow::Status::OK();
    }));
    TRY(file.write(*rows));
    waiting.clear();
    waiting_rows = 0;
    return {};
  }
};

ParquetMerger::ParquetMerger(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ParquetMerger::~ParquetMerger() = default;

Result<std::unique_ptr<ParquetMerger>> ParquetMerger::create(std::unique_ptr<OutputFile> file, const TableSpec& spec) {
  auto parts = std::make_unique<Parts>();
  parts->file = {&spec, std::make_shared<FileStream>(std::move(file)), arrow_schema(spec, false), nullptr};
  TRY(parts->file.open());
  return std::unique_ptr<ParquetMerger>(new ParquetMerger(std::move(parts)));
}

Result<void> ParquetMerger::add(std::unique_ptr<ObjectReader> input) {
  const auto source = std::make_shared<FileSource>(std::move(input));
  std::unique_ptr<parquet::arrow::FileReader> reader;
  const auto read = [&](auto call) { return run("read", *parts_->file.spec, source->error(), call); };
  TRY(read([&]() -> arrow::Status {
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_pre_buffer(false);  // it would start threads of the library's own
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(source));
    return builder.properties(properties)->Build(&reader);
  }));
  for (int group = 0; group < reader->num_row_groups(); ++group) {
    TRY(read([&]() -> arrow::Status {
      std::shared_ptr<arrow::Table> rows;
      ARROW_RETURN_NOT_OK(reader->ReadRowGroup(group, &rows));
      ARROW_ASSIGN_OR_RAISE(rows, parts_->in_order(*rows));
      parts_->waiting_rows += rows->num_rows();
      rows_ += rows->num_rows();
      parts_->waiting.push_back(std::move(rows));
      return arrow::Status::OK();
    }));
    if (parts_->waiting_rows >= kMergedRowGroupRows) {
      TRY(parts_->flush());
    }
  }
  return {};
}

Result<std::int64_t> ParquetMerger::finish() {
  TRY(parts_->flush());
  return parts_->file.finish();
}

}  // namespace millrace
