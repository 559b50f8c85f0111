"""The record files of a pre-training run: found, checked, split in two.

Everything that can be wrong with them is said here, before any graph is built.
"""

import hashlib
import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from model import tokenization
from pretrain.data import manifest as manifest_lib
from util import files, gfile, parsing, records

NUM_SAMPLED = 16  # Files of which the first record is read.
TRAIN_SHARDS_PER_HELD_OUT = 100


class Shard(NamedTuple):
    """One record file; counts are None where no manifest tells them."""

    path: str
    num_records: Optional[int] = None
    num_tokens: Optional[int] = None


class Split(NamedTuple):
    """Disjoint sets of record files."""

    train: List[Shard]
    held_out: List[Shard]


def find(
    patterns: str, tokenizer: Optional[tokenization.Tokenizer] = None
) -> List[Shard]:
    """Returns the record files that match, sorted by name.

    Args:
      patterns: Path, glob pattern or several with commas between them.
      tokenizer: The one in use, compared with the one that the records were built
        with; None skips the comparison.

    Raises:
      FileNotFoundError: There are none, or fewer than the manifest lists.
      ValueError: The build is not complete, a file is cut off, or the tokenizer is
        another one.
    """
    paths = [path for path in files.list_files(patterns) if not path.endswith(".tmp")]
    if not paths:
        raise FileNotFoundError(
            "No pre-training records match %s. Build them with "
            "build_pretraining_dataset.py, or set pretrain_tfrecords." % patterns
        )
    found: List[Shard] = []
    folders = sorted({os.path.dirname(path) for path in paths})
    for folder in folders:
        inside = [path for path in paths if os.path.dirname(path) == folder]
        found.extend(_describe(folder, inside, tokenizer))
    return found


def _describe(folder: str, paths: List[str], tokenizer) -> List[Shard]:
    """Returns the files of a folder with what its manifest, if any, says of them."""
    manifest = manifest_lib.read(folder)
    if manifest is None:
        return [Shard(path) for path in paths]
    if not manifest.complete:
        raise ValueError(
            "The records in %s are not complete: the build was interrupted. Run the "
            "same build command again; it continues." % folder
        )
    if tokenizer is not None:
        _check_tokenizer(folder, manifest.tokenizer, tokenizer)
    listed = {entry["name"]: entry for entry in manifest.shards}
    missing = set(listed) - set(gfile.listdir(folder))
    if missing:
        raise FileNotFoundError(
            "%s lacks %s, which its manifest lists; copy or build the records again."
            % (folder, ", ".join(sorted(missing)[:3]))
        )
    return [_checked_size(path, listed) for path in paths]


def _check_tokenizer(folder: str, built_with: Dict[str, Any], tokenizer) -> None:
    switches = tokenizer.settings
    in_use = {
        "tokenizer": switches.tokenizer,
        "do_lower_case": switches.do_lower_case,
        "strip_accents": switches.strips_accents,
        "vocab_sha256": tokenizer.digest,
    }
    for name, value in in_use.items():
        if built_with[name] != value:
            raise ValueError(
                "The records in %s were built with another tokenizer: %s was %s, now "
                "it is %s. Use the settings and the vocabulary that they were built "
                "with, or build them again." % (folder, name, built_with[name], value)
            )


def _checked_size(path: str, listed: Dict[str, Dict[str, Any]]) -> Shard:
    """Compares a file's size with the manifest's."""
    entry = listed.get(os.path.basename(path))
    if entry is None:
        raise ValueError(
            "%s is not in the manifest beside it; it belongs to another build. Remove "
            "it or narrow pretrain_tfrecords." % path
        )
    size = gfile.size(path)
    if size != entry["bytes"]:
        raise ValueError(
            "%s has %d bytes, but its manifest says %d: it was cut off or changed. "
            "Copy or build it again." % (path, size, entry["bytes"])
        )
    return Shard(path, entry["records"], entry["tokens"])


def split(shards: List[Shard], num_held_out: Optional[int] = None) -> Split:
    """Sets some files apart for evaluation.

    Which ones depends on their names alone: runs with different seeds hold out the
    same text, and continuing one never trains on what it was evaluated on.

    Args:
      shards: All files.
      num_held_out: How many; None: one in a hundred, at least one.

    Raises:
      ValueError: Nothing would be left for training.
    """
    if num_held_out is None:
        num_held_out = max(1, len(shards) // TRAIN_SHARDS_PER_HELD_OUT)
    if num_held_out >= len(shards):
        raise ValueError(
            "held_out_shards is %d, but there are only %d record files and training "
            "needs at least one. Build more files (--num-out-files), or set "
            "held_out_shards to 0 to train without held-out evaluation."
            % (num_held_out, len(shards))
        )
    held_out = set(sorted(shards, key=_draw)[:num_held_out])
    return Split(
        train=[shard for shard in shards if shard not in held_out],
        held_out=[shard for shard in shards if shard in held_out],
    )


def _draw(shard: Shard) -> str:
    return hashlib.sha256(os.path.basename(shard.path).encode("utf-8")).hexdigest()


def check_segmentation(shards: List[Shard], wanted: Dict[str, str]) -> None:
    """Refuses records whose manifest says that they were cut for another purpose.

    Args:
      shards: The files.
      wanted: The --segmentation that each of some objectives needs.

    Raises:
      ValueError: Says which it is.
    """
    for folder in sorted({os.path.dirname(shard.path) for shard in shards}):
        manifest = manifest_lib.read(folder)
        for name, segmentation in wanted.items():
            if manifest and manifest.settings["segmentation"] != segmentation:
                raise ValueError(
                    "The records in %s were built with --segmentation %s, but "
                    "objective %r needs %s. Build them again."
                    % (folder, manifest.settings["segmentation"], name, segmentation)
                )


def check_samples(
    shards: List[Shard],
    specs,
    vocab_size: int,
    check_record: Callable[[Dict[str, List]], None],
) -> None:
    """Reads the first record of some files and compares it with the settings.

    Args:
      shards: The files.
      specs: `records.FeatureSpec`s that training reads.
      vocab_size: Ids must be below it.
      check_record: Raises ValueError about what the record holds, by feature name.

    Raises:
      ValueError: A record lacks a feature, has another length or an id too large.
    """
    step = max(1, len(shards) // NUM_SAMPLED)
    for shard in shards[::step][:NUM_SAMPLED]:
        first = next(records.read(shard.path), None)
        if first is not None:
            values = parsing.decode(first)
            _check_record(shard.path, values, specs, vocab_size)
            try:
                check_record(values)
            except ValueError as error:
                raise ValueError("%s: %s" % (shard.path, error)) from error


def _check_record(path: str, values: Dict[str, List], specs, vocab_size: int) -> None:
    for spec in specs:
        if spec.name not in values:
            if spec.default is not None:
                continue
            raise ValueError(
                "%s: its records have the features %s, but the objectives need %r. "
                "Build records for these objectives."
                % (path, ", ".join(sorted(values)), spec.name)
            )
        if len(values[spec.name]) != spec.size:
            raise ValueError(
                "%s: feature %r has %d values, but max_seq_length is %d. Set "
                "max_seq_length to what the records were built with, or build again."
                % (path, spec.name, len(values[spec.name]), spec.size)
            )
    largest = max(values.get("input_ids", [0]))
    if largest >= vocab_size:
        raise ValueError(
            "%s: contains token id %d, but vocab_size is %d. The records were built "
            "with another vocabulary." % (path, largest, vocab_size)
        )


def counted(shards: List[Shard]) -> List[Shard]:
    """Returns the files with their numbers of records, reading those unknown.

    Raises:
      ValueError: A file that had to be read is damaged, or all are empty.
    """
    result = []
    for shard in shards:
        num_records = shard.num_records
        if num_records is None:
            num_records = records.verify(shard.path)
        result.append(shard._replace(num_records=num_records))
    if shards and not any(shard.num_records for shard in result):
        raise ValueError(
            "The %d record files, the first of them %s, hold no record."
            % (len(shards), shards[0].path)
        )
    return result


def find_damage(shards: List[Shard]) -> Optional[str]:
    """Reads every file and returns what is wrong with the first damaged one."""
    for shard in shards:
        try:
            records.verify(shard.path)
        except (ValueError, FileNotFoundError) as error:
            return str(error)
    return None
