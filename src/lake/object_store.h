// Where the lake's files are: named objects under one root, on a local disk (local_store.cc) or in a bucket.
//
// Names are relative paths with `/`. An object is written whole through an OutputFile and exists for readers when
// finish() returned; put_if_absent() is the one atomic decision on which commits rest.
// On a local disk a file is first written under a staging name and then renamed by publish(); a bucket would write
// under the final name at once.
// Errors: conflict (put_if_absent: it exists), not_found, unavailable, outcome_unknown (look before trying again).
// After a failed finish() the file is not durable and must not be named in a commit.
// Thread rule: an ObjectStore may be used from any thread, an OutputFile or ObjectReader from one at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// Everything written is durable when it returns. Call once; a file without it is left for the sweep.
  virtual Result<void> finish() = 0;
  virtual std::int64_t bytes() const = 0;
};

/// An object that is read in pieces.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual std::int64_t bytes() const = 0;
  /// Fills `out` from `position` on; fewer bytes only at the end.
  virtual Result<std::size_t> read_at(std::int64_t position, std::span<char> out) = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual Result<std::unique_ptr<OutputFile>> create(const std::string& name) = 0;
  virtual Result<std::string> read(const std::string& name) = 0;
  virtual Result<std::unique_ptr<ObjectReader>> open(const std::string& name) = 0;
  virtual Result<bool> exists(const std::string& name) = 0;
  /// Writes the object if none of that name exists, whole, durable. Fault conflict otherwise.
  virtual Result<void> put_if_absent(const std::string& name, std::string_view bytes) = 0;
  /// The names directly in a folder, without the folder, sorted; nothing where it does not exist.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  /// What stands under `staged` stands under `final_name` from now on. Already done is success.
  virtual Result<void> publish(const std::string& staged, const std::string& final_name) = 0;
  /// What stands under `name` can be read under `also` as well, from now on and whatever becomes of `name`. Already
  /// done is success; fault not_found where there is nothing.
  virtual Result<void> keep(const std::string& name, const std::string& also) = 0;
  /// The names created in this folder are durable when it returns.
  virtual Result<void> sync_names(const std::string& folder) = 0;
  /// An object, or a folder with all that is in it; no error where there is none.
  virtual Result<void> remove(const std::string& name) = 0;

  /// Claims a name for the life of this process, so that others can tell whether its owner is alive. Fault conflict
  /// where a living process holds it.
  virtual Result<void> claim(const std::string& name) = 0;
  /// Ends the claim; its name goes.
  virtual Result<void> release(const std::string& name) = 0;
  /// Ends the claim and leaves its name, as the end of the process would: the next sweep finds an owner who is gone.
  virtual Result<void> abandon(const std::string& name) = 0;

  /// For messages and for readers outside: the root with the name.
  virtual std::string locate(const std::string& name) const = 0;
};

}  // namespace millrace
