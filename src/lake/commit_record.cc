#include "lake/commit_record.h"

#include <limits>
#include <utility>

#include "base/format.h"
#include "lake/tables.h"

namespace millrace {
namespace {

Json counts_to_json(const OutcomeCounts& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) {
      json[to_string(static_cast<Outcome>(i))] = counts[i];
    }
  }
  return json;
}

/// Reads the members of one JSON object. The first that is missing, of another type or out of its range is kept as the
/// problem; from then on everything reads as nothing, so that a reader of a record looks once, at the end.
class Members {
 public:
  Members(const Json& object, std::string& problem) : object_(object), problem_(problem) {
    if (!object.is_object()) {
      complain("an object is missing");
    }
  }

  std::string text(const char* name) {
    const Json& value = at(name);
    return expect(value.is_string(), name, "no text") ? value.get<std::string>() : "";
  }
  /// A whole number, not negative.
  template <class Integer>
  Integer number(const char* name) {
    const Json& value = at(name);
    const bool fits = value.is_number_unsigned() &&
                      value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
    return expect(fits, name, "no whole number of its range") ? value.get<Integer>() : Integer{};
  }
  bool flag(const char* name) {
    const Json& value = at(name);
    return expect(value.is_boolean(), name, "neither true nor false") && value.get<bool>();
  }
  Instant time(const char* name) {
    const auto time = parse_event_time(text(name));
    return expect(time.has_value(), name, "no time") ? *time : Instant{};
  }
  std::optional<Instant> time_or_null(const char* name) {
    return at(name).is_null() ? std::nullopt : std::optional(time(name));
  }
  const Json& list(const char* name) {
    const Json& value = at(name);
    return expect(value.is_array(), name, "no list") ? value : nothing();
  }
  OutcomeCounts counts(const char* name) {
    OutcomeCounts counts{};
    const Json& json = at(name);
    Members members(json, problem_);
    for (const auto& [outcome_name, count] : json.items()) {
      const auto outcome = outcome_from(outcome_name);
      const char* const text = outcome_name.c_str();
      if (expect(outcome.has_value(), text, "no outcome that this build knows")) {
        const auto number = members.number<std::int64_t>(text);
        // So that the sum over all outcomes fits too.
        expect(number <= std::numeric_limits<std::int64_t>::max() / std::int64_t{kOutcomeCount}, text, "too large");
        counts[static_cast<std::size_t>(*outcome)] = number;
      }
    }
    return counts;
  }
  bool has(const char* name) const { return object_.contains(name); }
  Members object(const char* name) { return {at(name), problem_}; }

 private:
  static const Json& nothing() {
    static const Json null;
    return null;
  }

  const Json& at(const char* name) {
    if (!problem_.empty()) {
      return nothing();
    }
    const auto found = object_.find(name);
    if (found == object_.end()) {
      complain(format("{} is missing", name));
      return nothing();
    }
    return *found;
  }
  bool expect(bool right, const char* name, const char* otherwise) {
    if (!right) {
      complain(format("{} is {}", name, otherwise));
    }
    return right;
  }
  void complain(std::string problem) {
    if (problem_.empty()) {
      problem_ = std::move(problem);
    }
  }

  const Json& object_;
  std::string& problem_;
};

std::vector<DataFile> files_of(const Json& list, std::string& problem) {
  std::vector<DataFile> files;
  for (const Json& item : list) {
    Members file(item, problem);
    files.push_back({.table = file.text("table"),
                     .path = file.text("path"),
                     .rows = file.number<std::int64_t>("rows"),
                     .bytes = file.number<std::int64_t>("bytes"),
                     .columns = file.has("columns") ? file.number<std::int32_t>("columns") : 0,
                     .merged_number = file.has("merged_number")
                                          ? std::optional(file.number<std::uint64_t>("merged_number"))
                                          : std::nullopt});
  }
  return files;
}

using Texts = std::vector<std::string>;

Texts texts_of(const Json& list, std::string_view name, std::string& problem) {
  Texts texts;
  for (const Json& text : list) {
    if (text.is_string()) {
      texts.push_back(text.get<std::string>());
    } else if (problem.empty()) {
      problem = format("{} holds something that is no path", name);
    }
  }
  return texts;
}

Json files_to_json(const std::vector<DataFile>& files) {
  Json list = Json::array();
  for (const DataFile& file : files) {
    list.push_back({{"table", file.table}, {"path", file.path}, {"rows", file.rows}, {"bytes", file.bytes}});
    if (file.columns > 0) {
      list.back()["columns"] = file.columns;
    }
    if (file.merged_number) {
      list.back()["merged_number"] = *file.merged_number;
    }
  }
  return list;
}

CommitRecord record_of(Members& members, std::string& problem) {
  CommitRecord record;
  record.topic = members.text("topic");
  record.partition = members.number<Partition>("partition");
  record.sequence = members.number<std::int64_t>("sequence");
  record.first = members.number<Offset>("first");
  record.from = members.number<Offset>("from");
  record.to = {.offset = members.number<Offset>("to"), .details = members.text("log_position")};
  record.committed_at = members.time("committed_at");
  record.writer = members.text("writer");
  record.staging = members.text("staging");
  record.added = files_of(members.list("add"), problem);
  if (members.has("present")) {
    record.present = files_of(members.list("present"), problem);
  }
  record.removed = texts_of(members.list("remove"), "remove", problem);
  record.counts = members.counts("counts");
  record.totals = members.counts("totals");
  record.high_mark = members.time_or_null("high_mark");
  Members state = members.object("state");
  record.state = {
      .path = state.text("path"),
      .full = state.flag("full"),
      .bytes = state.number<std::int64_t>("bytes"),
      .checksum = state.text("xxh3_64"),
      .runs = state.has("runs") ? texts_of(state.list("runs"), "runs", problem) : Texts(),
      .added_runs = state.has("add_runs") ? texts_of(state.list("add_runs"), "add_runs", problem) : Texts()};
  if (problem.empty() && total(record.counts) != record.to.offset - record.from) {
    problem = "its counts are not the records from `from` to `to`";
  }
  return record;
}

}  // namespace

std::string to_text(const CommitRecord& record) {
  Json json = {{"format_version", kFormatVersion},
               {"topic", record.topic},
               {"partition", record.partition},
               {"sequence", record.sequence},
               {"first", record.first},
               {"from", record.from},
               {"to", record.to.offset},
               {"log_position", record.to.details},
               {"committed_at", to_string(record.committed_at)},
               {"writer", record.writer},
               {"staging", record.staging},
               {"counts", counts_to_json(record.counts)},
               {"totals", counts_to_json(record.totals)},
               {"high_mark", record.high_mark ? Json(to_string(*record.high_mark)) : Json()},
               {"state",
                {{"path", record.state.path},
                 {"full", record.state.full},
                 {"bytes", record.state.bytes},
                 {"xxh3_64", record.state.checksum}}},
               {"add", files_to_json(record.added)},
               {"remove", record.removed}};
  if (!record.state.runs.empty()) {
    json["state"]["runs"] = record.state.runs;
    json["state"]["add_runs"] = record.state.added_runs;
  }
  if (record.present) {
    json["present"] = files_to_json(*record.present);
  }
  return json.dump(1) + "\n";
}

Result<CommitRecord> commit_record_from(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(const Json json, parse_json(text, what));
  std::string problem;
  Members members(json, problem);
  const auto version = members.number<std::int64_t>("format_version");
  if (version > kFormatVersion) {
    return fail(Fault::invalid, format("could not read commit record: format version is newer than this build's {}: "
                                       "{} in {} (use a newer millrace)",
                                       kFormatVersion, version, what));
  }
  CommitRecord record = record_of(members, problem);
  if (!problem.empty()) {
    return fail(Fault::corrupt, format("could not read commit record: {}: {}", what, problem));
  }
  return record;
}

}  // namespace millrace
