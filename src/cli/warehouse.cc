#include "cli/warehouse.h"

#include <unistd.h>

#include "base/files.h"
#include "base/format.h"
#include "base/log.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

constexpr std::string_view kSpill = "_spill";
constexpr std::string_view kClaimEnd = ".lock";

/// Removes what processes left that are gone: a living one holds the claim beside its folder.
Result<void> sweep(LocalStore& store) {
  ASSIGN_OR_RETURN(const auto names, store.list(std::string(kSpill)));
  for (const std::string& name : names) {
    const std::string claim = format("{}/{}", kSpill, name);
    if (name.ends_with(kClaimEnd) && store.claim(claim)) {
      TRY(store.remove(claim.substr(0, claim.size() - kClaimEnd.size())));
      TRY(store.release(claim));
    }
  }
  return {};
}

/// A folder for this process alone. Another process's sweep may hold a new claim for a moment, as if its owner were
/// gone: then the next name.
Result<std::string> claim_spill(LocalStore& store) {
  constexpr int kAttempts = 16;
  TRY(sweep(store));
  for (int attempt = 1;; ++attempt) {
    std::string folder = format("{}/{}-{}-{}", kSpill, ::getpid(), system_clock().now().us, attempt);
    const Result<void> claimed = store.claim(folder + std::string(kClaimEnd));
    if (claimed) {
      return folder;
    }
    if (claimed.error().fault != Fault::conflict || attempt == kAttempts) {
      return std::unexpected(claimed.error());
    }
  }
}

bool has_lake(const Context& context) {
  std::error_code ignored;  // a lake that cannot be looked at is found out by whoever reads it
  return fs::exists(context.lake_folder(), ignored);
}

}  // namespace

Result<std::unique_ptr<Warehouse>> Warehouse::open_bare(const Context& context) {
  std::unique_ptr<Warehouse> warehouse(new Warehouse(context));
  LocalStore& store = warehouse->store_;
  if (has_lake(context)) {
    if (Result<std::string> spill = claim_spill(store)) {
      warehouse->spill_ = *std::move(spill);
    } else {
      log_debug("queries cannot spill to disk", {{"error", spill.error().message}});
    }
  }
  const WarehouseSettings& settings = context.settings.warehouse;
  ASSIGN_OR_RETURN(warehouse->engine_,
                   open_duckdb({.memory_bytes = settings.memory_bytes,
                                .threads = settings.threads,
                                .temporary_folder = warehouse->spill_.empty() ? "" : store.locate(warehouse->spill_)}));
  warehouse->interrupt_ =
      std::make_unique<std::stop_callback<Interrupt>>(context.stop, Interrupt{warehouse->engine_.get()});
  return warehouse;
}

Result<std::unique_ptr<Warehouse>> Warehouse::open(const Context& context, std::string_view queries) {
  const bool had_lake = has_lake(context);
  ASSIGN_OR_RETURN(auto warehouse, open_bare(context));
  const Result<CommittedFiles> created = create_views(
      *warehouse->engine_, warehouse->store_, {.queries = std::string(queries), .keep_below = warehouse->keep_below()});
  if (!had_lake && has_lake(context)) {
    return open(context, queries);  // a stream has just made it, and the views may read files that nobody keeps
  }
  if (!created) {
    return std::unexpected(created.error());
  }
  return warehouse;
}

Result<std::filesystem::path> Warehouse::temporary_file(const std::string& name) const {
  if (spill_.empty()) {
    return fail(Fault::not_found, format("there is no lake here that could be written: {}", store_.locate("")));
  }
  const std::filesystem::path folder = store_.locate(spill_);
  TRY(make_folders(folder));
  return folder / name;
}

std::string Warehouse::keep_below() const { return spill_.empty() ? "" : spill_ + "/files"; }

Warehouse::~Warehouse() {
  interrupt_.reset();
  engine_.reset();  // it uses the folder until the end
  if (!spill_.empty()) {
    const Result<void> removed = store_.remove(spill_);
    const Result<void> released = store_.release(spill_ + std::string(kClaimEnd));
    if (!removed || !released) {
      log_debug("could not remove the spill folder; the next query will", {{"folder", spill_}});
    }
  }
}

}  // namespace millrace
