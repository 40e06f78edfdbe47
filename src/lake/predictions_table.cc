#include "lake/predictions_table.h"

#include "base/format.h"
#include "lake/parquet.h"
#include "lake/tables.h"

namespace millrace {

Result<std::string> write_predictions(ObjectStore& store, const PredictionRun& run,
                                      std::span<const PredictionRow> rows) {
  const std::string name = format("{}.{}.{}.parquet", run.horizon, run.model_name, run.model_version);
  const std::string staged = format("_staging/predictions/{}.{}", to_string(run.as_of), name);
  std::string path = format("{}/{}/{}", kDemandPredictions.name, hive_folder("as_of_date", to_string(run.as_of)), name);
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
    table[8].put(run.model_name);
    table[9].put(run.model_version);
    table[10].put(run.created_at);
    table.finish_row();
  }
  TRY(store.remove(staged));  // of a run that was cut short
  ASSIGN_OR_RETURN(auto file, store.create(staged));
  ASSIGN_OR_RETURN(const auto writer, ParquetWriter::create(std::move(file), kDemandPredictions));
  TRY(writer->write(table));
  TRY(writer->finish());
  TRY(store.publish(staged, path));
  return path;
}

}  // namespace millrace
