"""The records of tasks, made once: examples -> cached TFRecord files.

A cache file is named by a fingerprint of all that shaped it, so that it cannot be
stale: another vocabulary, casing, length or file is another name. Sequences are
stored at their own length and padded per batch.
"""

import dataclasses
import hashlib
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional
import uuid

import numpy as np

from finetune import task as task_lib
from util import files, gfile, progress, records

FORMAT_VERSION = 2
SERIALIZED_AT_ONCE = 4096


@dataclasses.dataclass(frozen=True)
class RecordFile:
    """A cached split.

    Attributes:
      path: TFRecord file.
      count: Records in it, at least one per example.
      tokens: Tokens in all of them, without padding.
      fingerprint: Hexadecimal digest of what shaped it.
    """

    path: str
    count: int
    tokens: int
    fingerprint: str


def fingerprint(values: Any) -> str:
    """Returns the SHA-256 of a JSON-ready value, whatever the order of its keys."""
    text = json.dumps(values, sort_keys=True, default=dataclasses.asdict)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def tokenizer_key(tokenizer: Any) -> Dict[str, Any]:
    """Returns what decides the ids that a tokenizer gives: vocabulary, switches."""
    switches = dataclasses.asdict(tokenizer.settings)
    switches.pop("vocab_file", None)  # Its content counts, not its place.
    return dict(switches, vocabulary_sha256=tokenizer.digest)


def prepare(
    task: task_lib.Task,
    split: task_lib.Split,
    dataset: task_lib.Dataset,
    context: task_lib.FeatureContext,
    cache_dir: str,
    reuse: bool = True,
) -> RecordFile:
    """Returns the records of a split, from the cache or newly written.

    Args:
      task: The task.
      split: The split's name and role.
      dataset: Its examples.
      context: What else shapes the features.
      cache_dir: Folder of the cache; made if missing.
      reuse: Whether a cache file made of the very same data may be used.

    Raises:
      OSError: The cache cannot be written.
    """
    key = {
        "format_version": FORMAT_VERSION,
        "task": task.name,
        "split": split.name,
        "labels": list(task.labels),
        "examples_sha256": fingerprint(dataset.examples),
        "tokenizer": tokenizer_key(context.tokenizer),
        "features": task.features.fingerprint(context),
    }
    digest = fingerprint(key)
    stem = os.path.join(cache_dir, "%s_%s_%s" % (task.name, split.name, digest[:16]))
    path, description = stem + ".tfrecord", stem + ".json"
    found = _cached(path, description, key) if reuse else None
    if found is None:
        found = write(path, task, dataset.examples, context)
        files.write_json(description, dict(found, key=key))
    return RecordFile(path, found["records"], found["tokens"], digest)


def _cached(
    path: str, description: str, key: Dict[str, Any]
) -> Optional[Dict[str, Any]]:
    """Returns what is known of a sound cache file, None if there is none."""
    if not (gfile.exists(path) and gfile.exists(description)):
        return None
    try:
        found = files.read_json(description)
    except ValueError:
        found = {}
    if found.get("key") == key and found.get("sha256") == files.sha256(path):
        return found
    print("%s is damaged or old; it is made anew." % path, file=sys.stderr)
    return None


def write(
    path: str,
    task: task_lib.Task,
    examples: List[Any],
    context: task_lib.FeatureContext,
) -> Dict[str, Any]:
    """Writes the records of examples; returns how many records and tokens, and a hash.

    Two commands may write the same file at the same time.
    """
    gfile.makedirs(os.path.dirname(path))
    tokens = done = 0
    counter = progress.Counter("Features of %s" % task.name, len(examples))

    def stored() -> Iterator[Dict[str, Any]]:
        nonlocal tokens, done
        for index, features in enumerate(task.features.build(examples, context)):
            tokens += int(np.sum(features["length"]))
            # Where an example may have several records, they say which it is.
            number = features.get("example", index)
            counter.add(number + 1 - done)
            done = number + 1
            named = {task.stored_name(name): features[name] for name in features}
            yield dict(named, **{task_lib.INDEX: index, task.mark: 1})

    own = "%s.%s" % (path, uuid.uuid4().hex[:8])
    count = records.write(own, serialized(stored(), task.stored_specs()))
    counter.close()
    digest = files.sha256(own)
    gfile.rename(own, path)
    return {"records": count, "tokens": tokens, "sha256": digest}


def serialized(
    features: Iterator[Dict[str, Any]], specs: List[records.FeatureSpec]
) -> Iterator[bytes]:
    """Yields one message per feature dict, in order.

    Args:
      features: Feature dicts.
      specs: Their specs.
    """
    chunk: List[Dict[str, Any]] = []
    for example in features:
        chunk.append(example)
        if len(chunk) == SERIALIZED_AT_ONCE:
            yield from _serialize_chunk(chunk, specs)
            chunk = []
    yield from _serialize_chunk(chunk, specs)


def _serialize_chunk(chunk, specs) -> List[bytes]:
    """Serializes together the examples whose sequences are equally long."""
    sequences = [spec.name for spec in specs if task_lib.is_sequence(spec)]
    groups: Dict[Any, List[int]] = {}
    for position, example in enumerate(chunk):
        lengths = tuple(len(example[name]) for name in sequences)
        groups.setdefault(lengths, []).append(position)
    messages: List[bytes] = [b""] * len(chunk)
    for lengths, positions in groups.items():
        sizes = dict(zip(sequences, lengths))
        exact = [
            spec._replace(shape=(sizes[spec.name],) + spec.shape[1:], default=None)
            if spec.name in sizes
            else spec
            for spec in specs
        ]
        batch = {
            spec.name: [chunk[position][spec.name] for position in positions]
            for spec in specs
        }
        for position, message in zip(positions, records.serialize_batch(batch, exact)):
            messages[position] = message
    return messages
