#include "lake/predictions_table.h"

#include "base/format.h"
#include "lake/parquet.h"
#include "lake/tables.h"

namespace millrace {

namespace {

void put(Column& column, std::optional<std::string_view> text) { text ? column.put(*text) : column.put_null(); }
void put(Column& column, std::optional<std::int64_t> number) { number ? column.put(*number) : column.put_null(); }

/// The last three columns of every table here.
void put_model(Table& table, std::size_t first, const PredictionRun& run) {
  table[first].put(run.model_name);
  table[first + 1].put(run.model_version);
  table[first + 2].put(run.created_at);
}

Result<std::string> write(ObjectStore& store, const TableSpec& spec, const PredictionRun& run, const Table& table) {
  const std::string name = format("{}.{}.{}.parquet", run.horizon, run.model_name, run.model_version);
  const std::string staged = format("_staging/{}/{}.{}", spec.name, to_string(run.as_of), name);
  std::string path = format("{}/{}/{}", spec.name, hive_folder("as_of_date", to_string(run.as_of)), name);
  TRY(store.remove(staged));  // of a run that was cut short
  ASSIGN_OR_RETURN(auto file, store.create(staged));
  ASSIGN_OR_RETURN(const auto writer, ParquetWriter::create(std::move(file), spec));
  TRY(writer->write(table));
  TRY(writer->finish());
  TRY(store.publish(staged, path));
  return path;
}

}  // namespace

Result<std::string> write_predictions(ObjectStore& store, const PredictionRun& run,
                                      std::span<const PredictionRow> rows) {
  Table table(kDemandPredictions);
  for (const PredictionRow& row : rows) {
    table[0].put(row.date);
    table[1].put(row.product_id);
    table[2].put(row.category);
    table[3].put(row.mean);
    table[4].put(row.p10);
    table[5].put(row.p50);
    table[6].put(row.p90);
    table[7].put(run.horizon);
    put_model(table, 8, run);
    table.finish_row();
  }
  return write(store, kDemandPredictions, run, table);
}

Result<std::string> write_category_predictions(ObjectStore& store, const PredictionRun& run,
                                               std::span<const CategoryPredictionRow> rows) {
  Table table(kCategoryPredictions);
  for (const CategoryPredictionRow& row : rows) {
    table[0].put(row.date);
    put(table[1], row.category);
    table[2].put(row.mean);
    table[3].put(row.p10);
    table[4].put(row.p50);
    table[5].put(row.p90);
    table[6].put(run.horizon);
    put_model(table, 7, run);
    table.finish_row();
  }
  return write(store, kCategoryPredictions, run, table);
}

Result<std::string> write_reorder_suggestions(ObjectStore& store, const PredictionRun& run,
                                              std::span<const ReorderRow> rows) {
  Table table(kReorderSuggestions);
  for (const ReorderRow& row : rows) {
    table[0].put(row.product_id);
    table[1].put(row.category);
    table[2].put(row.lead_time_days);
    table[3].put(row.service_level);
    table[4].put(row.lead_time_demand);
    table[5].put(row.safety_stock);
    table[6].put(row.reorder_point);
    put(table[7], row.stock);
    table[8].put(row.order_quantity);
    put_model(table, 9, run);
    table.finish_row();
  }
  return write(store, kReorderSuggestions, run, table);
}

}  // namespace millrace
