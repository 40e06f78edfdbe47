#include "cli/lineage.h"

#include <algorithm>
#include <array>
#include <random>

#include "base/check.h"
#include "base/files.h"
#include "base/format.h"
#include "base/http.h"
#include "base/log.h"
#include "build_info.h"

namespace millrace {
namespace {

constexpr std::string_view kEventSchema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// The facets that we fill: under which key of their object they stand, and the schema that says what they hold.
struct FacetSpec {
  std::string_view name;
  std::string_view key;
  std::string_view schema;
};
constexpr std::array<FacetSpec, 5> kFacets = {{
    {"schema", "facets", "1-1-1/SchemaDatasetFacet"},
    {"dataQualityAssertions", "inputFacets", "1-0-1/DataQualityAssertionsDatasetFacet"},
    {"outputStatistics", "outputFacets", "1-0-2/OutputStatisticsOutputDatasetFacet"},
    {"errorMessage", "facets", "1-0-1/ErrorMessageRunFacet"},
    {"jobType", "facets", "2-0-3/JobTypeJobFacet"},
}};

std::string producer() { return format("urn:millrace:{}", kVersion); }

/// A time-ordered identifier (RFC 9562, version 7): 48 bits of milliseconds, the rest drawn.
std::string new_run_id(Instant now) {
  std::random_device draw;
  const auto bits = [&draw](unsigned count) { return draw() & ((1U << count) - 1); };
  const auto ms = static_cast<std::uint64_t>(now.us / 1'000);
  return format("{:08x}-{:04x}-7{:03x}-{:04x}-{:06x}{:06x}", ms >> 16U, ms & 0xffffU, bits(12), 0x8000U | bits(14),
                bits(24), bits(24));
}

/// `{"facets": {…}, "inputFacets": {…}}`, added to the object that they describe.
void add_facets(Json& object, const LineageFacets& facets) {
  for (const auto& [name, values] : facets) {
    const auto* const spec = std::ranges::find(kFacets, name, &FacetSpec::name);
    CHECK(spec != kFacets.end());
    Json facet = {{"_producer", producer()},
                  {"_schemaURL", format("https://openlineage.io/spec/facets/{}.json#/$defs/{}", spec->schema,
                                        spec->schema.substr(spec->schema.find('/') + 1))}};
    facet.update(values);
    object[std::string(spec->key)][name] = std::move(facet);
  }
}

Json to_json(const std::map<std::string, LineageFacets>& data_sets) {
  Json all = Json::array();
  for (const auto& [path, facets] : data_sets) {
    Json one = {{"namespace", "file"}, {"name", path}};
    add_facets(one, facets);
    all.push_back(std::move(one));
  }
  return all;
}

std::string absolute_path(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return (error ? path : whole).string();
}

}  // namespace

LineageRun::LineageRun(const Context& context, std::string_view job)
    : context_(context), job_(job), run_id_(new_run_id(system_clock().now())) {
  emit("START", {});
}

void LineageRun::add_input(const std::filesystem::path& path, LineageFacets facets) {
  inputs_[absolute_path(path)] = std::move(facets);
}

void LineageRun::add_output(const std::filesystem::path& path, LineageFacets facets) {
  outputs_[absolute_path(path)] = std::move(facets);
}

void LineageRun::finish(const Result<int>& result) {
  if (result) {
    emit("COMPLETE", {});
    return;
  }
  const Json message = {{"message", result.error().message}, {"programmingLanguage", "C++"}};
  emit(result.error().fault == Fault::stopped ? "ABORT" : "FAIL", {{"errorMessage", message}});
}

void LineageRun::emit(std::string_view type, const LineageFacets& run_facets) {
  if (!is_on()) {
    return;
  }
  Json run = {{"runId", run_id_}};
  add_facets(run, run_facets);
  Json job = {{"namespace", context_.settings.lineage.job_namespace}, {"name", job_}};
  add_facets(job, {{"jobType", {{"processingType", "BATCH"}, {"integration", "MILLRACE"}, {"jobType", "COMMAND"}}}});
  const Json event = {{"eventType", type},          {"eventTime", to_string(system_clock().now())},
                      {"run", std::move(run)},      {"job", std::move(job)},
                      {"inputs", to_json(inputs_)}, {"outputs", to_json(outputs_)},
                      {"producer", producer()},     {"schemaURL", kEventSchema}};
  if (const Result<void> sent = send_event(event); !sent) {
    log_warning("lineage was not told", {{"event", type}, {"error", sent.error().message}});
  }
}

Result<void> LineageRun::send_event(const Json& event) const {
  const std::string& to = context_.settings.lineage.to;
  if (is_http_url(to)) {
    HttpPost post{.url = to, .body = event.dump()};
    if (context_.stop.stop_requested()) {  // the end of a run that was stopped: one quick attempt
      post.timeout = seconds(1);
      post.attempts = 1;
      return send(post);
    }
    return send(post, context_.stop);
  }
  TRY(make_folders(fs::absolute(to).parent_path()));
  ASSIGN_OR_RETURN(File file, File::open_to_append(to));
  TRY(file.lock());  // lines of several runs do not mix
  return file.write(event.dump() + "\n");
}

}  // namespace millrace
