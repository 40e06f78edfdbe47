// `millrace quarantine`: the rejected records: how many and why, themselves, and back into the log once they are
// mended.
//
// A replay appends records as they were, for a rule that was changed since, to the partition of their product (of
// their whole text, where that cannot be read). What was replayed is noted under lake/_quarantine/ and left out of
// later replays; of a record that was appended twice all the same the stream keeps one.
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/rows_output.h"
#include "cli/warehouse.h"
#include "event/decode.h"
#include "ingest/event_log.h"
#include "ingest/local_appender.h"

namespace millrace {
namespace {

constexpr const char* kReplays = "_quarantine/replays";

constexpr const char* kList = R"(
select reason, field, count(*) as records, min(ingest_time) as first, max(ingest_time) as last
from quarantine_events
where ($reason is null or reason = $reason) and ($since is null or ingest_date >= $since)
group by reason, field order by records desc, reason, field)";

constexpr const char* kShow = R"(
select log_partition, log_offset, ingest_time, reason, field,
  coalesce(try(decode(raw)), raw::varchar) as record
from quarantine_events
where ($reason is null or reason = $reason) and ($since is null or ingest_date >= $since)
order by ingest_time, log_partition, log_offset limit $limit)";

constexpr const char* kRecords = R"(
select log_partition, log_offset, raw
from quarantine_events
where ($reason is null or reason = $reason) and ($since is null or ingest_date >= $since)
order by log_partition, log_offset)";

class QuarantineCommand final : public Command {
 public:
  std::string_view name() const override { return "quarantine"; }
  std::string_view summary() const override { return "list, show and replay rejected records"; }

  void add_flags(Flags& flags) override {
    flags.add("action", action_, "list: how many and why; show: the records; replay: append them to the log again")
        ->required();
    flags.add("--reason", reason_, "those of this reason alone");
    flags.add("--since", since_, "those that were read on this day (UTC) or later")->type_name("DATE");
    flags.add("--limit", limit_, "rows that show prints at most")->check(CLI::PositiveNumber);
    flags.add_setting("--topic", "kafka.topic");
    format_.add_to(flags);
  }

  Result<int> run(const Context& context) override;

 private:
  Result<SqlParameters> parameters() const;
  Result<int> replay(const Context& context, Warehouse& warehouse, const SqlParameters& parameters) const;

  std::string action_;
  std::string reason_;
  std::string since_;
  std::int64_t limit_ = 100;
  OutputFormatFlag format_;
};

Result<SqlParameters> QuarantineCommand::parameters() const {
  SqlParameters parameters = {{"reason", std::monostate{}}, {"since", std::monostate{}}};
  if (!reason_.empty()) {
    const auto outcome = outcome_from(reason_);
    if (!outcome || !is_rejection(*outcome)) {
      return fail(Fault::invalid, format("--reason: expected a reason such as bad_price, found: {}", reason_));
    }
    parameters["reason"] = reason_;
  }
  if (!since_.empty()) {
    const auto day = parse_day(since_);
    if (!day) {
      return fail(Fault::invalid, format("--since: expected a day such as 2024-01-15, found: {}", since_));
    }
    parameters["since"] = *day;
  }
  return parameters;
}

using Place = std::pair<std::int64_t, std::int64_t>;  // partition and offset

/// What earlier replays appended.
Result<std::set<Place>> replayed_before(ObjectStore& store) {
  std::set<Place> places;
  ASSIGN_OR_RETURN(const auto names, store.list(kReplays));
  for (const std::string& name : names) {
    if (!name.ends_with(".json") || name.starts_with('.')) {
      continue;
    }
    const std::string path = format("{}/{}", kReplays, name);
    ASSIGN_OR_RETURN(const std::string text, store.read(path));
    ASSIGN_OR_RETURN(const Json json, parse_json(text, store.locate(path)));
    for (const Json& place : json.value("records", Json::array())) {
      if (!place.is_array() || place.size() != 2 || !place[0].is_number_integer() || !place[1].is_number_integer()) {
        return fail(Fault::corrupt, format("not a note of a replay: {}", store.locate(path)));
      }
      places.emplace(place[0].get<std::int64_t>(), place[1].get<std::int64_t>());
    }
  }
  return places;
}

Result<void> note_replay(ObjectStore& store, const std::vector<Place>& places) {
  Json records = Json::array();
  for (const auto& [partition, offset] : places) {
    records.push_back({partition, offset});
  }
  const std::string path = format("{}/{}-{}.json", kReplays, system_clock().now().us, ::getpid());
  return store.put_if_absent(path, Json({{"format_version", 1}, {"records", std::move(records)}}).dump() + "\n");
}

/// What decides on the record's partition: its product, as far as it can be read.
class Keys {
 public:
  std::string key_of(std::string_view record) {
    std::string padded(record);
    padded.append(kRecordPaddingBytes, ' ');
    arena_.clear();
    RecordFields fields;
    if (!reader_.read(std::string_view(padded).substr(0, record.size()), arena_, fields)) {
      return std::string(record);
    }
    const FieldText& product = fields.known[static_cast<std::size_t>(Field::product_id)];
    return std::string(product.text.empty() ? record : product.text);
  }

 private:
  RecordReader reader_;
  Arena arena_;
};

Result<int> QuarantineCommand::replay(const Context& context, Warehouse& warehouse,
                                      const SqlParameters& parameters) const {
  ASSIGN_OR_RETURN(const std::set<Place> before, replayed_before(warehouse.store()));
  ASSIGN_OR_RETURN(const auto rows, warehouse.engine().query(kRecords, parameters));
  ASSIGN_OR_RETURN(
      const auto appender,
      LocalAppender::open(context.log_folder(), context.settings.kafka.topic,
                          {.partitions = context.settings.kafka.partitions,
                           .writer = {.segment_bytes = context.settings.log.segment_bytes, .retention = {}}}));
  std::vector<Place> appended;
  std::int64_t known = 0;
  std::int64_t cut = 0;
  Keys keys;
  while (!context.stop.stop_requested()) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) {
      break;
    }
    const Place place(rows->integer(0), rows->integer(1));
    const std::string_view record = rows->text(2);
    if (before.contains(place)) {
      ++known;
    } else if (record.size() >= kRecordBytesMax) {
      ++cut;  // its end is not kept
    } else {
      TRY(appender->append(keys.key_of(record), record));
      appended.push_back(place);
    }
  }
  TRY(appender->flush());
  TRY(appender->sync());
  if (!appended.empty()) {
    TRY(note_replay(warehouse.store(), appended));
  }
  const Json json = {{"replayed", appended.size()}, {"replayed_before", known}, {"too_large", cut}};
  TRY(print(context.json ? json.dump(2) + "\n"
                         : format("{} records appended to {}; {} were replayed before, {} are too large to be kept "
                                  "whole\n",
                                  appended.size(), context.settings.kafka.topic, known, cut)));
  return kExitDone;
}

Result<int> QuarantineCommand::run(const Context& context) {
  if (action_ != "list" && action_ != "show" && action_ != "replay") {
    return fail(Fault::invalid, format("expected list, show or replay, found: {}", action_));
  }
  ASSIGN_OR_RETURN(const OutputFormat output, format_.chosen(context.json));
  ASSIGN_OR_RETURN(SqlParameters chosen, parameters());
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context, "quarantine_events"));
  if (action_ == "replay") {
    return replay(context, *warehouse, chosen);
  }
  if (action_ == "show") {
    chosen["limit"] = limit_;
  }
  TRY(print_query(warehouse->engine(), action_ == "list" ? kList : kShow, chosen, output));
  return kExitDone;
}

}  // namespace

std::unique_ptr<Command> make_quarantine_command() { return std::make_unique<QuarantineCommand>(); }

}  // namespace millrace
