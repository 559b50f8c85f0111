"""Input pipelines of fine-tuning: examples -> cached records -> batches.

A cache file is named by a fingerprint of all that shaped it, so that it cannot be
stale: another vocabulary, casing, length or file is another name. Sequences are
stored at their own length and padded per batch.
"""

import dataclasses
import hashlib
import json
import math
import os
from typing import Any, Dict, Iterator, List, Optional

import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from util import estimator, files, gfile, parsing, records

FORMAT_VERSION = 1
SERIALIZED_AT_ONCE = 4096
EPOCH_SEED_STEP = 100003  # Keeps the orders of neighbouring seeds apart.
# Batches that are sorted by length together: no more than that, and a part of an epoch
# only, because batches of too much the same examples teach less.
LARGEST_WINDOW = 64
WINDOWS_PER_EPOCH = 8


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


@dataclasses.dataclass(frozen=True)
class TrainPlan:
    """Which examples a training sees, and when.

    Attributes:
      batch_size: Examples per step, over all devices.
      num_steps: Steps of the whole training.
      seed: Of the order.
      start_step: Steps that have been taken.
      pad_to: Length of every batch; None pads each to its longest sequence.
      has_buckets: Make batches of sequences of about the same length.
    """

    batch_size: int
    num_steps: int
    seed: int
    start_step: int = 0
    pad_to: Optional[int] = None
    has_buckets: bool = False


def fingerprint(values: Any) -> str:
    """Returns the SHA-256 of a JSON-ready value, whatever the order of its keys."""
    text = json.dumps(values, sort_keys=True)
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
        found = _write(path, task.features, dataset.examples, context)
        files.write_json(description, dict(found, key=key))
    return RecordFile(path, found["records"], found["tokens"], digest)


def _cached(
    path: str, description: str, key: Dict[str, Any]
) -> Optional[Dict[str, Any]]:
    """Returns what is known of a sound cache file, None if there is none."""
    if not (gfile.exists(path) and gfile.exists(description)):
        return None
    found = files.read_json(description)
    if found.get("key") != key or found.get("bytes") != gfile.size(path):
        return None
    return found


def _write(
    path: str,
    builder: task_lib.FeatureBuilder,
    examples: List[Any],
    context: task_lib.FeatureContext,
) -> Dict[str, int]:
    """Writes a cache file; returns its numbers of records, tokens and bytes."""
    gfile.makedirs(os.path.dirname(path))
    tokens = 0

    def counted() -> Iterator[Dict[str, Any]]:
        nonlocal tokens
        for features in builder.build(examples, context):
            tokens += features["length"]
            yield features

    count = records.write(path, serialized(counted(), builder.specs()))
    size = gfile.size(path)
    return {"records": count, "tokens": tokens, "bytes": size}


def serialized(
    features: Iterator[Dict[str, Any]], specs: List[records.FeatureSpec]
) -> Iterator[bytes]:
    """Yields one message per feature dict, in order.

    Args:
      features: Feature dicts.
      specs: Their specs; a shape of ANY_LENGTH marks a sequence.
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
    sequences = [spec.name for spec in specs if spec.shape == task_lib.ANY_LENGTH]
    groups: Dict[Any, List[int]] = {}
    for position, example in enumerate(chunk):
        lengths = tuple(len(example[name]) for name in sequences)
        groups.setdefault(lengths, []).append(position)
    messages: List[bytes] = [b""] * len(chunk)
    for lengths, positions in groups.items():
        sizes = dict(zip(sequences, lengths))
        exact = [
            spec._replace(shape=(sizes[spec.name],), default=None)
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


def parse(
    messages: tf.Tensor,
    specs: List[records.FeatureSpec],
    pad_to: Optional[int] = None,
) -> Dict[str, tf.Tensor]:
    """Decodes a batch.

    Args:
      messages: string Tensor, [B].
      specs: What to decode.
      pad_to: Length T of all sequences; None takes the longest of the batch.

    Returns:
      Feature name -> int32 or float32 Tensor: [B, T] for sequences, else [B].
    """
    sequences = [spec for spec in specs if spec.shape == task_lib.ANY_LENGTH]
    fixed = [spec for spec in specs if spec.shape != task_lib.ANY_LENGTH]
    parsed = parsing.parse_batch(messages, fixed)
    wanted = {
        spec.name: tf.io.FixedLenSequenceFeature(
            [], tf.int64, allow_missing=True, default_value=spec.default
        )
        for spec in sequences
    }
    for name, values in tf.io.parse_example(messages, wanted).items():
        parsed[name] = tf.cast(values, tf.int32)
    if pad_to is not None:
        for spec in sequences:
            parsed[spec.name] = _pad(parsed[spec.name], pad_to, int(spec.default or 0))
    return parsed


def _pad(values: tf.Tensor, length: int, fill: int) -> tf.Tensor:
    """[B, t] -> [B, length], t <= length."""
    missing = length - tf.shape(values)[1]
    padded = tf.pad(values, [[0, 0], [0, missing]], constant_values=fill)
    padded.set_shape([values.shape[0], length])
    return padded


def num_train_steps(count: int, batch_size: int, num_epochs: float) -> int:
    """Returns int(count / batch_size * num_epochs), as the published code counts.

    Raises:
      ValueError: That is less than one step.
    """
    steps = int(count / batch_size * num_epochs)
    if steps < 1:
        raise ValueError(
            "%d training examples in batches of %d for %g epochs make no step. Raise "
            "num_train_epochs or lower train_batch_size."
            % (count, batch_size, num_epochs)
        )
    return steps


def train_dataset(
    record_file: RecordFile,
    specs: List[records.FeatureSpec],
    plan: TrainPlan,
    shard: Optional[estimator.Shard] = None,
) -> tf.data.Dataset:
    """Returns the batches of training, from a step on.

    Epochs follow each other without a gap; buckets sort parts of them. The order is a
    function of the seed and the numbers of epoch and part alone, so that a resumed run
    sees what an uninterrupted one would have seen.

    Args:
      record_file: The training records.
      specs: Their features.
      plan: What is trained on.
      shard: The share of every batch that one device or host gets; all by default.
    """
    shard = shard or estimator.Shard(plan.batch_size, 0, 1)
    if not plan.has_buckets:
        dataset = _shuffled(record_file, plan, plan.start_step)
        if shard.count > 1:
            dataset = dataset.shard(shard.count, shard.index)
        dataset = dataset.batch(shard.batch_size, drop_remainder=True)
        return _parsed(dataset, specs, plan.pad_to)
    size = _window_size(record_file.count, plan.batch_size)
    window, passed = divmod(plan.start_step, size)
    dataset = _shuffled(record_file, plan, window * size)
    dataset = dataset.batch(size * plan.batch_size)
    windows = tf.data.Dataset.zip((tf.data.experimental.Counter(window), dataset))

    @tf.autograph.experimental.do_not_convert
    def batches(number: tf.Tensor, messages: tf.Tensor) -> tf.data.Dataset:
        sorted_batches = tf.reshape(_by_length(messages), [-1, plan.batch_size])
        seed = tf.stack([tf.constant(plan.seed, tf.int64), number])
        draws = tf.random.stateless_uniform(tf.shape(sorted_batches)[:1], seed)
        batches = tf.gather(sorted_batches, tf.argsort(draws))
        shares = tf.reshape(batches, [-1, shard.batch_size])
        return tf.data.Dataset.from_tensor_slices(shares)

    shares_per_batch = plan.batch_size // shard.batch_size
    dataset = windows.flat_map(batches).skip(passed * shares_per_batch)
    return _parsed(dataset, specs, plan.pad_to)


def _window_size(count: int, batch_size: int) -> int:
    """Returns how many batches are sorted together."""
    return min(LARGEST_WINDOW, max(1, count // (batch_size * WINDOWS_PER_EPOCH)))


def _shuffled(
    record_file: RecordFile, plan: TrainPlan, start_step: int
) -> tf.data.Dataset:
    """Returns the messages of all epochs from a step to the last, each epoch mixed."""
    count = record_file.count
    first = start_step * plan.batch_size
    total = plan.num_steps * plan.batch_size

    @tf.autograph.experimental.do_not_convert
    def epoch_records(epoch: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(record_file.path).shuffle(
            count,
            seed=plan.seed * EPOCH_SEED_STEP + epoch,
            reshuffle_each_iteration=False,
        )

    dataset = tf.data.Dataset.range(first // count, math.ceil(total / count))
    return dataset.flat_map(epoch_records).skip(first % count).take(total - first)


def _by_length(messages: tf.Tensor) -> tf.Tensor:
    """Sorts messages, string [n], by their bytes, of which every token takes some."""
    return tf.gather(messages, tf.argsort(tf.strings.length(messages), stable=True))


def predict_dataset(
    record_file: RecordFile,
    specs: List[records.FeatureSpec],
    batch_size: int,
    pad_to: Optional[int] = None,
    fill_last: bool = False,
    has_buckets: bool = False,
) -> tf.data.Dataset:
    """Returns every record once.

    Args:
      record_file: The records.
      specs: Their features.
      batch_size: Records per batch; the last batch may be smaller.
      pad_to: Length of every batch; None pads each to its longest sequence.
      fill_last: Fill the last batch up with records from the start, as TPUs need
        it; the first `record_file.count` predictions are the wanted ones.
      has_buckets: Give the records by length, not in order.
    """
    dataset = tf.data.TFRecordDataset(record_file.path)
    if has_buckets:
        dataset = dataset.batch(record_file.count).map(_by_length)
        dataset = dataset.flat_map(tf.data.Dataset.from_tensor_slices)
    if fill_last:
        num_batches = math.ceil(record_file.count / batch_size)
        dataset = dataset.repeat().take(num_batches * batch_size)
    dataset = dataset.batch(batch_size, drop_remainder=fill_last)
    return _parsed(dataset, specs, pad_to)


def _parsed(
    dataset: tf.data.Dataset, specs: List[records.FeatureSpec], pad_to: Optional[int]
) -> tf.data.Dataset:
    autotune = tf.data.experimental.AUTOTUNE

    @tf.autograph.experimental.do_not_convert
    def parse_batch(messages: tf.Tensor) -> Dict[str, tf.Tensor]:
        return parse(messages, specs, pad_to)

    return dataset.map(parse_batch, num_parallel_calls=autotune).prefetch(autotune)
