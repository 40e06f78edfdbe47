// Daily sales as the models' series: from gold, or from a Parquet file or folder of that table's shape.
//
// Of gold the days up to the last complete one are taken. A file needs event_date, product_id and daily_quantity;
// category, revenue, orders, price, views, carts and returns are used where they are there. The promotions that the
// shop has planned (promotions_file.h) are a part of the series.
// Errors: not_found where there is no gold or file; invalid where it has other columns. Thread rule: main thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "forecast/series.h"

namespace millrace {

/// Where they are: `data`, or gold's where that is empty.
std::filesystem::path daily_sales_path(const Context& context, const std::string& data);

/// `data`: a path, or empty for gold.
Result<Series> load_daily_sales(const Context& context, const std::string& data);

}  // namespace millrace
