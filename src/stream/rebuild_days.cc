#include "stream/rebuild_days.h"

#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

class DaysRebuild {
 public:
  DaysRebuild(OpenedPartition opened, DayRange days, const StreamOptions& options)
      : opened_(std::move(opened)),
        days_(days),
        options_(options),
        decoder_(options.rules),
        pipeline_(options.pipeline),
        windows_5m_(minutes(5), options.pipeline.delay_5m),
        windows_1h_(hours(1), options.pipeline.delay_1h) {}

  Result<void> restore() {
    CHECK(opened_.committed);
    for (const std::string& state : opened_.states) {
      if (!pipeline_.restore(state)) {
        return fail(Fault::corrupt,
                    "could not read the partition's state: its snapshot is damaged (rebuild without "
                    "--from and --to makes it again)");
      }
    }
    TRY(pipeline_.open_runs(*opened_.sink));
    pipeline_.flush_windows();
    TRY(stage_windows_of_other_days(WindowTable::product_5m, pipeline_.closed_5m()));
    return stage_windows_of_other_days(WindowTable::product_1h, pipeline_.closed_1h());
  }

  /// The records of one outcome, to their end.
  Result<void> add(PartitionReader& reader, Outcome outcome) {
    for (;;) {
      TRY(reader.read(records_, options_.batch));
      if (records_.records.empty()) {
        return {};
      }
      CHECK(records_.received);
      decoder_.decode(records_.records, std::move(records_.bytes), *records_.received, batch_);
      TRY(settle(outcome));
      TRY(opened_.sink->stage(batch_));
      TRY(stage_windows(WindowTable::product_5m, closed_5m_));
      TRY(stage_windows(WindowTable::product_1h, closed_1h_));
    }
  }

  Result<Rebuilt> commit() {
    windows_5m_.flush(closed_5m_);
    windows_1h_.flush(closed_1h_);
    TRY(stage_windows(WindowTable::product_5m, closed_5m_));
    TRY(stage_windows(WindowTable::product_1h, closed_1h_));
    TRY(opened_.sink->commit({.from = opened_.committed->offset,
                              .to = *opened_.committed,
                              .counts = {},
                              .totals = pipeline_.totals(),
                              .high_mark = pipeline_.high_mark(),
                              .full_state = true,
                              .state = pipeline_.write_all(),
                              .runs = pipeline_.run_names()}));
    return rebuilt_;
  }

 private:
  Result<void> settle(Outcome outcome) {
    for (DecodedRecord& record : batch_.records) {
      if (is_rejection(record.outcome)) {
        return fail(Fault::invalid,
                    format("record {} was accepted, and is {} by the present settings (set them back, or rebuild "
                           "without --from and --to, which decides anew)",
                           record.record.offset, to_string(record.outcome)));
      }
      record.outcome = outcome;
      if (outcome == Outcome::late) {
        record.id_was_in_silver.reset();  // other days are not looked at
        ++rebuilt_.late;
        continue;
      }
      ++rebuilt_.silver;
      const Event& event = record.event;
      const std::uint64_t seed = options_.pipeline.hash_seed;
      const std::uint64_t hash = product_hash(event.product_id, category_hash(event.category, seed));
      if (event.time > high_) {
        high_ = event.time;
        windows_5m_.advance(high_, closed_5m_);
        windows_1h_.advance(high_, closed_1h_);
      }
      windows_5m_.add(event, hash, closed_5m_);
      windows_1h_.add(event, hash, closed_1h_);
    }
    return {};
  }

  Result<void> stage_windows(WindowTable table, WindowRows& rows) {
    if (!rows.rows.empty()) {
      rebuilt_.window_rows += static_cast<std::int64_t>(rows.rows.size());
      TRY(opened_.sink->stage_windows(table, rows));
      rows.clear();
    }
    return {};
  }

  Result<void> stage_windows_of_other_days(WindowTable table, WindowRows& rows) {
    std::erase_if(rows.rows, [this](const WindowRow& row) { return days_.contains(day_of(row.start)); });
    return stage_windows(table, rows);
  }

  OpenedPartition opened_;
  const DayRange days_;
  const StreamOptions& options_;
  Decoder decoder_;
  PartitionPipeline pipeline_;
  RecordBatch records_;
  DecodedBatch batch_;
  Windows windows_5m_;
  Windows windows_1h_;
  WindowRows closed_5m_;
  WindowRows closed_1h_;
  Instant high_{-1};
  Rebuilt rebuilt_;
};

}  // namespace

Result<Rebuilt> rebuild_days(PartitionReader& silver, PartitionReader& late, OpenedPartition opened, DayRange days,
                             const StreamOptions& options) {
  DaysRebuild rebuild(std::move(opened), days, options);
  TRY(rebuild.restore());
  TRY(rebuild.add(silver, Outcome::silver));
  TRY(rebuild.add(late, Outcome::late));
  return rebuild.commit();
}

}  // namespace millrace
