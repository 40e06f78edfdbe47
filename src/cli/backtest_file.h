// The forecasts of a backtest as a file that others can score: Parquet, or CSV where the name ends in .csv.
//
// Columns: origin_date, date, product_id, y_hat (the mean), p10, p50, p90, span (days forecast together), model. The
// file takes its name, in place of one that stood there, when finish() returned. Errors: of the disk. Thread rule: one
// thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "forecast/backtest.h"
#include "lake/columns.h"
#include "lake/local_store.h"
#include "lake/parquet.h"

namespace millrace {

class BacktestFile {
 public:
  /// `model` names the forecaster in each row.
  static Result<std::unique_ptr<BacktestFile>> create(const std::filesystem::path& path, std::string model);

  Result<void> add(const Series& series, const BacktestRow& row);
  Result<void> finish();
  std::int64_t rows() const { return rows_; }

 private:
  BacktestFile(const std::filesystem::path& path, std::string model);
  Result<void> flush();

  LocalStore store_;
  std::string name_;
  std::string model_;
  std::unique_ptr<OutputFile> csv_;         // one of the two
  std::unique_ptr<ParquetWriter> parquet_;  // is there
  std::string text_;                        // CSV that waits
  Table table_;                             // rows that wait
  std::int64_t rows_ = 0;
};

}  // namespace millrace
