"""Input pipelines of fine-tuning: cached records -> batches.

Tasks that are trained together have records of their own; a batch takes some of each.
"""

import dataclasses
import math
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import cache, mixture
from finetune import task as task_lib
from util import estimator, parsing, records

EPOCH_SEED_STEP = 100003  # Keeps the orders of neighbouring seeds apart.
# Batches that are sorted by length together: no more than that, and a part of an epoch
# only, because batches of too much the same examples teach less.
LARGEST_WINDOW = 64
WINDOWS_PER_EPOCH = 8


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
      shares: Of each task in the training, 1 in sum.
    """

    batch_size: int
    num_steps: int
    seed: int
    start_step: int = 0
    pad_to: Optional[int] = None
    has_buckets: bool = False
    shares: Tuple[float, ...] = (1.0,)


def specs_of(tasks: Sequence[task_lib.Task]) -> List[records.FeatureSpec]:
    """Returns the features of batches with records of some tasks.

    Where there are several, a record has zeros for the features of other tasks.

    Raises:
      ValueError: Two tasks feed the encoder in different ways.
    """
    merged: Dict[str, records.FeatureSpec] = {}
    for task in tasks:
        for spec in task.stored_specs():
            if merged.setdefault(spec.name, spec) != spec:
                raise ValueError(
                    "%s and %s cannot be trained together: %r has shape %s in one and "
                    "%s in the other. Set multi_task to false."
                    % (
                        tasks[0].name,
                        task.name,
                        spec.name,
                        merged[spec.name].shape,
                        spec.shape,
                    )
                )
    if len(tasks) == 1:
        return list(merged.values())
    return [
        spec if spec.default is not None else spec._replace(default=0)
        for spec in merged.values()
    ]


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
      Feature name -> int32 or float32 Tensor: [B, T, ...] for sequences, else [B, ...].
    """
    sequences = [spec for spec in specs if task_lib.is_sequence(spec)]
    fixed = [spec for spec in specs if not task_lib.is_sequence(spec)]
    parsed = parsing.parse_batch(messages, fixed)
    wanted = {spec.name: _sequence_feature(spec) for spec in sequences}
    for name, values in tf.io.parse_example(messages, wanted).items():
        is_int = values.dtype == tf.int64
        parsed[name] = tf.cast(values, tf.int32) if is_int else values
    length = pad_to
    if length is None:
        length = tf.shape(parsed["input_ids"])[1]
    for spec in sequences:
        if pad_to is not None or spec.name not in ("input_ids", "segment_ids"):
            parsed[spec.name] = _pad(parsed[spec.name], length, spec.default or 0)
    return parsed


def _sequence_feature(spec: records.FeatureSpec) -> tf.io.FixedLenSequenceFeature:
    dtype = tf.int64 if spec.dtype == "int" else tf.float32
    return tf.io.FixedLenSequenceFeature(
        spec.shape[1:], dtype, allow_missing=True, default_value=spec.default
    )


def _pad(
    values: tf.Tensor, length: Union[int, tf.Tensor], fill: Union[int, float]
) -> tf.Tensor:
    """[B, t, ...] -> [B, length, ...], t <= length."""
    missing = length - tf.shape(values)[1]
    rest = values.shape.as_list()[2:]
    paddings = [[0, 0], [0, missing]] + [[0, 0]] * len(rest)
    padded = tf.pad(values, paddings, constant_values=fill)
    known = length if isinstance(length, int) else None
    padded.set_shape([values.shape[0], known] + rest)
    return padded


def num_train_steps(count: int, batch_size: int, num_epochs: float) -> int:
    """Returns the whole steps in so many passes over `count` examples.

    Raises:
      ValueError: That is less than one step.
    """
    steps = int(count * num_epochs / batch_size)
    if steps < 1:
        raise ValueError(
            "%d training examples in batches of %d for %g epochs make no step. Raise "
            "num_train_epochs or lower train_batch_size."
            % (count, batch_size, num_epochs)
        )
    return steps


def train_dataset(
    record_files: Sequence[cache.RecordFile],
    specs: List[records.FeatureSpec],
    plan: TrainPlan,
    shard: Optional[estimator.Shard] = None,
) -> tf.data.Dataset:
    """Returns the batches of training, from a step on.

    Epochs follow each other without a gap; buckets sort parts of them. The order is a
    function of the seed and the numbers of epoch and part alone, so that a resumed run
    sees what an uninterrupted one would have seen.

    Args:
      record_files: The training records of each task.
      specs: Their features.
      plan: What is trained on.
      shard: The share of every batch that one device or host gets; all by default.
    """
    shard = shard or estimator.Shard(plan.batch_size, 0, 1)
    if not plan.has_buckets:
        dataset = _mixed(record_files, plan, plan.start_step)
        if shard.count > 1:
            dataset = dataset.shard(shard.count, shard.index)
        dataset = dataset.batch(shard.batch_size, drop_remainder=True)
        return _parsed(dataset, specs, plan.pad_to)
    size = _window_size(sum(each.count for each in record_files), plan.batch_size)
    window, passed = divmod(plan.start_step, size)
    dataset = _mixed(record_files, plan, window * size)
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


def _mixed(
    record_files: Sequence[cache.RecordFile], plan: TrainPlan, start_step: int
) -> tf.data.Dataset:
    """Returns the messages of all tasks from a step to the last."""
    first = start_step * plan.batch_size
    total = plan.num_steps * plan.batch_size
    if len(record_files) == 1:
        return _shuffled(record_files[0], plan.seed, first, total)
    counts = [each.count for each in record_files]
    order = mixture.order(counts, plan.shares, total, plan.seed)
    firsts = np.bincount(order[:first], minlength=len(counts))
    totals = np.bincount(order, minlength=len(counts))
    streams = [
        _shuffled(record_file, plan.seed, int(begin), int(end))
        for record_file, begin, end in zip(record_files, firsts, totals)
    ]

    @tf.autograph.experimental.do_not_convert
    def as_choice(number: tf.Tensor) -> tf.Tensor:
        return tf.cast(number, tf.int64)

    choices = tf.data.Dataset.from_tensor_slices(order[first:]).map(as_choice)
    return tf.data.experimental.choose_from_datasets(streams, choices)


def _shuffled(
    record_file: cache.RecordFile, seed: int, first: int, total: int
) -> tf.data.Dataset:
    """Returns messages `first` to `total` of epochs on end, each epoch mixed."""
    count = record_file.count

    @tf.autograph.experimental.do_not_convert
    def epoch_records(epoch: tf.Tensor) -> tf.data.Dataset:
        return tf.data.TFRecordDataset(record_file.path).shuffle(
            count,
            seed=seed * EPOCH_SEED_STEP + epoch,
            reshuffle_each_iteration=False,
        )

    dataset = tf.data.Dataset.range(first // count, math.ceil(total / count))
    return dataset.flat_map(epoch_records).skip(first % count).take(total - first)


def _by_length(messages: tf.Tensor) -> tf.Tensor:
    """Sorts messages, string [n], by their bytes, of which every token takes some."""
    return tf.gather(messages, tf.argsort(tf.strings.length(messages), stable=True))


@dataclasses.dataclass(frozen=True)
class PredictPlan:
    """How records are asked about.

    Attributes:
      batch_size: Records per batch; the last batch may be smaller.
      pad_to: Length of every batch; None pads each to its longest sequence.
      has_buckets: Give the records by length, not in order.
      fill_last: Fill the last batch up with records from the start, as TPUs need
        it; the first predictions, as many as there are records, are the wanted ones.
    """

    batch_size: Union[int, tf.Tensor]
    pad_to: Optional[int] = None
    has_buckets: bool = False
    fill_last: bool = False


def predict_dataset(
    path: Union[str, tf.Tensor],
    count: Union[int, tf.Tensor],
    specs: List[records.FeatureSpec],
    plan: PredictPlan,
) -> tf.data.Dataset:
    """Returns every record once.

    Args:
      path: Of the records, str or string Tensor, [].
      count: How many there are, int or int64 Tensor, [].
      specs: Their features.
      plan: How they are asked about.
    """
    dataset = tf.data.TFRecordDataset(path)
    if plan.has_buckets:
        dataset = dataset.batch(count).map(_by_length)
        dataset = dataset.flat_map(tf.data.Dataset.from_tensor_slices)
    if plan.fill_last:
        num_batches = math.ceil(count / plan.batch_size)
        dataset = dataset.repeat().take(num_batches * plan.batch_size)
    dataset = dataset.batch(plan.batch_size, drop_remainder=plan.fill_last)
    return _parsed(dataset, specs, plan.pad_to)


def _parsed(
    dataset: tf.data.Dataset, specs: List[records.FeatureSpec], pad_to: Optional[int]
) -> tf.data.Dataset:
    autotune = tf.data.experimental.AUTOTUNE

    @tf.autograph.experimental.do_not_convert
    def parse_batch(messages: tf.Tensor) -> Dict[str, tf.Tensor]:
        return parse(messages, specs, pad_to)

    return dataset.map(parse_batch, num_parallel_calls=autotune).prefetch(autotune)
