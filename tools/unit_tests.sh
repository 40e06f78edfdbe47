#!/usr/bin/env bash
# The unit tests of one preset that is built: tools/unit_tests.sh PRESET [arguments of ctest]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What the sanitizers shall do; a release build does not read these. Arrow's own allocator would hide from them.
# detect_stack_use_after_return stays off: with g++ 12 it misaligns AVX-512 variables (gcc bug 110027).
export ASAN_OPTIONS=detect_stack_use_after_return=0:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tools/tsan.supp
without_aslr=()
if [[ $1 != release ]]; then
  export ARROW_DEFAULT_MEMORY_POOL=system
fi
# g++ 12's ThreadSanitizer dies at start where the kernel spreads addresses widely (vm.mmap_rnd_bits > 28).
if [[ $1 == tsan ]] && setarch -R true 2>/dev/null; then
  without_aslr=(setarch -R)
fi

"${without_aslr[@]}" ctest --test-dir "build/$1" --output-on-failure --no-tests=error --parallel "$(nproc)" "${@:2}"
