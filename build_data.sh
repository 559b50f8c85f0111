#!/usr/bin/env bash
# Turns a corpus into pre-training records; see --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tools/scripts.sh"

usage() {
  cat <<'TEXT'
Usage: bash build_data.sh [FLAG VALUE ...] [FLAGS OF build_pretraining_dataset.py]

Makes DATA_DIR/vocab.txt and DATA_DIR/pretrain_tfrecords/ from a corpus. Run again,
it continues where it stopped. Without anything it collects a sample corpus from the
documentation on this machine, and makes sample tasks of it too.

  flag              variable        default     meaning
  --data-dir        DATA_DIR        the sample  Where the result goes.
  --corpus          CORPUS          OpenWebText in DATA_DIR
                                                What to read: a folder, file or
                                                'pattern' of text, .jsonl, .gz or .xz;
                                                OpenWebText as openwebtext.tar.xz or
                                                as the folder openwebtext/.
  --vocab-file      VOCAB_FILE      DATA_DIR/vocab.txt
                                                The vocabulary, copied to DATA_DIR;
                                                trained on the corpus if there is none.
  --vocab-size      VOCAB_SIZE      30522       Its size, if it is to be trained.
  --max-seq-length  MAX_SEQ_LENGTH  128         Tokens in an example.
  --num-processes   NUM_PROCESSES   all cores   Processes that build.

Other flags go to build_pretraining_dataset.py:
  --documents {blank-lines,file,line,labelled}
                                        Where a document ends. Default: blank-lines;
                                        file for OpenWebText. labelled: each line is
                                        label<TAB>text[<TAB>second text].
  --segmentation {electra,convbert,nsp,sop,sso,blocks,sentences}
                                        How sentences become examples.
  --tokenizer {wordpiece,sentencepiece,char,space}
                                        The vocabulary is trained for it too; of
                                        sentencepiece it is DATA_DIR/vocab.model.
  --output-dir DIR                      Default: DATA_DIR/pretrain_tfrecords.
  --short-seq-prob P   --across-documents   --word-segmentation {none,spaces}
  --json-field NAME   --no-lower-case   --no-strip-accents   --dry-run   ...

Examples:
  bash build_data.sh --data-dir ~/owt --corpus ~/Downloads/openwebtext.tar.xz
  bash build_data.sh --data-dir ~/news --corpus ~/news/texts --vocab-file vocab.txt
  DATA_DIR=~/web CORPUS='crawl/*.jsonl.gz' bash build_data.sh --json-field content
TEXT
}

reading=() # Flags that training a vocabulary and building both take.
rest=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --data-dir) DATA_DIR="$(value_of "$@")"; shift ;;
    --corpus) CORPUS="$(value_of "$@")"; shift ;;
    --vocab-file) VOCAB_FILE="$(value_of "$@")"; shift ;;
    --vocab-size) VOCAB_SIZE="$(value_of "$@")"; shift ;;
    --max-seq-length) MAX_SEQ_LENGTH="$(value_of "$@")"; shift ;;
    --num-processes) NUM_PROCESSES="$(value_of "$@")"; shift ;;
    --do-lower-case | --no-lower-case | --do-strip-accents | --no-strip-accents)
      reading+=("$1") ;;
    --tokenizer | --json-field | --encoding-errors) reading+=("$1" "$(value_of "$@")"); shift ;;
    *) rest+=("$1") ;;
  esac
  shift
done

# Refuses a misspelt flag before anything that takes long.
check_flags() {
  local flag known
  [ "${#rest[@]}" -gt 0 ] || return 0
  known="$(run_python "$root/build_pretraining_dataset.py" --help)"
  for flag in "${rest[@]}"; do
    flag="${flag%%=*}"
    if [[ "$flag" == --* && "$known" != *"$flag"* ]]; then
      fail "unknown flag $flag; see --help."
    fi
  done
}

# The sample: corpus and tasks from this machine's documentation.
collect_sample() {
  CORPUS="$DATA_DIR/corpus"
  VOCAB_SIZE="${VOCAB_SIZE:-$sample_vocab_size}"
  MAX_SEQ_LENGTH="${MAX_SEQ_LENGTH:-$sample_length}"
  if [ ! -e "$DATA_DIR/corpus_report.json" ]; then
    echo "Collecting prose from the documentation on this machine ..."
    run_python -m tools.sample_corpus --output-dir "$DATA_DIR"
  fi
  if [ ! -e "$DATA_DIR/finetuning_data/tasks_report.json" ]; then
    run_python -m tools.sample_tasks --held-out "$DATA_DIR/held_out.jsonl" \
      --output-dir "$DATA_DIR/finetuning_data"
  fi
}

# The archive of archives becomes a folder of archives; those are read as they are.
unpack_openwebtext() {
  local folder="$DATA_DIR/openwebtext" partial="$DATA_DIR/openwebtext.partial"
  if [ ! -e "$folder" ]; then
    echo "Unpacking $CORPUS to $folder ..."
    rm -rf "$partial"
    mkdir -p "$partial"
    tar -xf "$CORPUS" -C "$partial"
    [ -d "$partial/openwebtext" ] ||
      fail "$CORPUS has no folder openwebtext in it; unpack it and name the folder."
    mv "$partial/openwebtext" "$folder"
    rmdir "$partial" 2>/dev/null || true
  fi
  CORPUS="$folder"
}

find_openwebtext() {
  local place
  for place in "$DATA_DIR/openwebtext" "$DATA_DIR/openwebtext.tar.xz"; do
    [ ! -e "$place" ] || { echo "$place"; return 0; }
  done
  fail "no corpus: name one with --corpus, or put openwebtext.tar.xz or" \
    "openwebtext/ into $DATA_DIR."
}

if [ -z "${DATA_DIR:-}" ] && [ -z "${CORPUS:-}" ]; then
  DATA_DIR="$sample_dir"
  check_flags
  collect_sample
elif [ -z "${DATA_DIR:-}" ]; then
  fail "--corpus needs --data-dir, the folder for the result; see --help."
fi
mkdir -p "$DATA_DIR"
CORPUS="${CORPUS:-$(find_openwebtext)}"
case "$CORPUS" in
  *openwebtext.tar.xz) check_flags; unpack_openwebtext ;;
esac
case "$CORPUS" in
  *openwebtext | *openwebtext/) rest=(--documents file ${rest[@]+"${rest[@]}"}) ;;
esac

build() {
  run_python "$root/build_pretraining_dataset.py" --corpus-dir "$CORPUS" \
    --vocab-file "$1" --output-dir "$DATA_DIR/pretrain_tfrecords" \
    --max-seq-length "${MAX_SEQ_LENGTH:-128}" \
    --num-processes "${NUM_PROCESSES:-$(num_cores)}" \
    ${reading[@]+"${reading[@]}"} ${rest[@]+"${rest[@]}"} "${@:2}"
}

vocab="$DATA_DIR/vocab.txt"
case " ${reading[*]-} " in
  *" --tokenizer sentencepiece "*) vocab="$DATA_DIR/vocab.model" ;;
esac
if [ -n "${VOCAB_FILE:-}" ] && [ "$VOCAB_FILE" != "$vocab" ]; then
  [ -f "$VOCAB_FILE" ] || fail "the vocabulary $VOCAB_FILE is no file."
  if [ -e "$vocab" ] && ! cmp -s "$VOCAB_FILE" "$vocab"; then
    fail "$vocab is another vocabulary than $VOCAB_FILE; move it away, or choose" \
      "another --data-dir."
  fi
  if [ ! -e "$vocab" ]; then
    build "$VOCAB_FILE" --dry-run >/dev/null # What is no vocabulary is not copied.
    cp "$VOCAB_FILE" "$vocab"
  fi
elif [ ! -e "$vocab" ]; then
  check_flags
  echo "Training a vocabulary of ${VOCAB_SIZE:-30522} tokens ..."
  run_python -m tools.build_vocab --corpus-dir "$CORPUS" --output "$vocab" \
    --vocab-size "${VOCAB_SIZE:-30522}" ${reading[@]+"${reading[@]}"}
fi

build "$vocab"
