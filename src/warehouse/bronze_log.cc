#include "warehouse/bronze_log.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

// What bronze has as a column is first, in bronze's order; all other fields stand in `extra` as they were. Ids and
// texts are strings, whatever they were: a JSON integer is an id by its text. A number that JSON would not take as one
// (`007`) was a string.
constexpr std::string_view kRecords = R"(
with accepted as (
  select log_offset, ingest_time, log_time, key, headers, raw_bytes, outcome,
    '{{' || concat_ws(',',
      '"event_time":' || to_json(event_time), '"user_id":' || to_json(user_id),
      '"product_id":' || to_json(product_id), '"category":' || to_json(category),
      '"price":' || case when regexp_full_match(price, $number) then price else to_json(price) end,
      '"quantity":' || case when regexp_full_match(quantity, $number) then quantity else to_json(quantity) end,
      '"event_type":' || to_json(event_type), substr(extra, 2, length(extra) - 2)) || '}}' as record
  from {0} where log_offset >= $from and log_offset < $to and ($only is null or outcome = $only)
), rejected as (
  select log_offset, raw from {1} where log_offset >= $from and log_offset < $to
)
select a.log_offset, a.ingest_time, a.log_time, a.key, a.headers, a.raw_bytes,
  case when a.outcome in ('silver', 'late', 'duplicate') then encode(a.record) else r.raw end as record,
  a.outcome in ('silver', 'late', 'duplicate') as accepted
from accepted a left join rejected r on r.log_offset = a.log_offset
order by a.log_offset)";

constexpr const char* kJsonNumber = R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)";

constexpr std::string_view kNoBronze =
    "(select null::bigint as log_offset, null::timestamptz as ingest_time, null::timestamptz as log_time, "
    "null::blob as key, null::varchar as headers, null::bigint as raw_bytes, null::varchar as outcome, null::varchar "
    "as event_time, null::varchar as user_id, "
    "null::varchar as product_id, null::varchar as category, null::varchar as price, null::varchar as quantity, "
    "null::varchar as event_type, null::varchar as extra where false)";
constexpr std::string_view kNoQuarantine = "(select null::bigint as log_offset, null::blob as raw where false)";

std::string table_of(const std::vector<std::string>& files, std::string_view otherwise) {
  std::string list;
  for (const std::string& file : files) {
    list += format("{}{}", list.empty() ? "" : ", ", quote_sql(file));
  }
  return files.empty() ? std::string(otherwise)
                       : format("read_parquet([{}], union_by_name = true, hive_partitioning = false)", list);
}

class BronzeReader final : public PartitionReader {
 public:
  BronzeReader(Engine& engine, const BronzeSource& source, std::int64_t interval)
      : engine_(engine),
        source_(source),
        interval_(interval),
        sql_(format(kRecords, table_of(source.bronze, kNoBronze), table_of(source.quarantine, kNoQuarantine))),
        next_(source.first) {}

  Result<void> read(RecordBatch& out, ReadLimit limit) override {
    out.clear();
    auto bytes = std::make_shared<std::string>();
    std::vector<Lengths> lengths;
    while (out.records.size() < limit.records && bytes->size() < limit.bytes) {
      ASSIGN_OR_RETURN(const bool more, advance());
      if (!more || (out.received && *out.received != rows_->instant(kReceived))) {
        break;
      }
      out.received = rows_->instant(kReceived);
      ASSIGN_OR_RETURN(const Record record, take(*bytes, lengths.emplace_back()));
      out.records.push_back(record);
    }
    out.byte_count = static_cast<std::int64_t>(bytes->size());
    bytes->append(kRecordPaddingBytes, ' ');
    std::string_view rest = *bytes;
    const auto next = [&rest](std::size_t length) {
      const std::string_view text = rest.substr(0, length);
      rest.remove_prefix(length);
      return text;
    };
    for (std::size_t i = 0; i < out.records.size(); ++i) {
      out.records[i].bytes = next(lengths[i].record);
      out.records[i].key = lengths[i].key ? std::optional(next(*lengths[i].key)) : std::nullopt;
      out.records[i].headers = next(lengths[i].headers);
    }
    out.bytes = std::move(bytes);
    return {};
  }

  LogPosition position() const override {
    return next_ == source_.end.offset ? source_.end : LogPosition{.offset = next_, .details = ""};
  }
  Result<void> sync() override { return {}; }

 private:
  // The query's columns.
  static constexpr std::size_t kOffset = 0;
  static constexpr std::size_t kReceived = 1;
  static constexpr std::size_t kLogTime = 2;
  static constexpr std::size_t kKey = 3;
  static constexpr std::size_t kHeaders = 4;
  static constexpr std::size_t kBytes = 5;
  static constexpr std::size_t kRecord = 6;
  static constexpr std::size_t kAccepted = 7;

  /// How long a record's texts are, which stand one after the other.
  struct Lengths {
    std::size_t record = 0;
    std::optional<std::size_t> key;
    std::size_t headers = 0;
  };

  /// To the next row, unless it is there already; false behind the last.
  Result<bool> advance() {
    while (!has_row_) {
      if (rows_ == nullptr) {
        if (interval_from_ >= source_.end.offset) {
          return source_.only || next_ == source_.end.offset ? Result<bool>(false) : missing();
        }
        const Offset to = std::min(interval_from_ + interval_, source_.end.offset);
        const SqlValue only = source_.only ? SqlValue(std::string(to_string(*source_.only))) : SqlValue();
        ASSIGN_OR_RETURN(
            rows_,
            engine_.query(sql_, {{"from", interval_from_}, {"to", to}, {"number", kJsonNumber}, {"only", only}}));
        interval_from_ = to;
      }
      ASSIGN_OR_RETURN(has_row_, rows_->next());
      if (!has_row_) {
        rows_.reset();
      }
    }
    return true;
  }

  /// The present row's record, whose texts are appended; its views are left to the caller.
  Result<Record> take(std::string& bytes, Lengths& lengths) {
    const Offset offset = rows_->integer(kOffset);
    if (offset > next_ && !source_.only) {
      return missing();
    }
    if (offset < next_) {
      return fail(Fault::corrupt,
                  format("record {} of partition {} stands twice in bronze or quarantine", offset, source_.partition));
    }
    const std::int64_t full_bytes = rows_->integer(kBytes);
    const std::string_view text = rows_->is_null(kRecord) ? std::string_view() : rows_->text(kRecord);
    const bool accepted = rows_->integer(kAccepted) != 0;
    if (!accepted &&
        static_cast<std::int64_t>(text.size()) != std::min(full_bytes, static_cast<std::int64_t>(kRecordBytesMax))) {
      return fail(Fault::corrupt,
                  format("quarantine does not hold record {} of partition {}, which bronze says was rejected "
                         "(restore the lake's files from a copy)",
                         offset, source_.partition));
    }
    Record record{.bytes = {}, .full_bytes = full_bytes, .offset = offset, .log_time = {}};
    if (!rows_->is_null(kLogTime)) {
      record.log_time = rows_->instant(kLogTime);
    }
    bytes += text;
    lengths.record = text.size();
    if (!rows_->is_null(kKey)) {
      bytes += rows_->text(kKey);
      lengths.key = rows_->text(kKey).size();
    }
    if (!rows_->is_null(kHeaders)) {
      bytes += rows_->text(kHeaders);
      lengths.headers = rows_->text(kHeaders).size();
    }
    has_row_ = false;
    next_ = offset + 1;
    return record;
  }

  std::unexpected<Error> missing() const {
    return fail(Fault::corrupt, format("bronze does not hold record {} of partition {} (restore the lake's files from "
                                       "a copy)",
                                       next_, source_.partition));
  }

  Engine& engine_;
  const BronzeSource& source_;
  const std::int64_t interval_;
  const std::string sql_;
  std::unique_ptr<Rows> rows_;
  bool has_row_ = false;  // a row that was not taken yet
  Offset interval_from_ = source_.first;
  Offset next_;
};

}  // namespace

BronzeLog::BronzeLog(Engine& engine, BronzeSource source, std::int64_t interval)
    : engine_(engine), source_(std::move(source)), interval_(interval) {}

Result<std::unique_ptr<PartitionReader>> BronzeLog::open(Partition partition, std::optional<LogPosition> from, ReadTo) {
  CHECK(partition == source_.partition && !from);
  return std::make_unique<BronzeReader>(engine_, source_, interval_);
}

}  // namespace millrace
