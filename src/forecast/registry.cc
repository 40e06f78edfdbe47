#include "forecast/registry.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"

namespace millrace {
namespace {

constexpr int kFormatVersion = 1;
constexpr std::string_view kMetadata = "metadata.json";
constexpr std::string_view kChecksums = "checksums.json";
constexpr std::string_view kChampion = "champion";
constexpr std::string_view kPromotions = "promotions.jsonl";
constexpr std::string_view kRolledBack = "rolled back";
constexpr int kVersionMax = 1'000'000'000;

/// A name becomes a folder, so it holds nothing that a path could be made of.
bool is_name(std::string_view text) {
  const auto is_good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 64 && text != kChampion && std::ranges::all_of(text, is_good);
}

/// 1 to a billion without leading zeros; 0 for anything else.
int version_from(std::string_view text) {
  int version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && text.front() != '0' && version > 0 && version <= kVersionMax ? version : 0;
}

/// `name/version`; version 0 where it is not that.
ModelVersion model_version_from(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_name(text.substr(0, slash))) {
    return {};
  }
  return {.name = std::string(text.substr(0, slash)), .version = version_from(text.substr(slash + 1))};
}

std::string checksum(std::string_view bytes) { return format("{:016x}", hash64(bytes)); }

std::string checksums_of(const ModelFiles& files) {
  Json entries = Json::object();
  for (const auto& [name, bytes] : files) {
    entries[name] = {{"bytes", bytes.size()}, {"xxh3_64", checksum(bytes)}};
  }
  return Json({{"format_version", kFormatVersion}, {"files", entries}}).dump(1) + "\n";
}

std::unexpected<Error> damaged(const fs::path& path, std::string_view what) {
  return fail(Fault::corrupt, format("{}; train again, or put back the file: {}", what, path.string()));
}

Json to_json(const Promotion& promotion) {
  return {{"at", to_string(promotion.at)},
          {"version", to_string(promotion.version)},
          {"replaced", promotion.replaced ? Json(to_string(*promotion.replaced)) : Json()},
          {"reason", promotion.reason},
          {"evidence", promotion.evidence}};
}

/// Nothing where it is not one.
std::optional<Promotion> promotion_from(const Json& json) {
  const auto text = [&json](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto at = parse_event_time(text("at"));
  Promotion promotion{.at = at.value_or(Instant()),
                      .version = model_version_from(text("version")),
                      .replaced = {},
                      .reason = text("reason")};
  if (!at || promotion.version.version == 0) {
    return std::nullopt;
  }
  if (ModelVersion replaced = model_version_from(text("replaced")); replaced.version > 0) {
    promotion.replaced = std::move(replaced);
  }
  promotion.evidence = json.value("evidence", Json::object());
  return promotion;
}

struct Checksum {
  std::string file;
  std::uint64_t bytes;
  std::string xxh3;
};

Result<std::vector<Checksum>> read_checksums(const fs::path& folder) {
  const fs::path path = folder / kChecksums;
  const auto text = read_file(path);
  if (!text) {
    return text.error().fault == Fault::not_found ? damaged(path, "the model has no list of checksums")
                                                  : std::unexpected(text.error());
  }
  ASSIGN_OR_RETURN(const Json json, parse_json(*text, path.string()));
  std::vector<Checksum> checksums;
  try {
    if (const int version = json.at("format_version").get<int>(); version > kFormatVersion) {
      return fail(Fault::invalid,
                  format("the model was made by a newer millrace; update, or train again: {}, format {}",
                         folder.string(), version));
    }
    for (const auto& [name, entry] : json.at("files").items()) {
      checksums.push_back({.file = name,
                           .bytes = entry.at("bytes").get<std::uint64_t>(),
                           .xxh3 = entry.at("xxh3_64").get<std::string>()});
    }
  } catch (const Json::exception& error) {
    return damaged(path, format("the list of checksums is unreadable ({})", error.what()));
  }
  const auto is_bad = [](const Checksum& entry) { return entry.file.empty() || entry.file.contains('/'); };
  if (std::ranges::any_of(checksums, is_bad) ||
      std::ranges::find(checksums, kMetadata, &Checksum::file) == checksums.end()) {
    return damaged(path, "the list of checksums is not ours");
  }
  return checksums;
}

Result<std::string> read_verified(const fs::path& folder, const Checksum& expected) {
  const fs::path path = folder / expected.file;
  auto bytes = read_file(path);
  if (!bytes) {
    return bytes.error().fault == Fault::not_found ? damaged(path, "a file of the model is missing")
                                                   : std::unexpected(bytes.error());
  }
  if (bytes->size() != expected.bytes || checksum(*bytes) != expected.xxh3) {
    return damaged(path, "a file of the model is damaged");
  }
  return *std::move(bytes);
}

}  // namespace

std::string to_string(const ModelVersion& version) { return format("{}/{}", version.name, version.version); }

fs::path Registry::path_of(const ModelVersion& version) const {
  return folder_ / version.name / format("{}", version.version);
}

Result<File> Registry::lock() const {
  TRY(make_folders(folder_));
  ASSIGN_OR_RETURN(File file, File::open_to_append(folder_ / ".lock"));
  TRY(file.lock());
  return file;
}

Result<std::vector<std::string>> Registry::names() const {
  ASSIGN_OR_RETURN(std::vector<std::string> entries, list_folder(folder_));
  std::erase_if(entries, [](const std::string& entry) { return !is_name(entry) || entry == kChampion; });
  std::ranges::sort(entries);
  return entries;
}

Result<std::vector<ModelVersion>> Registry::versions(std::string_view name) const {
  if (!is_name(name)) {
    return fail(Fault::invalid, format("a model's name has small letters, digits and _ alone: \"{}\"", name));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> entries, list_folder(folder_ / name));
  std::vector<ModelVersion> versions;
  for (const std::string& entry : entries) {
    if (const int version = version_from(entry); version > 0) {
      versions.push_back({.name = std::string(name), .version = version});
    }
  }
  std::ranges::sort(versions, {}, &ModelVersion::version);
  return versions;
}

Result<ModelVersion> Registry::add(std::string_view name, const Json& metadata, const ModelFiles& files) const {
  CHECK(metadata.is_object());
  ASSIGN_OR_RETURN(const File held, lock());
  ASSIGN_OR_RETURN(const auto present, versions(name));
  ModelVersion version{.name = std::string(name), .version = present.empty() ? 1 : present.back().version + 1};
  Json complete = {{"format_version", kFormatVersion}, {"name", name}, {"version", version.version}};
  complete.update(metadata);
  ModelFiles all = files;
  all[std::string(kMetadata)] = complete.dump(1) + "\n";

  const fs::path draft = folder_ / name / ".new";
  TRY(remove_tree(draft));  // of a training that was interrupted
  TRY(make_folders(draft));
  for (const auto& [file, bytes] : all) {
    TRY(create_durably(draft / file, bytes));
  }
  TRY(create_durably(draft / kChecksums, checksums_of(all)));
  TRY(rename_file(draft, path_of(version)));
  TRY(sync_folder(folder_ / name));
  TRY(sync_folder(folder_));
  return version;
}

Result<StoredModel> Registry::load(const ModelVersion& version) const {
  const fs::path folder = path_of(version);
  ASSIGN_OR_RETURN(const auto entries, list_folder(folder));
  if (entries.empty()) {
    return fail(Fault::not_found, format("there is no such model; train it first: {}", to_string(version)));
  }
  ASSIGN_OR_RETURN(const auto checksums, read_checksums(folder));
  StoredModel model{.version = version, .metadata = {}, .files = {}};
  for (const Checksum& expected : checksums) {
    ASSIGN_OR_RETURN(std::string bytes, read_verified(folder, expected));
    if (expected.file == kMetadata) {
      ASSIGN_OR_RETURN(model.metadata, parse_json(bytes, (folder / kMetadata).string()));
    } else {
      model.files[expected.file] = std::move(bytes);
    }
  }
  const auto says = [&](const char* key, const Json& value) {
    return model.metadata.is_object() && model.metadata.contains(key) && model.metadata.at(key) == value;
  };
  if (!says("name", version.name) || !says("version", version.version)) {
    return damaged(folder / kMetadata, "the folder holds another model than its name says");
  }
  return model;
}

Result<Json> Registry::metadata(const ModelVersion& version) const {
  ASSIGN_OR_RETURN(StoredModel model, load(version));
  return std::move(model.metadata);
}

Result<ModelVersion> Registry::champion() const {
  const fs::path path = folder_ / kChampion;
  const auto text = read_file(path);
  if (!text) {
    return text.error().fault == Fault::not_found
               ? fail(Fault::not_found, "no model is trained yet; run `millrace train` first")
               : std::unexpected(text.error());
  }
  const std::string_view line = std::string_view(*text).substr(0, text->find('\n'));
  ModelVersion version = model_version_from(line);
  if (version.version == 0) {
    return damaged(path, "the pointer to the best model is unreadable");
  }
  return version;
}

Result<void> Registry::replace(std::string_view name, std::string_view content) const {
  const fs::path draft = folder_ / format(".{}.new", name);
  TRY(remove_file(draft));
  TRY(create_durably(draft, content));
  TRY(rename_file(draft, folder_ / name));
  return sync_folder(folder_);
}

Result<void> Registry::promote_locked(const Promotion& promotion) const {
  TRY(load(promotion.version));
  ASSIGN_OR_RETURN(const auto before, promotions());
  std::string log;
  for (const Promotion& one : before) {
    log += to_json(one).dump() + "\n";
  }
  TRY(replace(kPromotions, log + to_json(promotion).dump() + "\n"));
  return replace(kChampion, to_string(promotion.version) + "\n");
}

Result<void> Registry::promote(const ModelVersion& version, Instant at, std::string_view reason,
                               const Json& evidence) const {
  ASSIGN_OR_RETURN(const File held, lock());
  const auto before = champion();
  return promote_locked({.at = at,
                         .version = version,
                         .replaced = before ? std::optional(*before) : std::nullopt,
                         .reason = std::string(reason),
                         .evidence = evidence});
}

Result<ModelVersion> Registry::roll_back(Instant at) const {
  ASSIGN_OR_RETURN(const File held, lock());
  ASSIGN_OR_RETURN(const ModelVersion now, champion());
  ASSIGN_OR_RETURN(const auto all, promotions());
  // Each promotion puts one on the pile, each roll-back takes one off: what lies below the top was there before.
  std::vector<ModelVersion> pile;
  for (const Promotion& promotion : all) {
    if (promotion.reason == kRolledBack && !pile.empty()) {
      pile.pop_back();
    } else {
      pile.push_back(promotion.version);
    }
  }
  while (!pile.empty() && pile.back() == now) {
    pile.pop_back();
  }
  if (pile.empty()) {
    return fail(Fault::not_found, format("there was no other champion before {}", to_string(now)));
  }
  TRY(promote_locked({.at = at, .version = pile.back(), .replaced = now, .reason = std::string(kRolledBack)}));
  return pile.back();
}

Result<std::vector<Promotion>> Registry::promotions() const {
  const fs::path path = folder_ / kPromotions;
  const auto text = read_file(path);
  if (!text) {
    return text.error().fault == Fault::not_found ? Result<std::vector<Promotion>>() : std::unexpected(text.error());
  }
  std::vector<Promotion> promotions;
  std::size_t begin = 0;
  for (std::size_t end = text->find('\n'); end != std::string::npos; end = text->find('\n', begin)) {
    ASSIGN_OR_RETURN(const Json json, parse_json(text->substr(begin, end - begin), path.string()));
    begin = end + 1;
    auto promotion = promotion_from(json);
    if (!promotion) {
      return damaged(path, format("line {} is no promotion", promotions.size() + 1));
    }
    promotions.push_back(*std::move(promotion));
  }
  return promotions;
}

Result<ModelVersion> Registry::find(std::string_view text) const {
  if (text == kChampion) {
    return champion();
  }
  if (ModelVersion version = model_version_from(text); version.version > 0) {
    return version;
  }
  ASSIGN_OR_RETURN(const auto present, versions(text));
  if (present.empty()) {
    return fail(Fault::not_found, format("there is no such model; train it first: {}", text));
  }
  return present.back();
}

}  // namespace millrace
