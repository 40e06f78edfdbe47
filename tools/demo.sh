#!/usr/bin/env bash
# What ./run demo runs once the program is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec build/release/millrace demo "$@"
