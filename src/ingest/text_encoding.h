// UTF-8 or not, and Latin-1 into UTF-8: for files whose encoding nobody wrote down.
//
// Latin-1 is ISO 8859-1: a byte is the code point of the same number. Source: RFC 3629 for what UTF-8 is (no overlong
// forms, no surrogates, nothing above U+10FFFF). Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

bool is_valid_utf8(std::string_view text);

/// The text itself where it is valid UTF-8; else the text read as Latin-1, put into `converted`.
std::string_view as_utf8(std::string_view text, std::string& converted);

}  // namespace millrace
