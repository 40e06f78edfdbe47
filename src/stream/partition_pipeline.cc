#include "stream/partition_pipeline.h"

namespace millrace {

PartitionPipeline::PartitionPipeline(const PipelineOptions& options)
    : options_(options), windows_5m_(minutes(5), options.delay_5m), windows_1h_(hours(1), options.delay_1h) {}

void PartitionPipeline::step(DecodedBatch& batch) {
  for (DecodedRecord& record : batch.records) {
    if (!is_rejection(record.outcome)) {
      record.outcome = settle(record.event);
      if (record.outcome == Outcome::bad_category) {
        record.field = Field::category;
      }
    }
    ++totals_[static_cast<std::size_t>(record.outcome)];
  }
}

Outcome PartitionPipeline::settle(const Event& event) {
  if (!categories_.contains(event.category)) {
    if (categories_.size() >= options_.categories_max) {
      return Outcome::bad_category;
    }
    categories_.emplace(event.category);
  }
  if (high_ && event.time < *high_ - options_.allowed_lateness) {
    return Outcome::late;
  }
  if (!high_ || event.time > *high_) {
    high_ = event.time;
    dedup_.forget_before(*high_ - options_.allowed_lateness);
    windows_5m_.advance(*high_, closed_5m_);
    windows_1h_.advance(*high_, closed_1h_);
  }
  if (!dedup_.insert(event)) {
    return Outcome::duplicate;
  }
  const std::uint64_t hash = product_hash(event.product_id, event.category, options_.hash_seed);
  windows_5m_.add(event, hash, closed_5m_);
  windows_1h_.add(event, hash, closed_1h_);
  return Outcome::silver;
}

void PartitionPipeline::flush_windows() {
  windows_5m_.flush(closed_5m_);
  windows_1h_.flush(closed_1h_);
}

void PartitionPipeline::write_small_state(ByteWriter& out) const {
  out.put(static_cast<std::uint8_t>(high_.has_value()));
  out.put(high_.value_or(Instant{}));
  out.put(totals_);
  out.put(static_cast<std::uint64_t>(categories_.size()));
  for (const std::string& category : categories_) {
    out.put_text(category);
  }
  windows_5m_.write(out);
  windows_1h_.write(out);
}

std::string PartitionPipeline::write_all() {
  ByteWriter out;
  write_small_state(out);
  dedup_.write_all(out);
  return out.take();
}

std::string PartitionPipeline::write_added() {
  ByteWriter out;
  write_small_state(out);
  dedup_.write_added(out);
  return out.take();
}

bool PartitionPipeline::restore(std::string_view snapshot) {
  ByteReader in(snapshot);
  const bool has_high = in.get<std::uint8_t>() != 0;
  const auto high = in.get<Instant>();
  if (high < Instant{0} || high >= kYear10000) {
    return false;
  }
  high_ = has_high ? std::optional(high) : std::nullopt;
  totals_ = in.get<OutcomeCounts>();
  categories_.clear();
  const std::uint64_t categories = in.get_count(sizeof(std::uint32_t));
  for (std::uint64_t i = 0; i < categories; ++i) {
    categories_.emplace(in.get_text());
  }
  windows_5m_ = Windows(windows_5m_.width(), options_.delay_5m);
  windows_1h_ = Windows(windows_1h_.width(), options_.delay_1h);
  const bool whole = windows_5m_.read(in) && windows_1h_.read(in) && dedup_.read(in) && in.finished();
  if (high_) {
    dedup_.forget_before(*high_ - options_.allowed_lateness);
  }
  return whole;
}

}  // namespace millrace
