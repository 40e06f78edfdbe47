#!/usr/bin/env bash
# ./run check: each step below is run, also after one failed, and has a line in the summary.
# tools/check.sh [STEP...]; all steps when none is named.
# shellcheck disable=SC2317  # the steps are called by their names
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fuzz_seconds=${MILLRACE_FUZZ_SECONDS:-60} # for all fuzzers together

step_format() {
  tools/setup.sh format
  tools/format.sh --dry-run -Werror || { echo "format: ./run fmt mends this"; return 1; }
}

step_rules() {
  tools/setup.sh tests
  .deps/venv/bin/python tools/layers.py
}

step_shell() {
  tools/setup.sh checks
  shellcheck --external-sources run .ci/run tools/*.sh
}

step_tidy() {
  tools/setup.sh build tidy
  cmake --preset release --log-level=WARNING >/dev/null # writes compile_commands.json
  ninja -C build/release build_info_header              # the one header that is generated
  .deps/venv/bin/python tools/tidy.py
}

step_asan() {
  ./run build asan
  tools/unit_tests.sh asan --label-exclude compile_fail # these do not depend on the preset
}

# The folders with threads. The others are left out for the time it takes.
step_tsan() {
  local folder targets=() labels=
  for folder in ingest stream lake serve; do
    if grep -qs TESTS "src/$folder/CMakeLists.txt"; then
      targets+=("${folder}_tests") labels+="|$folder"
    fi
  done
  ./run build tsan "${targets[@]}"
  # Tests that fork are left out: ThreadSanitizer cannot follow a fork where a library (Arrow) has threads. They are
  # about processes and the disk, and run in the other presets.
  local forking='DeathTest|LocalStoreTest\..*Process|AReadOnlyFileSystem|AFullDisk|AFolderThatIsNotWritable|AreKilled'
  # librdkafka starts its threads by C11's thrd_create, which g++ 12's ThreadSanitizer does not see: it dies in them.
  tools/unit_tests.sh tsan --label-regex "^(${labels#|})\$" --exclude-regex "$forking|^KafkaTest"
}

step_fuzz() {
  local fuzzer name found=() known=() corpus
  if ! compgen -G 'tests/fuzz/*_fuzz.cc' >/dev/null; then
    echo "fuzz: there are no fuzzers yet"
    return
  fi
  ./run build fuzz fuzzers
  export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 # else a crash has no names
  found=(build/fuzz/fuzz/*_fuzz)
  for fuzzer in "${found[@]}"; do
    name=${fuzzer##*/} corpus=build/fuzz/corpus/${fuzzer##*/}
    mkdir -p "$corpus" # what it finds; tests/fuzz/corpus/NAME is what it starts from
    known=()
    if [[ -d tests/fuzz/corpus/$name ]]; then known=("tests/fuzz/corpus/$name"); fi
    echo "fuzz: $name, $((fuzz_seconds / ${#found[@]})) s"
    "$fuzzer" -max_total_time=$((fuzz_seconds / ${#found[@]})) -timeout=10 -verbosity=0 -print_funcs=0 \
      -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$corpus" "${known[@]}"
  done
}

steps=("$@")
if ((${#steps[@]} == 0)); then steps=(format rules shell tidy asan tsan fuzz); fi
summary=() failed=0
for step in "${steps[@]}"; do
  if [[ $(type -t "step_$step") != function ]]; then
    echo "check: there is no step $step (format rules shell tidy asan tsan fuzz)" >&2
    exit 2
  fi
  printf -- '--- check: %s\n' "$step"
  started=$SECONDS
  # Not `if step`: inside a condition bash does not stop at the first command that fails.
  set +e
  (set -e; "step_$step")
  status=$?
  set -e
  result=ok
  if ((status != 0)); then result=FAILED failed=$((failed + 1)); fi
  summary+=("$(printf 'check: %-8s %-6s %4d s' "$step" "$result" $((SECONDS - started)))")
done
printf -- '---\n'
printf '%s\n' "${summary[@]}"
exit $((failed > 0))
