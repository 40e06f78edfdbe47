// The rules that give a product of history its category: words that stand in its description.
//
// The file is a YAML map from a category to its words, in the order in which the rules are tried. A word may be a
// phrase; it stands in a description as a whole, whatever the case of its letters. Errors: invalid, naming file and
// line; not_found. Thread rule: values and free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"

namespace millrace {

struct CategoryRule {
  std::string category;
  std::string pattern;  // RE2, for texts in small letters
};

Result<std::vector<CategoryRule>> load_category_rules(const std::filesystem::path& file);
/// `name` stands for the file in messages.
Result<std::vector<CategoryRule>> category_rules_from(const NamedLists& lists, const std::string& name);

}  // namespace millrace
