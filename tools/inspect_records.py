"""Verifies pre-training records and prints some of them as text; see --help."""

import argparse
import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

from util import logs

if __name__ == "__main__":
    logs.quiet()  # Before TensorFlow is imported.

import numpy as np

from model import tokenization
from pretrain.data import manifest as manifest_lib
from pretrain.data import settings as data_settings
from pretrain.data import shard
from util import cli, files, parsing, records
from util import settings as settings_lib

_EXAMPLES = """examples:
  python3 -m tools.inspect_records data/pretrain_tfrecords
  python3 -m tools.inspect_records data/pretrain_tfrecords --vocab-file vocab.txt \\
      --num-examples 3

The exit code is 1 if anything is damaged; the shard and the record are named.
"""


class Statistics:
    """Adds up what the records hold."""

    def __init__(self) -> None:
        self.records = 0
        self.tokens = 0
        self.two_segments = 0
        self.largest_id = 0

    def add(self, example: Dict[str, np.ndarray]) -> None:
        self.records += 1
        self.tokens += int(example["input_mask"].sum())
        self.two_segments += bool(example["segment_ids"].any())
        self.largest_id = max(self.largest_id, int(example["input_ids"].max()))

    def __str__(self) -> str:
        count = max(self.records, 1)
        return (
            "records %d, tokens %d (%.1f in each), two segments %.1f %%, largest id %d"
            % (
                self.records,
                self.tokens,
                self.tokens / count,
                100 * self.two_segments / count,
                self.largest_id,
            )
        )


def check_shard(
    path: str,
    sizes: Optional[Dict[str, int]],
    vocab_size: Optional[int],
    entry: Optional[Dict[str, Any]] = None,
) -> Iterator[Dict[str, np.ndarray]]:
    """Yields the examples of a shard, each one checked.

    Args:
      path: The shard.
      sizes: Number of values of each feature; None: as the first record has them.
      vocab_size: Ids must be below it; None for no limit.
      entry: What the manifest says of the shard.

    Raises:
      FileNotFoundError: The shard does not exist.
      ValueError: A record is damaged, or the shard is not what the manifest says.
    """
    count = 0
    for number, record in enumerate(records.read(path)):
        example = {
            name: np.array(values) for name, values in parsing.decode(record).items()
        }
        if sizes is None:
            sizes = _sizes_of(example)
        problem = _problem(example, sizes, vocab_size)
        if problem:
            raise ValueError("%s: record %d: %s" % (path, number, problem))
        count += 1
        yield example
    if entry and count != entry["records"]:
        raise ValueError(
            "%s holds %d records, its manifest says %d."
            % (path, count, entry["records"])
        )
    if entry and files.sha256(path) != entry["sha256"]:
        raise ValueError("%s is not the file in the manifest: sha256 differs." % path)


def _sizes_of(example: Dict[str, np.ndarray]) -> Dict[str, int]:
    """Returns the size of each feature; those of the tokens must be alike."""
    length = len(example.get("input_ids", ()))
    sizes = {name: len(values) for name, values in example.items()}
    return dict(sizes, **{name: length for name in shard.FEATURES})


def _problem(
    example: Dict[str, np.ndarray],
    sizes: Dict[str, int],
    vocab_size: Optional[int],
) -> Optional[str]:
    """Returns what is wrong with an example, None if nothing is."""
    if sorted(example) != sorted(sizes):
        return "features %s, expected %s" % (sorted(example), sorted(sizes))
    for name, size in sizes.items():
        if len(example[name]) != size:
            return "%s has %d values, expected %d" % (name, len(example[name]), size)
    ids, mask = example["input_ids"], example["input_mask"]
    if ids.min() < 0 or (vocab_size and ids.max() >= vocab_size):
        return "ids from %d to %d, expected 0 to %s" % (
            ids.min(),
            ids.max(),
            (vocab_size or 0) - 1 if vocab_size else "...",
        )
    used = int(mask.sum())
    if used < 3 or not (mask[:used] == 1).all() or mask[used:].any():
        return "input_mask is not ones followed by zeros"
    if ids[used:].any() or example["segment_ids"][used:].any():
        return "there is something behind the last token"
    return None


def describe(example: Dict[str, np.ndarray], tokenizer: tokenization.Tokenizer) -> str:
    """Returns an example as text; the second segment follows ||."""
    used = int(example["input_mask"].sum())
    tokens = tokenizer.tokens(example["input_ids"][:used].tolist())
    segments = example["segment_ids"][:used]
    first = [token for token, segment in zip(tokens, segments) if segment == 0]
    second = [token for token, segment in zip(tokens, segments) if segment == 1]
    more = [
        "(%s %d)" % (name, values[0])
        for name, values in sorted(example.items())
        if len(values) == 1
    ]
    return " ".join((first + ["||"] + second if second else first) + more)


def main(argv: List[str]) -> int:
    """Runs the command; returns 1 if anything is damaged."""
    arguments = _parser().parse_args(argv)
    folder = files.require_dir(arguments.records_dir, "records folder")
    manifest = manifest_lib.read(folder)
    tokenizer = _tokenizer(arguments, manifest)
    entries = {entry["name"]: entry for entry in manifest.shards} if manifest else {}
    paths = files.list_files(os.path.join(folder, "pretrain_data.tfrecord-*[0-9]"))
    paths = sorted(set(paths) | {os.path.join(folder, name) for name in entries})
    if not paths:
        raise FileNotFoundError("%s holds no records." % folder)
    sizes, vocab_size = _limits(manifest, tokenizer)
    statistics, damaged = Statistics(), 0
    for path in paths:
        entry = entries.get(os.path.basename(path))
        try:
            for example in check_shard(path, sizes, vocab_size, entry):
                if tokenizer and statistics.records < arguments.num_examples:
                    print(describe(example, tokenizer))
                statistics.add(example)
        except (ValueError, FileNotFoundError) as error:
            print("damaged: %s" % error)
            damaged += 1
    print(statistics)
    print("%d shards, %d of them damaged" % (len(paths), damaged))
    return 1 if damaged else 0


def _limits(
    manifest: Optional[manifest_lib.Manifest],
    tokenizer: Optional[tokenization.Tokenizer],
) -> Tuple[Optional[Dict[str, int]], Optional[int]]:
    """Returns (sizes of the features, size of the vocabulary) as far as known."""
    if manifest is None:
        print("There is no manifest.json; only the records themselves are checked.")
        return None, tokenizer.vocab_size if tokenizer else None
    if not manifest.complete:
        print("The build is not complete: %d shards are done." % len(manifest.shards))
    data = settings_lib.from_dict(data_settings.DataSettings, manifest.settings)
    sizes = {spec.name: spec.size for spec in shard.specs(data)}
    return sizes, manifest.tokenizer["vocab_size"]


def _tokenizer(
    arguments: argparse.Namespace, manifest: Optional[manifest_lib.Manifest]
) -> Optional[tokenization.Tokenizer]:
    if arguments.vocab_file is None:
        return None
    kind = arguments.tokenizer
    if kind is None:
        kind = manifest.tokenizer["tokenizer"] if manifest else "wordpiece"
    tokenizer = tokenization.build(
        tokenization.TokenizerSettings(
            tokenizer=kind, vocab_file=arguments.vocab_file, allow_damaged_vocab=True
        )
    )
    if manifest and tokenizer.digest != manifest.vocab_digest:
        raise ValueError(
            "The records were built with another vocabulary (%s, sha256 %s...) than %s "
            "(%s...)."
            % (
                manifest.tokenizer["vocab_file"],
                manifest.vocab_digest[:12],
                arguments.vocab_file,
                tokenizer.digest[:12],
            )
        )
    return tokenizer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Verifies pre-training records and prints some as text.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("records_dir", help="Folder of the records.")
    add("--vocab-file", help="Their vocabulary; needed to print examples.")
    add("--tokenizer", choices=list(tokenization.KINDS))
    add("--num-examples", type=int, default=5, help="How many. Default: %(default)s.")
    return parser


if __name__ == "__main__":
    cli.main(main)
