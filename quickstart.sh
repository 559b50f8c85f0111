#!/usr/bin/env bash
# From a fresh clone to a fine-tuned ConvBERT in minutes; see --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tools/scripts.sh"

usage() {
  cat <<'TEXT'
Usage: bash quickstart.sh [--output DIR]

Makes the environment, collects a sample corpus from the documentation on this
machine, builds vocabulary and records, pre-trains a tiny ConvBERT, and fine-tunes it
and the same network with random weights on two sample tasks. Ends with a table
of both networks' scores, the learning curve, and the folder where everything lies.

Takes less than ten minutes on two cores once the packages are installed, and needs
no network but for these. Run again after an interruption, it goes on where it
stopped.

  --output DIR  Folder for everything. Default: quickstart in the repository.
  --help        Show this text.

Environment variables: VENV and PYTHON as in tools/environment.sh.
TEXT
}

while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --output) sample_dir="$(value_of "$@")"; shift ;;
    *) fail "unknown argument '$1'; see --help." ;;
  esac
  shift
done
mkdir -p "$sample_dir"
export SAMPLE_DIR="$(cd "$sample_dir" && pwd)"

stage() {
  printf '\n== %s (after %d s)\n' "$1" "$SECONDS"
}

# Nothing that steers the three scripts elsewhere may change the sample.
unset DATA_DIR CORPUS VOCAB_FILE VOCAB_SIZE MAX_SEQ_LENGTH MODEL_NAME MODEL_SIZE
unset HPARAMS TASKS

stage "1/5 Environment"
bash "$root/tools/environment.sh"
unset PYTHON # From here on the environment's.
SECONDS=0

stage "2/5 Sample corpus, vocabulary, records, tasks"
bash "$root/build_data.sh"

stage "3/5 Pre-training a tiny ConvBERT"
bash "$root/pretrain.sh"

stage "4/5 Fine-tuning it"
bash "$root/finetune.sh"

stage "5/5 Fine-tuning the same network with random weights"
bash "$root/finetune.sh" --set init_checkpoint=none

stage "Done"
run_python -m tools.quickstart_report --data-dir "$SAMPLE_DIR" \
  --model-name "$sample_model" --tasks "$sample_tasks"
