// The tables of the data folder's lake, opened for SQL as the settings say.
//
// The files that are committed when it opens are kept in lake/_spill/<name>/files (links, no copies), so that
// compaction beside it does not matter. What does not fit into `warehouse.memory` is spilled to lake/_spill/<name>/, a
// folder for this process alone, which goes with it; what killed processes left there goes with the next. A lake that
// cannot be written is read without. While a Warehouse lives, a request to stop interrupts its query. Errors: those of
// the engine and of the commit log. Thread rule: one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "lake/local_store.h"
#include "warehouse/engine.h"

namespace millrace {

class Warehouse {
 public:
  /// The views are those of the commits of now. `queries`: SQL that names the tables which will be read.
  static Result<std::unique_ptr<Warehouse>> open(const Context& context, std::string_view queries);
  /// Without views, and so without a look at the tables' files.
  static Result<std::unique_ptr<Warehouse>> open_bare(const Context& context);
  ~Warehouse();

  Engine& engine() { return *engine_; }
  LocalStore& store() { return store_; }
  /// Where a file may be that goes with this object. Fault not_found where there is no lake, or it cannot be written.
  Result<std::filesystem::path> temporary_file(const std::string& name) const;
  /// Where files of the lake can be kept, so that compaction does not take them away (ViewOptions::keep_below).
  std::string keep_below() const;

 private:
  struct Interrupt {
    Engine* engine;
    void operator()() const { engine->interrupt(); }
  };
  explicit Warehouse(const Context& context) : store_(context.lake_folder()) {}

  LocalStore store_;
  std::string spill_;  // below the lake; empty: none
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<std::stop_callback<Interrupt>> interrupt_;
};

}  // namespace millrace
