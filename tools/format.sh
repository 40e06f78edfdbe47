#!/usr/bin/env bash
# clang-format over all our C++ files: tools/format.sh -i, or tools/format.sh --dry-run -Werror
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
find src tests bench \( -name '*.cc' -o -name '*.h' \) -print0 2>/dev/null |
  xargs -0r .deps/clang-format/clang_format/data/bin/clang-format "$@"
