// "did you mean …?": the known name that a misspelt one is closest to.
//
// Distance is counted in edits: a byte inserted, removed, replaced, or two neighbours swapped (optimal string
// alignment distance; Boytsov, "Indexing methods for approximate dictionary searching", 2011).
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

/// Edits from one text to the other; letter case counts as no difference.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the fewest edits (the first of several), if they are at most a third of the longer text.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> candidates);

}  // namespace millrace
