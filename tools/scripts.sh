# What the scripts in the repository's root share; they source it.

# The folder of the repository, so that the scripts can be called from anywhere and
# paths mean what they mean to the caller.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-3}" # TensorFlow's own chatter.

# The sample that the scripts work on unless told otherwise.
sample_dir="${SAMPLE_DIR:-$root/quickstart}"
sample_model=convbert_tiny
sample_tasks=cola,sst
sample_vocab_size=4096
sample_length=64

fail() {
  echo "error: $*" >&2
  exit 2
}

# The value of a flag: value_of --flag "$@" with the flag as the first of "$@".
value_of() {
  [ $# -ge 2 ] || fail "$1 needs a value; see --help."
  echo "$2"
}

python3_with_tensorflow() {
  python3 -c 'import importlib.util as find; assert find.find_spec("tensorflow")' \
    >/dev/null 2>&1 ||
    fail "there is no environment yet; bash tools/environment.sh makes it."
  echo python3
}

# Runs Python: $PYTHON if set, else the repository's environment, else python3.
run_python() {
  local python="${PYTHON:-}"
  if [ -z "$python" ]; then
    python="${VENV:-.venv}/bin/python"
    case "$python" in /*) ;; *) python="$root/$python" ;; esac
    [ -x "$python" ] || python="$(python3_with_tensorflow)"
  fi
  "$python" "$@"
}

num_cores() {
  getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}
