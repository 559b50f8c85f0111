#!/usr/bin/env bash
# Makes the virtual environment that everything else runs in; see --help.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: bash tools/environment.sh [--dev]

Makes a virtual environment with the TensorFlow that fits this machine, or does
nothing if it is there and complete. An interrupted one is made again.

  --dev   Also install what tests, lint and type checks need.
  --help  Show this text.

Environment variables:
  VENV    The folder of the environment, seen from the repository.
          Default: .venv
  PYTHON  The interpreter: a version (3.7), a name on the PATH or a path.
          Default: the newest of Python 3.11, 3.10, 3.9, 3.7 that is found.

Python 3.9 to 3.11 gets TensorFlow 2.15, Python 3.7 gets TensorFlow 1.15. On Linux
x86-64 TensorFlow 2.15 is the CUDA build if `nvidia-smi -L` shows a GPU, else the
smaller CPU build.
TEXT
}

# Where to look for interpreters of a version, in this order.
candidates() {
  local version="$1" shim
  echo "python$version"
  echo python3
  echo python
  for shim in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
    echo "$shim"
  done
  if command -v uv >/dev/null 2>&1; then
    uv python find "$version" 2>/dev/null || true
  fi
}

# The X.Y of an interpreter that can make environments; fails for anything else,
# such as a pyenv shim without a version behind it.
version_of() {
  "$1" -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])' \
    2>/dev/null
}

# Prints an interpreter of the given version, or fails.
find_version() {
  local version="$1" candidate
  while read -r candidate; do
    if [ "$(version_of "$candidate" || true)" = "$version" ]; then
      echo "$candidate"
      return 0
    fi
  done < <(candidates "$version")
  return 1
}

# As find_version, but lets uv download an interpreter if there is none.
find_or_get_version() {
  find_version "$1" && return 0
  command -v uv >/dev/null 2>&1 || return 1
  echo "No Python $1 here; asking uv for one." >&2
  uv python install "$1" >&2 && find_version "$1"
}

find_any() {
  local version
  for version in 3.11 3.10 3.9 3.7; do
    find_version "$version" && return 0
  done
  find_or_get_version 3.11
}

find_python() {
  case "${PYTHON:-}" in
    "") find_any ;;
    3.7 | 3.9 | 3.10 | 3.11) find_or_get_version "$PYTHON" ;;
    *) if version_of "$PYTHON" >/dev/null; then echo "$PYTHON"; else return 1; fi ;;
  esac
}

# The interpreter behind links. With an environment switched on, python is a link in
# it, and making the environment anew would pull its own floor away.
behind_links() {
  "$1" -c 'import os, sys; print(os.path.realpath(sys.executable))'
}

no_python() {
  {
    echo "error: no usable Python ${PYTHON:-3.9, 3.10, 3.11 or 3.7} was found."
    echo "TensorFlow with the Estimator API exists for Python 3.9 to 3.11 (TensorFlow"
    echo "2.15) and Python 3.7 (TensorFlow 1.15) only; this machine's python3 is:" \
      "$(python3 --version 2>/dev/null || echo none)."
    echo "Install one of them with its venv module (Debian, Ubuntu: apt-get install"
    echo "python3.11 python3.11-venv; any system: uv or pyenv install 3.11), or name"
    echo "it: PYTHON=/path/to/python3.11 bash tools/environment.sh"
  } >&2
  exit 1
}

# The requirement line of TensorFlow for a version of Python and this machine.
tensorflow_for() {
  case "$1" in
    3.7) echo "tensorflow==1.15" ;;
    3.9 | 3.10 | 3.11)
      if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "tensorflow>=2.15,<2.16"
      elif nvidia-smi -L 2>/dev/null | grep -q "^GPU"; then
        echo "tensorflow[and-cuda]>=2.15,<2.16"
      else
        echo "tensorflow-cpu>=2.15,<2.16"
      fi
      ;;
    *) return 1 ;;
  esac
}

digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi |
    cut -c 1-64
}

# One retry, because package indexes have hiccups.
pip_install() {
  local install=("$VENV/bin/python" -m pip --disable-pip-version-check install -qq)
  "${install[@]}" "$@" && return 0
  echo "Installing failed; trying once more in 10 seconds." >&2
  sleep 10
  "${install[@]}" "$@"
}

# A stamp names exactly what was installed; it is written last. An environment
# without the right stamp may be half-made, and is made anew.
make_environment() {
  if [ -e "$VENV" ] && [ ! -e "$VENV/$mark" ] && [ -n "$(ls -A "$VENV")" ]; then
    echo "error: $VENV exists and was not made by tools/environment.sh, so it is" \
      "left alone. Choose another folder: VENV=... bash tools/environment.sh" >&2
    exit 1
  fi
  echo "Making $VENV: Python $version, $tensorflow (minutes, once) ..."
  mkdir -p "$VENV"
  : >"$VENV/$mark"
  rm -f "$VENV/$stamp_core" "$VENV/$stamp_dev"
  python="$(behind_links "$python")"
  "$python" -m venv --clear "$VENV"
  : >"$VENV/$mark"
  pip_install "$tensorflow" -r requirements-core.txt
  echo "$wanted_core" >"$VENV/$stamp_core"
}

add_developer_tools() {
  echo "Adding the developers' tools to $VENV ..."
  pip_install -r requirements-dev.txt -r requirements-core.txt
  echo "$wanted_dev" >"$VENV/$stamp_dev"
}

# Whether the stamp holds what is wanted and the interpreter still starts.
is_complete() {
  [ "$(cat "$VENV/$1" 2>/dev/null)" = "$2" ] && "$VENV/bin/python" -c "" 2>/dev/null
}

# Says what is wanted for a version of Python, in $tensorflow and the two digests.
plan() {
  version="$1"
  tensorflow="$(tensorflow_for "$version")" || no_python
  wanted_core="$({ echo "$version $tensorflow"; cat requirements-core.txt; } | digest)"
  wanted_dev="$({ echo "$wanted_core"; cat requirements-dev.txt; } | digest)"
}

# Whether the environment is there and complete, whatever interpreter made it.
is_ready() {
  local existing
  existing="$(version_of "$VENV/bin/python")" || return 1
  case "${PYTHON:-}" in
    "" | "$existing") plan "$existing" ;;
    *) plan "$(version_of "$(find_python)" || true)" ;;
  esac
  is_complete "$stamp_core" "$wanted_core"
}

dev=false
for argument in "$@"; do
  case "$argument" in
    --dev) dev=true ;;
    -h | --help) usage; exit 0 ;;
    *) echo "error: unknown argument '$argument'; see --help." >&2; exit 2 ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
VENV="${VENV:-.venv}"
mark=.made-by-environment.sh
stamp_core=.stamp-core
stamp_dev=.stamp-dev

if ! is_ready; then
  python="$(find_python)" || no_python
  plan "$(version_of "$python")"
  make_environment
fi
if [ "$dev" = true ] && ! is_complete "$stamp_dev" "$wanted_dev"; then
  add_developer_tools
fi
echo "Environment: $VENV (Python $version, $tensorflow)"
