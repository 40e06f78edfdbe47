#include "warehouse/categories.h"

#include <algorithm>

#include "base/format.h"

namespace millrace {
namespace {

constexpr std::size_t kCategoryBytesMax = 80;  // of an event's category, CONTRACT.md

char to_small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) > 127;
}

/// The word as it can stand in a pattern.
std::string escaped(const std::string& word) {
  std::string pattern;
  for (const char c : word) {
    const char small = to_small(c);
    if (!is_letter(small) && small != ' ') {
      pattern += '\\';
    }
    pattern += small;
  }
  return pattern;
}

}  // namespace

Result<std::vector<CategoryRule>> category_rules_from(const NamedLists& lists, const std::string& name) {
  std::vector<CategoryRule> rules;
  for (const auto& [category, words] : lists) {
    if (category.empty() || category.size() > kCategoryBytesMax) {
      return fail(Fault::invalid,
                  format("{}: a category has 1 to {} bytes: \"{}\"", name, kCategoryBytesMax, category));
    }
    if (words.empty() || std::ranges::any_of(words, &std::string::empty)) {
      return fail(Fault::invalid, format("{}: a category needs words, none of them empty: {}", name, category));
    }
    std::string any;
    for (const std::string& word : words) {
      any += (any.empty() ? "" : "|") + escaped(word);
    }
    // Letters and digits of every script end a word, so \b of RE2, which knows ASCII alone, would not do.
    rules.push_back({category, format("(^|[^\\pL\\pN])({})($|[^\\pL\\pN])", any)});
  }
  return rules;
}

Result<std::vector<CategoryRule>> load_category_rules(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const NamedLists lists, load_named_lists(file));
  return category_rules_from(lists, file.string());
}

}  // namespace millrace
