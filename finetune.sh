#!/usr/bin/env bash
# Fine-tunes a pre-trained model on tasks; see --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tools/scripts.sh"

usage() {
  cat <<'TEXT'
Usage: bash finetune.sh [FLAG VALUE ...] [FLAGS OF run_finetuning.py]

Fine-tunes a pre-trained model on each task (classification, reading comprehension,
tagging, choice, ranking: docs/fine_tuning.md), evaluates it, and predicts the test
files. Without anything it takes the model and the tasks of the sample.

  flag          variable    default       meaning
  --data-dir    DATA_DIR    the sample    Folder with models/MODEL_NAME and
                                          finetuning_data/TASK/.
  --model-name  MODEL_NAME  convbert_medium-small
                                          The pre-trained model.
  --tasks       TASKS       as in HPARAMS, else cola
                                          Tasks, with commas or spaces between them;
                                          --list-tasks prints those that are known.
  --hparams     HPARAMS     {}            More settings, as JSON or a .json file;
                                          docs/configuration.md lists them.

Other flags go to run_finetuning.py:
  --set KEY=VALUE   one setting        --print-config  print all settings and stop
  --dry-run         check all inputs, say what would be done, and stop
  --do-predict FILE ask the fine-tuned model about a file in the task's format

Examples:
  bash finetune.sh --data-dir ~/owt --model-name convbert_small --tasks cola,rte
  DATA_DIR=~/owt TASKS="mrpc" bash finetune.sh --set num_trials=5
TEXT
}

rest=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --data-dir) DATA_DIR="$(value_of "$@")"; shift ;;
    --model-name) MODEL_NAME="$(value_of "$@")"; shift ;;
    --tasks) TASKS="$(value_of "$@")"; shift ;;
    --hparams) HPARAMS="$(value_of "$@")"; shift ;;
    --list-tasks) run_python "$root/run_finetuning.py" --list-tasks; exit ;;
    *) rest+=("$1") ;;
  esac
  shift
done

if [ -z "${DATA_DIR:-}" ]; then
  DATA_DIR="$sample_dir"
  MODEL_NAME="${MODEL_NAME:-$sample_model}"
  TASKS="${TASKS:-$sample_tasks}"
  HPARAMS="${HPARAMS:-$root/tools/sample_finetuning.json}"
  [ -e "$DATA_DIR" ] || fail "the sample is not there yet; run build_data.sh first."
fi

[ -n "${HPARAMS:-}" ] || HPARAMS="{}"
settings=(--hparams "$HPARAMS")
if [ -n "${TASKS:-}" ]; then # "cola, rte" -> ["cola","rte"]
  names="$(echo "$TASKS" | tr -s ', ' '\n\n' | sed '/^$/d; s/.*/"&"/' | paste -sd, -)"
  settings+=(--set "task_names=[$names]")
fi

run_python "$root/run_finetuning.py" --data-dir "$DATA_DIR" \
  --model-name "${MODEL_NAME:-convbert_medium-small}" "${settings[@]}" \
  ${rest[@]+"${rest[@]}"}
