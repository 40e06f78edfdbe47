#include "stream/partition_pipeline.h"

#include "base/check.h"

namespace millrace {

namespace {

/// So many events ahead, what an event needs is fetched into the cache: first where to look, then what stands there.
constexpr std::size_t kSlotsAhead = 12;
constexpr std::size_t kRowsAhead = 6;

}  // namespace

PartitionPipeline::PartitionPipeline(const PipelineOptions& options)
    : options_(options),
      categories_(0, CategoryHash{options.hash_seed}),
      windows_5m_(minutes(5), options.delay_5m),
      windows_1h_(hours(1), options.delay_1h) {}

Result<void> PartitionPipeline::look_up(const DecodedBatch& batch) {
  are_in_runs_.clear();
  if (!dedup_.has_runs()) {
    return {};
  }
  are_in_runs_.resize(batch.records.size());
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    if (const std::size_t next = i + kSlotsAhead;
        next < batch.records.size() && !is_rejection(batch.records[next].outcome)) {
      dedup_.fetch_runs(batch.records[next].event);
    }
    if (!is_rejection(batch.records[i].outcome)) {
      ASSIGN_OR_RETURN(const bool is_in_runs, dedup_.is_in_runs(batch.records[i].event));
      are_in_runs_[i] = is_in_runs ? 1 : 0;
    }
  }
  return {};
}

void PartitionPipeline::step(DecodedBatch& batch) {
  const bool has_runs = dedup_.has_runs();
  CHECK(!has_runs || are_in_runs_.size() == batch.records.size());
  hash(batch);
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    fetch_ahead(batch, i);
    DecodedRecord& record = batch.records[i];
    if (!is_rejection(record.outcome)) {
      record.outcome = settle(record.event, hashes_[i], has_runs && are_in_runs_[i] != 0);
      if (record.outcome == Outcome::bad_category) {
        record.field = Field::category;
      } else if (record.outcome == Outcome::late) {
        record.id_was_in_silver = id_was_in_silver(record.event, has_runs && are_in_runs_[i] != 0);
      }
    }
    ++totals_[static_cast<std::size_t>(record.outcome)];
  }
}

void PartitionPipeline::hash(const DecodedBatch& batch) {
  hashes_.resize(batch.records.size());
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    if (const DecodedRecord& record = batch.records[i]; !is_rejection(record.outcome)) {
      const std::uint64_t category = category_hash(record.event.category, options_.hash_seed);
      hashes_[i] = {category, product_hash(record.event.product_id, category)};
    }
  }
}

void PartitionPipeline::fetch_ahead(const DecodedBatch& batch, std::size_t i) const {
  if (const std::size_t next = i + kSlotsAhead; next < hashes_.size() && !is_rejection(batch.records[next].outcome)) {
    dedup_.fetch(batch.records[next].event);
    windows_5m_.fetch_slot(hashes_[next].product);
    windows_1h_.fetch_slot(hashes_[next].product);
  }
  if (const std::size_t next = i + kRowsAhead; next < hashes_.size() && !is_rejection(batch.records[next].outcome)) {
    windows_5m_.fetch_row(hashes_[next].product);
    windows_1h_.fetch_row(hashes_[next].product);
  }
}

Outcome PartitionPipeline::settle(const Event& event, const Hashes& hashes, bool is_in_runs) {
  if (!categories_.contains(HashedText{event.category, hashes.category})) {
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
  if (is_in_runs || !dedup_.insert(event)) {
    return Outcome::duplicate;
  }
  windows_5m_.add(event, hashes.product, closed_5m_);
  windows_1h_.add(event, hashes.product, closed_1h_);
  return Outcome::silver;
}

std::optional<bool> PartitionPipeline::id_was_in_silver(const Event& event, bool is_in_runs) const {
  return event.event_id.empty() ? std::nullopt : std::optional(is_in_runs || dedup_.contains_id(event));
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
