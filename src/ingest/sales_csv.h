// The sales among a stream of events as a history CSV, such as `batch --historical-csv` reads: for shops that are
// simulated, and for moving a log's past into history.
//
// One row for each order and each return that passes the checks, in the order of the events: InvoiceNo (the order id,
// or `E` and a running number; a return's begins with C), StockCode, Description (`<category> <product>`), Quantity
// (below 0 for a return), InvoiceDate (ISO, UTC), UnitPrice, CustomerID, Country (empty). Other events give no row.
// The file appears, whole, when finish() returned.
// Errors: unavailable from the disk. Thread rule: as Appender.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "event/decode.h"
#include "ingest/appender.h"

namespace millrace {

class SalesCsv final : public Appender {
 public:
  static Result<std::unique_ptr<SalesCsv>> create(const fs::path& path);

  Result<void> append(std::string_view key, std::string_view record) override;
  Result<void> flush() override;
  Result<void> sync() override;
  /// Gives the file its name, in place of one that stood there.
  Result<void> finish();

  std::int64_t rows() const { return rows_; }

 private:
  SalesCsv(fs::path path, File file) : path_(std::move(path)), file_(std::move(file)), decoder_(Rules{}) {}
  void write_row(const Event& event);

  fs::path path_;
  File file_;  // under the name of a draft
  Decoder decoder_;
  std::string waiting_;                   // records of the batch, one after the other
  std::vector<std::size_t> record_ends_;  // in waiting_
  DecodedBatch batch_;
  std::string text_;  // rows to be written
  std::int64_t rows_ = 0;
};

}  // namespace millrace
