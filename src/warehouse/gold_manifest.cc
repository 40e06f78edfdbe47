#include "warehouse/gold_manifest.h"

#include <charconv>

#include "base/files.h"
#include "base/format.h"
#include "base/json.h"

namespace millrace {
namespace {

constexpr const char* kPath = "gold/_manifest.json";
constexpr int kFormatVersion = 1;

/// JSON numbers are doubles for many readers: 64 bits go as text.
std::string to_hex(std::uint64_t number) { return format("{:016x}", number); }

std::optional<std::uint64_t> from_hex(const Json& json) {
  std::uint64_t number = 0;
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && !text.empty() && end == text.data() + text.size() ? std::optional(number)
                                                                                   : std::nullopt;
}

std::unexpected<Error> foreign(ObjectStore& store, std::string_view what) {
  return fail(Fault::corrupt, format("{}; remove the file, and the next batch computes everything again: {}", what,
                                     store.locate(kPath)));
}

}  // namespace

Result<GoldManifest> read_gold_manifest(ObjectStore& store) {
  ASSIGN_OR_RETURN(const bool exists, store.exists(kPath));
  GoldManifest manifest;
  if (!exists) {
    return manifest;
  }
  ASSIGN_OR_RETURN(const std::string text, store.read(kPath));
  ASSIGN_OR_RETURN(const Json json, parse_json(text, store.locate(kPath)));
  if (!json.is_object() || json.value("format_version", 0) != kFormatVersion || !json.contains("days")) {
    return foreign(store, "the manifest of gold is of another format");
  }
  const auto version = json.contains("version") ? from_hex(json["version"]) : std::nullopt;
  if (!version) {
    return foreign(store, "the manifest of gold has no version");
  }
  manifest.version = *version;
  for (const auto& [name, value] : json["days"].items()) {
    const auto day = parse_day(name);
    const auto inputs = from_hex(value);
    if (!day || !inputs) {
      return foreign(store, format("the manifest of gold has a day that cannot be read: {}", name));
    }
    manifest.days[*day] = *inputs;
  }
  if (json.contains("as_of") && json["as_of"].is_string()) {
    manifest.as_of = parse_day(json["as_of"].get<std::string>());
  }
  return manifest;
}

Result<void> write_gold_manifest(LocalStore& store, const GoldManifest& manifest) {
  Json days = Json::object();
  for (const auto& [day, inputs] : manifest.days) {
    days[to_string(day)] = to_hex(inputs);
  }
  const Json json = {{"format_version", kFormatVersion},
                     {"version", to_hex(manifest.version)},
                     {"as_of", manifest.as_of ? Json(to_string(*manifest.as_of)) : Json()},
                     {"days", std::move(days)}};
  const fs::path path = store.locate(kPath);
  const fs::path draft = path.string() + ".draft";
  TRY(make_folders(path.parent_path()));
  TRY(remove_file(draft));  // of a batch that was cut short
  TRY(create_durably(draft, json.dump(1) + "\n"));
  TRY(rename_file(draft, path));
  return sync_folder(path.parent_path());
}

}  // namespace millrace
