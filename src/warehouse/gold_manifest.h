// What gold was computed from: lake/gold/_manifest.json. The next batch compares, and computes what differs.
//
// Errors: corrupt where the file is not ours. Thread rule: values and free functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/time.h"
#include "lake/local_store.h"

namespace millrace {

struct GoldManifest {
  std::uint64_t version = 0;          // of what is computed: the SQL and the settings that matter
  std::map<Day, std::uint64_t> days;  // a day's inputs as one number
  std::optional<Day> as_of;           // the last complete day
};

/// An empty one where there is no gold yet.
Result<GoldManifest> read_gold_manifest(ObjectStore& store);
/// Replaces it, whole.
Result<void> write_gold_manifest(LocalStore& store, const GoldManifest& manifest);

}  // namespace millrace
