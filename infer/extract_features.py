"""Writes the vectors that an encoder makes of texts; see --help.

`extract` gives them to Python, one text at a time.
"""

import argparse
import contextlib
import os
import sys
from typing import IO, Any, Dict, Iterable, Iterator, List, Optional

from util import logs

if __name__ == "__main__":
    logs.quiet()  # Before TensorFlow is imported.

from infer import extractor as extractor_lib
from infer import feature_files, texts
from infer import tally as tally_lib
from util import cli, files, gfile

_DESCRIPTION = """Writes the vectors that a pre-trained or fine-tuned encoder makes of
texts: one for each token, or with --pooling one for each text."""

_DETAILS = """examples:
  python3 -m infer.extract_features --model data/models/convbert_small texts.txt
  ... --pooling mean --layers -1,-2 --output texts.npz
  zcat texts.gz | python3 -m infer.extract_features --model DIR - --output texts.jsonl

A line of the input is a text, or two texts with ' ||| ' or a tab between them, which
become [CLS] A [SEP] B [SEP]. A blank line is a text without tokens, so that line n of
the input is line n of the output.

layers are counted from 0, the lowest, above the embeddings, or from -1, the highest,
which is what heads are given.

formats: jsonl is a line for each text, {"linex_index": 0, "features": [{"token":
"[CLS]", "layers": [{"index": -1, "values": [...]}]}, ...]}, with --pooling
{"linex_index": 0, "layers": [...]}. npz is arrays for numpy.load; docs/features.md
says which.
"""

STANDARD_OUTPUT = "-"


def extract(
    inputs: Iterable[texts.Text], model: str, **settings: Any
) -> Iterator[feature_files.Features]:
    """Loads a model and returns the vectors of each text, in order, one by one.

    For several calls, `extractor.Extractor` keeps the model.

    Args:
      inputs: Texts, and pairs of texts.
      model: A model folder, or the prefix of a checkpoint in it.
      **settings: Of `extractor.FeatureSettings` and others, see `Extractor`.

    Raises:
      FileNotFoundError: There is no checkpoint or no vocabulary.
      ValueError: A setting is unknown, impossible or contradicts the model.
    """
    return _extract_and_close(extractor_lib.Extractor(model, **settings), inputs)


def _extract_and_close(
    extractor: extractor_lib.Extractor, inputs: Iterable[texts.Text]
) -> Iterator[feature_files.Features]:
    with extractor:
        yield from extractor.extract(inputs)


def main(argv: List[str]) -> int:
    """Runs the command line; returns the exit code."""
    arguments = _parser().parse_args(_joined(argv))
    settings = _settings(arguments)
    output, form = _output(arguments)
    total = None
    if arguments.input != texts.STANDARD_INPUT:
        total = sum(1 for _ in texts.read(arguments.input))  # Reads every line.
        _check_count(total, arguments.input)
    with extractor_lib.Extractor(arguments.model, **settings) as extractor:
        _say_padding(extractor)
        header = feature_files.Header(
            extractor.settings.layers, extractor.tokenizer, _scratch_dir(output)
        )
        with _open(output) as stream:
            writer = feature_files.WRITERS[form](stream, header)
            tally = tally_lib.Tally(total)
            for features in extractor.extract(texts.read(arguments.input)):
                writer.write(features)
                tally.add(features)
            _check_count(tally.num_texts, arguments.input)
            writer.finish()
    print(tally.summary(output, extractor.max_seq_length), file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=_DESCRIPTION,
        epilog=_DETAILS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("input", help="Text file, UTF-8, also as .gz; - is standard input.")
    add(
        "--model",
        required=True,
        metavar="DIR",
        help="Model folder of pre-training or fine-tuning, folder of a published "
        "checkpoint, or the prefix of a checkpoint.",
    )
    add(
        "--output",
        metavar="FILE",
        help="File to write; replaced, when all is done. Default: the input's name "
        "with .features.jsonl or .features.npz; - is standard output.",
    )
    add(
        "--format",
        choices=sorted(feature_files.WRITERS),
        help="Default: npz for an --output that ends in .npz, else jsonl.",
    )
    add("--layers", metavar="N,N", help="Numbers of layers. Default: -1.")
    add(
        "--pooling",
        choices=extractor_lib.POOLINGS,
        help="One vector for each text and layer: of its first token ([CLS]), of its "
        "last, or mean or maximum of all of its tokens, special ones included.",
    )
    add(
        "--max-seq-length",
        type=int,
        metavar="T",
        help="Longest sequence in tokens, the rest is cut off, of the longer of two "
        "texts first. Default: that of the model's training.",
    )
    add(
        "--batch-size",
        type=int,
        metavar="B",
        help="Texts in a batch; of short texts there are more. Default: 32.",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="Another setting, such as num_gpus=0, precision=bfloat16 or, for "
        "checkpoints without config.json, vocab_file=FILE or do_lower_case=false; may "
        "be repeated.",
    )
    return parser


def _joined(argv: List[str]) -> List[str]:
    """Returns arguments in which `--layers -1,-2` is one: it looks like two flags."""
    result: List[str] = []
    for argument in argv:
        if result and result[-1] == "--layers":
            result[-1] += "=" + argument
        else:
            result.append(argument)
    return result


def _settings(arguments: argparse.Namespace) -> Dict[str, Any]:
    """Returns the user's settings by name, those with a flag of their own last.

    Raises:
      ValueError: --layers or a KEY=VALUE cannot be understood.
    """
    settings = cli.hparams(argparse.Namespace(hparams="{}", set=arguments.set))
    if arguments.layers is not None:
        try:
            layers = [int(number) for number in arguments.layers.split(",")]
        except ValueError as error:
            raise ValueError(
                "--layers takes numbers with commas between them, such as -1,-2; got "
                "%r." % arguments.layers
            ) from error
        settings["layers"] = layers
    for name in ("pooling", "max_seq_length", "batch_size"):
        if getattr(arguments, name) is not None:
            settings[name] = getattr(arguments, name)
    return settings


def _output(arguments: argparse.Namespace) -> Any:
    """Returns (path, format) of what is to be written.

    Raises:
      FileNotFoundError: Its folder does not exist.
      ValueError: Nobody says where, or it is a folder or the input.
    """
    path, form = arguments.output, arguments.format
    if form is None:
        is_npz = bool(path) and path.endswith("." + feature_files.NPZ)
        form = feature_files.NPZ if is_npz else feature_files.JSON_LINES
    if not path and arguments.input == texts.STANDARD_INPUT:
        raise ValueError("The input is standard input; say with --output where to.")
    path = path or "%s.features.%s" % (arguments.input, form)
    if path != STANDARD_OUTPUT:
        if not gfile.is_remote(path):  # Elsewhere folders come with their files.
            files.require_dir(os.path.dirname(path) or ".", "output folder")
        if gfile.isdir(path):
            raise ValueError("--output %s is a folder; name a file in it." % path)
        if os.path.abspath(path) == os.path.abspath(arguments.input):
            raise ValueError("--output %s is the input; name another file." % path)
    return path, form


def _check_count(count: int, path: str) -> None:
    if not count:
        raise ValueError("The input %s has no line; nothing was written." % path)


def _say_padding(extractor: extractor_lib.Extractor) -> None:
    if extractor.pad_to is not None and extractor.settings.pad_to_longest:
        print(
            "Every text is padded to %d tokens, for this model's vectors depend on it. "
            "A smaller --max-seq-length is faster." % extractor.pad_to,
            file=sys.stderr,
        )


def _scratch_dir(output: str) -> Optional[str]:
    if output == STANDARD_OUTPUT or gfile.is_remote(output):
        return None
    return os.path.dirname(output) or "."


@contextlib.contextmanager
def _open(path: str) -> Iterator[IO]:
    """Opens a file of bytes that appears when it is whole, or standard output."""
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    files.remove_unfinished(path)
    with files.replacing(path) as stream:
        yield stream


if __name__ == "__main__":
    cli.main(main)
