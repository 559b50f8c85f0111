#!/usr/bin/env bash
# Pre-trains a model on the records that build_data.sh made; see --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tools/scripts.sh"

usage() {
  cat <<'TEXT'
Usage: bash pretrain.sh [FLAG VALUE ...] [FLAGS OF run_pretraining.py]

Pre-trains a model; run again, it continues where it stopped. Without anything it
pre-trains a tiny ConvBERT on the sample that build_data.sh collects.

  flag          variable    default         meaning
  --data-dir    DATA_DIR    the sample      Folder with vocab.txt and
                                            pretrain_tfrecords/; models/ is made in it.
  --model-name  MODEL_NAME  convbert_SIZE   Folder of the model in DATA_DIR/models.
  --model-size  MODEL_SIZE  as in HPARAMS, else medium-small
                                            tiny, small, medium-small, base,
                                            electra-small, bert-base, ...
  --recipe      RECIPE      none            A published model's settings, under all
                                            others: --list-recipes shows them. It
                                            needs --data-dir, and names the model.
  --hparams     HPARAMS     {}              More settings, as JSON or a .json file;
                                            docs/configuration.md lists them.

Other flags go to run_pretraining.py:
  --set KEY=VALUE   one setting        --print-config  print all settings and stop
  --dry-run         check all inputs, say what would be done, and stop
  --max-hours HOURS train for so long, with a learning rate that ends at zero
  --list-recipes    print the recipes and how their records are built, and stop

Examples:
  bash pretrain.sh --data-dir ~/owt --model-size small
  DATA_DIR=~/owt MODEL_SIZE=base bash pretrain.sh --set num_gpus=4 --dry-run
  bash pretrain.sh --data-dir ~/pairs --recipe structbert-base
TEXT
}

rest=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --data-dir) DATA_DIR="$(value_of "$@")"; shift ;;
    --model-name) MODEL_NAME="$(value_of "$@")"; shift ;;
    --model-size) MODEL_SIZE="$(value_of "$@")"; shift ;;
    --hparams) HPARAMS="$(value_of "$@")"; shift ;;
    --recipe) RECIPE="$(value_of "$@")"; shift ;;
    --list-recipes) run_python "$root/run_pretraining.py" --list-recipes; exit ;;
    *) rest+=("$1") ;;
  esac
  shift
done

RECIPE="${RECIPE:-}"
if [ -z "${DATA_DIR:-}" ]; then
  [ -z "$RECIPE" ] || fail "--recipe needs --data-dir: the sample has its own settings."
  DATA_DIR="$sample_dir"
  MODEL_NAME="${MODEL_NAME:-$sample_model}"
  MODEL_SIZE="${MODEL_SIZE:-tiny}"
  HPARAMS="${HPARAMS:-$root/tools/sample_pretraining.json}"
  [ -e "$DATA_DIR" ] || fail "the sample is not there yet; run build_data.sh first."
fi
[ -n "${HPARAMS:-}" ] || HPARAMS="{}"

# The model size that --hparams or --set names, the last one of several.
size_in_settings() {
  {
    if [ -f "$HPARAMS" ]; then cat "$HPARAMS"; else echo "$HPARAMS"; fi
    printf '%s\n' ${rest[@]+"${rest[@]}"}
  } | sed -nE 's/.*model_size"? *[:=] *"?([A-Za-z0-9._-]+).*/\1/p' | tail -n 1
}

MODEL_SIZE="${MODEL_SIZE:-$(size_in_settings)}"
settings=(--hparams "$HPARAMS")
if [ -n "$RECIPE" ]; then # It has a size of its own and gives the model its name.
  settings=(--recipe "$RECIPE" "${settings[@]}")
  default_name="$(basename "$RECIPE" .json)"
else
  MODEL_SIZE="${MODEL_SIZE:-medium-small}"
  default_name="convbert_$MODEL_SIZE"
fi
[ -z "$MODEL_SIZE" ] || settings+=(--set "model_size=$MODEL_SIZE")

run_python "$root/run_pretraining.py" --data-dir "$DATA_DIR" \
  --model-name "${MODEL_NAME:-$default_name}" "${settings[@]}" \
  ${rest[@]+"${rest[@]}"}
