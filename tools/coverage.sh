#!/usr/bin/env bash
# Line coverage by the unit tests of the preset coverage: tools/coverage.sh [PERCENT]. Fails below PERCENT.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find build/coverage -name '*.gcda' -delete # the counts of the run before
tools/unit_tests.sh coverage --label-exclude compile_fail
# gcov of the same gcc that compiled. Branches of calls that may throw are no concern: we count lines.
PYTHONPATH=.deps/gcovr .deps/venv/bin/python -m gcovr --root . build/coverage --gcov-executable "gcov" \
  --filter 'src/(event|stream|lake)/' --exclude '.*_test\.cc$' --exclude-throw-branches -j "$(nproc)" \
  --txt --html-details build/coverage/index.html --fail-under-line "${1:-0}"
echo "coverage: line by line in build/coverage/index.html"
