// Lineage: what a run of a command read and wrote, as OpenLineage run events to a file or an address.
//
// START when the run begins; COMPLETE, FAIL or ABORT (it was stopped) when it ends, with the data sets that were named
// in between. A data set is a folder or file, by its whole path in the namespace `file`. Events go where the setting
// `lineage.to` says: appended to a file, one JSON object a line, or posted. Where they cannot go a warning is logged,
// and the run goes on: it does not depend on who watches it.
// Source: the OpenLineage specification 2-0-2. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "cli/command.h"

namespace millrace {

/// What the specification says about a data set beside its name: a facet's name -> its own values. Known are `schema`,
/// `dataQualityAssertions` (of an input) and `outputStatistics`.
using LineageFacets = std::map<std::string, Json>;

class LineageRun {
 public:
  /// `job`: the command's name. START is sent.
  LineageRun(const Context& context, std::string_view job);

  /// False where nobody listens: nothing needs to be collected.
  bool is_on() const { return !context_.settings.lineage.to.empty(); }

  void add_input(const std::filesystem::path& path, LineageFacets facets = {});
  void add_output(const std::filesystem::path& path, LineageFacets facets = {});
  /// The run's end, told by what the command's run() returns.
  void finish(const Result<int>& result);

 private:
  void emit(std::string_view type, const LineageFacets& run_facets);
  Result<void> send_event(const Json& event) const;

  const Context& context_;
  std::string job_;
  std::string run_id_;
  std::map<std::string, LineageFacets> inputs_;  // by path
  std::map<std::string, LineageFacets> outputs_;
};

}  // namespace millrace
