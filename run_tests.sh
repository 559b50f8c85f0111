#!/usr/bin/env bash
# Makes the environment and runs every test; see --help.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: bash run_tests.sh [PYTEST_ARGUMENT ...]

Makes the environment with the developers' tools (tools/environment.sh --dev), then
runs the whole test suite. Arguments go to pytest:

  bash run_tests.sh                        everything
  bash run_tests.sh tests/model -k padding a part of it
  bash run_tests.sh -n 2                   in two processes

Environment variables: VENV and PYTHON as in tools/environment.sh.
REAL_DATA_DIR names a folder with real data sets; without it the tests that need
them are skipped.
TEXT
}

case "${1:-}" in -h | --help) usage; exit 0 ;; esac

cd "$(dirname "${BASH_SOURCE[0]}")"
export VENV="${VENV:-.venv}"
bash tools/environment.sh --dev
exec "$VENV/bin/python" -m pytest -q "$@"
