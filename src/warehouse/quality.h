// Rules about the data, and whether it keeps them: `gold/quality_results/as_of_date=…/results.parquet`.
//
// A rules file is a YAML map from a rule's name to what it checks (configs/quality.yaml explains each kind). A check is
// one number, measured over the last complete day or several, and the bounds that it must keep. Tables and columns are
// looked up, so nothing but names of the lake gets into the SQL.
//
//   completeness  percent of rows whose column is not null          at_least (100 unless said)
//   range         rows whose column lies outside of min and max     at_most (0)
//   uniqueness    rows beyond the first with the same columns       at_most (0)
//   referential   rows whose column is in no row of `references`    at_most (0)
//   freshness     days from the table's newest day to the last one  at_most (0)
//   volume        rows in percent of the mean of the same weekday   at_least (50), at_most (200)
//                 of the four weeks before; nothing to say without them
//
// Errors: invalid, naming file and rule; the engine's. Thread rule: as the engine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/time.h"
#include "lake/local_store.h"
#include "warehouse/engine.h"

namespace millrace {

struct QualityRule {
  std::string name;
  std::string check;
  std::string table;                 // by its name in SQL
  std::vector<std::string> columns;  // none for freshness and volume
  std::string references_table;      // of referential
  std::string references_column;
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> at_least;
  std::optional<double> at_most;
  std::int64_t days = 1;
  bool fails = false;  // a broken rule ends the command with exit code 3; otherwise it is a warning
};

struct QualityResult {
  const QualityRule* rule;
  std::optional<double> value;  // none: there is nothing to measure
  bool passed;
};

Result<std::vector<QualityRule>> load_quality_rules(const std::filesystem::path& file);
/// `name` stands for the file in messages.
Result<std::vector<QualityRule>> quality_rules_from(const NamedMaps& maps, const std::string& name);

/// The bounds in words: `at least 99`.
std::string expected_of(const QualityRule& rule);

/// Measures all rules as of a day, and replaces what is stored of that day. The views must be there; the results are
/// those of the rules, in their order, and live as long as the rules.
Result<std::vector<QualityResult>> check_quality(Engine& engine, LocalStore& store,
                                                 const std::vector<QualityRule>& rules, Day as_of, Instant now);

}  // namespace millrace
