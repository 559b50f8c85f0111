"""The command lines of the two builders."""

import argparse
import os
import signal
import sys
from typing import Any, List

from model import tokenization
from pretrain.data import builder, settings

_GENERAL_EXAMPLES = """examples:
  # A folder of text files, blank lines between documents:
  python3 build_pretraining_dataset.py --corpus-dir corpus --vocab-file vocab.txt \\
      --output-dir data/pretrain_tfrecords --num-processes 8
  # JSON lines, the text in field "content", with a sentencepiece model:
  python3 build_pretraining_dataset.py --corpus-dir 'crawl/*.jsonl.gz' \\
      --json-field content --vocab-file spm.model --tokenizer sentencepiece \\
      --output-dir data/pretrain_tfrecords
  # Pairs for StructBERT's sentence objective; each line is a sentence:
  python3 build_pretraining_dataset.py --corpus-dir corpus --vocab-file vocab.txt \\
      --output-dir data/pairs --segmentation sso
  # Text without padding for a language model:
  python3 build_pretraining_dataset.py --corpus-dir corpus --vocab-file vocab.txt \\
      --output-dir data/blocks --segmentation blocks --across-documents
  # Labelled lines, label<TAB>text or label<TAB>text<TAB>second text:
  python3 build_pretraining_dataset.py --corpus-dir reviews.tsv \\
      --vocab-file vocab.txt --output-dir data/reviews --documents labelled
  # Chinese text that is written with spaces between words, to mask whole words:
  python3 build_pretraining_dataset.py --corpus-dir segmented --vocab-file vocab.txt \\
      --output-dir data/words --word-segmentation spaces

segmentations (what a record has besides input_ids, input_mask and segment_ids):
  electra    one or two segments by ELECTRA's rule; no token is lost
  convbert   the rule that ConvBERT published: inverted, loses tokens
  nsp        pairs for BERT: half (A, the text that follows), half (A, text of another
             document) (sentence_relation: 0 random, 1 next, 2 previous)
  sop        pairs for ALBERT: half in order, half swapped (sentence_relation)
  sso        pairs for StructBERT: a third next, a third previous, a third of another
             document (sentence_relation)
  blocks     one segment of as many tokens as fit: for language models
  sentences  one segment of as many whole sentences as fit

The result depends on the corpus, the vocabulary, the settings and the seed, not on
the number of processes. A build that was interrupted continues when the same
command is run again; a folder with another build is not touched.
"""

_OPENWEBTEXT_EXAMPLES = """examples:
  python3 build_openwebtext_pretraining_dataset.py --data-dir data --num-processes 8

DATA_DIR/openwebtext holds the archives (*.xz), DATA_DIR/vocab.txt the vocabulary;
the records go to DATA_DIR/pretrain_tfrecords. The archives are read as they are,
nothing is extracted.
"""


def general(argv: List[str]) -> int:
    """Runs build_pretraining_dataset.py; returns the exit code."""
    parser = _parser(
        "Turns text into TFRecords for pre-training. Reads plain text, .jsonl, both "
        "also as .gz or .xz, and tar archives.",
        _GENERAL_EXAMPLES,
    )
    add = parser.add_argument
    add(
        "--corpus-dir",
        required=True,
        help="Folder, file or 'pattern' of text; several with commas between them.",
    )
    add("--vocab-file", required=True, help="Vocabulary file.")
    add("--output-dir", required=True, help="Folder for the records.")
    _add_common(parser)
    add(
        "--documents",
        choices=_choices("documents"),
        help="Where a document ends: at blank lines (default), with the file or with "
        "the line; or labelled: each line is an example with a label, a whole number "
        "(label<TAB>text[<TAB>second text]), which the records have as feature label.",
    )
    add(
        "--blanks-separate-docs",
        nargs="?",
        const=True,
        type=_boolean,
        help="True: as --documents blank-lines; False: as --documents file.",
    )
    return _run(_checked(parser, parser.parse_args(argv)))


def openwebtext(argv: List[str]) -> int:
    """Runs build_openwebtext_pretraining_dataset.py; returns the exit code."""
    parser = _parser(
        "Turns the OpenWebText archives into TFRecords for pre-training.",
        _OPENWEBTEXT_EXAMPLES,
    )
    parser.add_argument(
        "--data-dir", required=True, help="Folder with openwebtext/ and vocab.txt."
    )
    parser.add_argument("--vocab-file", help="Default: DATA_DIR/vocab.txt.")
    _add_common(parser)
    arguments = parser.parse_args(argv)
    folder = arguments.data_dir
    arguments.corpus_dir = os.path.join(folder, "openwebtext")
    arguments.output_dir = os.path.join(folder, "pretrain_tfrecords")
    arguments.vocab_file = arguments.vocab_file or os.path.join(folder, "vocab.txt")
    arguments.documents = "file"
    return _run(arguments)


def _parser(description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    defaults = settings.DataSettings()
    add = parser.add_argument
    add(
        "--max-seq-length",
        type=int,
        default=defaults.max_seq_length,
        help="Tokens in an example. Default: %(default)s.",
    )
    add("--num-processes", type=int, default=1, help="Processes. Default: 1.")
    add("--num-out-files", type=int, help="Record files. Default: by corpus size.")
    add("--seed", type=int, default=defaults.seed, help="Default: %(default)s.")
    _add_packing(parser)
    add("--json-field", default=defaults.json_field, help="Field of .jsonl with text.")
    add(
        "--encoding-errors",
        choices=["strict", "replace"],
        default=defaults.encoding_errors,
        help="Stop at bytes that are not UTF-8 (default), or replace and count them.",
    )
    add("--overwrite", action="store_true", help="Replace another build.")
    add("--dry-run", action="store_true", help="Check every input and stop.")
    _add_tokenizer(parser)


def _add_packing(parser: argparse.ArgumentParser) -> None:
    defaults = settings.DataSettings()
    add = parser.add_argument
    add(
        "--segmentation",
        choices=_choices("segmentation"),
        default=defaults.segmentation,
        help="How sentences become examples; see below. Default: %(default)s.",
    )
    add(
        "--short-seq-prob",
        type=float,
        help="Probability of gathering an example to a random shorter length only. "
        "Default: 0.05 for electra and convbert, 0.1 for nsp, sop and sso, 0 for "
        "blocks and sentences.",
    )
    add(
        "--across-documents",
        action="store_true",
        help="Let blocks and sentences go on with the next document, after a [SEP] "
        "that takes the place of a token.",
    )
    add(
        "--word-segmentation",
        choices=_choices("word_segmentation"),
        default=defaults.word_segmentation,
        help="spaces: words are what is between spaces, as in segmented Chinese; the "
        "records tell where a word goes on (continues_word), for masking whole words. "
        "Default: %(default)s.",
    )


def _choices(name: str) -> List[str]:
    return settings.DataSettings.__dataclass_fields__[name].metadata["choices"]


def _add_tokenizer(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--tokenizer",
        choices=list(tokenization.KINDS),
        default="wordpiece",
        help="Kind of vocabulary. Default: %(default)s.",
    )
    add("--do-lower-case", dest="do_lower_case", action="store_true", help="(default)")
    add("--no-lower-case", dest="do_lower_case", action="store_false")
    add(
        "--do-strip-accents",
        dest="strip_accents",
        action="store_true",
        help="Default for lower-cased text; other text always keeps its accents.",
    )
    add("--no-strip-accents", dest="strip_accents", action="store_false")
    parser.set_defaults(do_lower_case=True, strip_accents=None)
    add(
        "--allow-damaged-vocab",
        action="store_true",
        help="Accept repeated or mis-converted tokens in the vocabulary.",
    )


def _boolean(text: str) -> bool:
    values = {"true": True, "1": True, "yes": True}
    values.update({"false": False, "0": False, "no": False, "": False})
    if text.lower() not in values:
        raise argparse.ArgumentTypeError("expected True or False, got %r" % text)
    return values[text.lower()]


def _checked(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace
) -> argparse.Namespace:
    """Lets --blanks-separate-docs and --documents say the same thing, or refuses."""
    if arguments.blanks_separate_docs is not None:
        meant = "blank-lines" if arguments.blanks_separate_docs else "file"
        if arguments.documents not in (None, meant):
            parser.error(
                "--blanks-separate-docs %s means --documents %s, but --documents is %s"
                % (arguments.blanks_separate_docs, meant, arguments.documents)
            )
        arguments.documents = meant
    arguments.documents = arguments.documents or "blank-lines"
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    request = builder.Request(
        corpus=arguments.corpus_dir,
        output_dir=arguments.output_dir,
        data=_section(settings.DataSettings, arguments),
        tokenizer=_section(tokenization.TokenizerSettings, arguments),
        num_processes=arguments.num_processes,
        overwrite=arguments.overwrite,
        dry_run=arguments.dry_run,
    )
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        builder.build(request)
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _section(section: Any, arguments: argparse.Namespace) -> Any:
    names = section.__dataclass_fields__
    return section(**{name: getattr(arguments, name) for name in names})


def _terminate(number: int, unused_frame: Any) -> None:
    """Ends the build as Ctrl-C does: workers are told, temporary files removed."""
    sys.exit(128 + number)
