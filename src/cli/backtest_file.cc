#include "cli/backtest_file.h"

#include <array>

#include "base/format.h"
#include "cli/rows_output.h"

namespace millrace {
namespace {

constexpr std::size_t kWaitingBytes = std::size_t{1} << 22;

constexpr std::array kColumns = {
    ColumnSpec{"origin_date", ColumnType::date, Encoding::dictionary, false, false},
    ColumnSpec{"date", ColumnType::date, Encoding::dictionary, false, false},
    ColumnSpec{"product_id", ColumnType::text, Encoding::dictionary, false, false},
    ColumnSpec{"y_hat", ColumnType::real, Encoding::plain, false, false},
    ColumnSpec{"p10", ColumnType::real, Encoding::plain, false, false},
    ColumnSpec{"p50", ColumnType::real, Encoding::plain, false, false},
    ColumnSpec{"p90", ColumnType::real, Encoding::plain, false, false},
    ColumnSpec{"span", ColumnType::int32, Encoding::dictionary, false, false},
    ColumnSpec{"model", ColumnType::text, Encoding::dictionary, false, false},
};
constexpr TableSpec kForecasts{"backtest", kColumns};

std::string draft_of(const std::string& name) { return format(".{}.draft", name); }

}  // namespace

BacktestFile::BacktestFile(const std::filesystem::path& path, std::string model)
    : store_(std::filesystem::absolute(path).parent_path()),
      name_(path.filename().string()),
      model_(std::move(model)),
      table_(kForecasts) {}

Result<std::unique_ptr<BacktestFile>> BacktestFile::create(const std::filesystem::path& path, std::string model) {
  std::unique_ptr<BacktestFile> file(new BacktestFile(path, std::move(model)));
  TRY(file->store_.remove(draft_of(file->name_)));  // of a run that was cut short
  ASSIGN_OR_RETURN(auto output, file->store_.create(draft_of(file->name_)));
  if (path.extension() == ".csv") {
    file->csv_ = std::move(output);
    file->text_ = "origin_date,date,product_id,y_hat,p10,p50,p90,span,model\n";
  } else {
    ASSIGN_OR_RETURN(file->parquet_, ParquetWriter::create(std::move(output), kForecasts));
  }
  return file;
}

Result<void> BacktestFile::add(const Series& series, const BacktestRow& row) {
  const std::string& product = series.product_id(row.product);
  ++rows_;
  if (csv_ != nullptr) {
    text_ += format("{},{},", to_string(row.origin), to_string(row.date));
    append_csv_field(text_, product);
    text_ += format(",{},{},{},{},{},", row.mean, row.quantiles[0], row.quantiles[1], row.quantiles[2], row.span);
    append_csv_field(text_, model_);
    text_ += '\n';
  } else {
    table_[0].put(row.origin);
    table_[1].put(row.date);
    table_[2].put(std::string_view(product));
    table_[3].put(static_cast<double>(row.mean));
    for (std::size_t i = 0; i < row.quantiles.size(); ++i) {
      table_[4 + i].put(static_cast<double>(row.quantiles[i]));
    }
    table_[7].put(static_cast<std::int32_t>(row.span));
    table_[8].put(std::string_view(model_));
    table_.finish_row();
  }
  return text_.size() + table_.bytes() > kWaitingBytes ? flush() : Result<void>();
}

Result<void> BacktestFile::flush() {
  if (csv_ != nullptr) {
    TRY(csv_->write(text_));
    text_.clear();
    return {};
  }
  TRY(parquet_->write(table_));
  table_.clear();
  return {};
}

Result<void> BacktestFile::finish() {
  TRY(flush());
  if (csv_ != nullptr) {
    TRY(csv_->finish());
  } else {
    TRY(parquet_->finish());
  }
  const std::filesystem::path draft = store_.locate(draft_of(name_));
  return rename_file(draft, store_.locate(name_));
}

}  // namespace millrace
