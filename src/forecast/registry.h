// Where trained models lie: folders that never change, and a pointer to the best of them.
//
//   models/xgboost/3/metadata.json      what it is, for people and programs: data, parameters, figures
//                    checksums.json     {"format_version", "files": {name: {"bytes", "xxh3_64"}}} of all other files
//                    *.ubj, *.json      the model itself (Forecaster::files())
//   models/champion                     one line, `xgboost/3`, replaced atomically
//   models/promotions.jsonl             why it is who it is: a line of JSON for each change, added before the change
//
// Versions count up from 1 for each name. A folder is written under a name that begins with a dot, synced and renamed:
// a version exists whole or not at all. load() compares every checksum before anybody parses a byte.
// Errors: not_found for a version that is not there or a champion that nobody chose; corrupt, naming the file, for one
// that is damaged, incomplete or foreign; invalid for a newer format or an impossible name.
// Thread rule: any thread and process: writers take a lock on models/.lock, readers need none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/time.h"
#include "forecast/model.h"

namespace millrace {

struct ModelVersion {
  std::string name;
  int version = 0;
  bool operator==(const ModelVersion&) const = default;
};

/// `xgboost/3`
std::string to_string(const ModelVersion& version);

/// A change of the champion.
struct Promotion {
  Instant at;
  ModelVersion version;
  std::optional<ModelVersion> replaced;
  std::string reason;              // for people
  Json evidence = Json::object();  // the figures behind it
};

struct StoredModel {
  ModelVersion version;
  Json metadata;
  ModelFiles files;  // without metadata.json and checksums.json
};

class Registry {
 public:
  explicit Registry(fs::path folder) : folder_(std::move(folder)) {}

  /// Stores it as the name's next version; `metadata`, an object, gets the keys format_version, name and version in
  /// front.
  Result<ModelVersion> add(std::string_view name, const Json& metadata, const ModelFiles& files) const;
  Result<StoredModel> load(const ModelVersion& version) const;
  /// Metadata alone, verified.
  Result<Json> metadata(const ModelVersion& version) const;
  /// The names that have versions, sorted.
  Result<std::vector<std::string>> names() const;
  /// Rising; none where nobody trained this name.
  Result<std::vector<ModelVersion>> versions(std::string_view name) const;

  Result<ModelVersion> champion() const;
  /// Makes it the champion, and notes that. Fault not_found or corrupt where it cannot be loaded.
  Result<void> promote(const ModelVersion& version, Instant at, std::string_view reason,
                       const Json& evidence = Json::object()) const;
  /// The champion before this one again, as far back as promotions go that were not rolled back themselves. Fault
  /// not_found where there was none before.
  Result<ModelVersion> roll_back(Instant at) const;
  /// All of them, oldest first.
  Result<std::vector<Promotion>> promotions() const;

  /// What a user calls a model: `champion`, a name (its newest version), or `name/version`.
  Result<ModelVersion> find(std::string_view text) const;

 private:
  fs::path path_of(const ModelVersion& version) const;
  Result<File> lock() const;
  /// The file as a whole, atomically.
  Result<void> replace(std::string_view name, std::string_view content) const;
  Result<void> promote_locked(const Promotion& promotion) const;

  fs::path folder_;
};

}  // namespace millrace
