"""Batches for pre-training, in an order that depends on the seed alone.

Record files are read in groups: the files of an epoch are put in an order drawn for
that epoch, a few at a time are read in turn and shuffled together. Where a given
step stands in that order can be computed from the files' record counts, so that a
run that was killed goes on with exactly the batches it would have seen.
"""

import dataclasses
from typing import List, NamedTuple, Optional, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from pretrain import shards as shards_lib
from util import parsing, records, seeds, settings

NUM_PARSERS = 2
NUM_PREFETCHED = 4
FOREVER = np.iinfo(np.int64).max
# Functions without Python's `if` and `for`; converting them takes a second.
AS_IS = tf.autograph.experimental.do_not_convert


@dataclasses.dataclass(frozen=True)
class InputSettings(settings.Section):
    """Where the examples come from and how they are batched."""

    pretrain_tfrecords: Optional[str] = settings.setting(
        None,
        "Record files: path, glob pattern or several with commas between them; "
        "derived from data_dir.",
    )
    max_seq_length: int = settings.setting(
        128, "Tokens in an example, padding included; as the records were built.", low=4
    )
    train_batch_size: int = settings.setting(
        128, "Examples per training step, over all devices.", low=1
    )
    eval_batch_size: int = settings.setting(
        128, "Examples per evaluation step, over all devices.", low=1
    )
    held_out_shards: Optional[int] = settings.setting(
        None,
        "Record files kept from training for evaluation; None: one in a hundred, at "
        "least one.",
        low=0,
    )
    shuffle_buffer: int = settings.setting(
        10000, "Examples among which the next one is drawn.", low=1
    )
    interleaved_shards: int = settings.setting(
        8, "Record files that are read in turn and shuffled together.", low=1
    )


class Position(NamedTuple):
    """A place in the endless order of the examples."""

    group: int  # Groups of files, over all epochs, that lie wholly before it.
    skip: int  # Examples of the next group that lie before it.


def train_dataset(
    shards: Sequence[shards_lib.Shard],
    specs: Sequence[records.FeatureSpec],
    order: "Order",
    batch_size: int,
    num_consumed: int = 0,
) -> tf.data.Dataset:
    """Returns endless batches of training examples.

    Args:
      shards: The files; counted if `num_consumed` is not 0.
      specs: What to read from them.
      order: The order of the examples.
      batch_size: Examples in a batch.
      num_consumed: Examples that an earlier run has already used.

    Returns:
      Dataset of dicts, feature name -> int32 or float32 [batch_size, ...].
    """
    position = order.position(shards, num_consumed)
    examples = tf.data.Dataset.range(position.group, FOREVER)
    examples = examples.flat_map(AS_IS(lambda group: order.read_group(shards, group)))
    if position.skip:
        examples = examples.skip(position.skip)
    return _batches(examples, specs, batch_size, drop_remainder=True)


def eval_dataset(
    shards: Sequence[shards_lib.Shard],
    specs: Sequence[records.FeatureSpec],
    batch_size: int,
    is_static: bool = False,
) -> tf.data.Dataset:
    """Returns every example of the files once, always in the same order.

    Args:
      shards: The files.
      specs: What to read from them.
      batch_size: Examples in a batch.
      is_static: Start over at the end, so that every batch is full, as a TPU needs.
    """
    examples = tf.data.TFRecordDataset([shard.path for shard in shards])
    if is_static:
        examples = examples.repeat()
    return _batches(examples, specs, batch_size, drop_remainder=is_static)


def _batches(examples, specs, batch_size, drop_remainder):
    """Parses whole batches, which is several times faster than single records."""
    batches = examples.batch(batch_size, drop_remainder=drop_remainder)
    batches = batches.map(
        AS_IS(lambda serialized: parsing.parse_batch(serialized, specs)),
        num_parallel_calls=NUM_PARSERS,
    )
    return batches.prefetch(NUM_PREFETCHED)


class Order:
    """The order of the training examples, a pure function of the seed.

    Args:
      seed: The run's seed.
      group_size: Files that are read in turn.
      shuffle_buffer: Examples among which the next one is drawn.
    """

    def __init__(self, seed: int, group_size: int, shuffle_buffer: int):
        self._seed = seeds.python_random(seed, "order of examples").getrandbits(30)
        self._group_size = group_size
        self._shuffle_buffer = shuffle_buffer

    def read_group(
        self, shards: Sequence[shards_lib.Shard], group: tf.Tensor
    ) -> tf.data.Dataset:
        """Returns the serialized examples of one group of files, shuffled.

        Args:
          shards: All files.
          group: int64 []; counts the groups of all epochs.
        """
        groups_per_epoch = self._groups_per_epoch(len(shards))
        file_order = self._file_order(len(shards), group // groups_per_epoch)
        first = tf.cast(group % groups_per_epoch, tf.int32) * self._group_size
        chosen = file_order[first : first + self._group_size]
        paths = tf.gather(tf.constant([shard.path for shard in shards]), chosen)
        examples = tf.data.Dataset.from_tensor_slices(paths).interleave(
            tf.data.TFRecordDataset, cycle_length=self._group_size, block_length=1
        )
        return examples.shuffle(
            self._shuffle_buffer,
            seed=tf.cast(self._seed, tf.int64) + group,
            reshuffle_each_iteration=False,
        )

    def position(
        self, shards: Sequence[shards_lib.Shard], num_consumed: int
    ) -> Position:
        """Returns where the example after the first `num_consumed` ones stands.

        Args:
          shards: All files, counted if `num_consumed` is not 0.
          num_consumed: Examples before it, over all epochs.
        """
        if not num_consumed:
            return Position(0, 0)
        sizes = np.array([shard.num_records for shard in shards])
        epoch, left = divmod(num_consumed, int(sizes.sum()))
        group = epoch * self._groups_per_epoch(len(shards))
        file_order = _evaluate(lambda: self._file_order(len(shards), epoch))
        for first in range(0, len(shards), self._group_size):
            size = int(sizes[file_order[first : first + self._group_size]].sum())
            if left < size:
                break
            left -= size
            group += 1
        return Position(group, left)

    def _groups_per_epoch(self, num_files: int) -> int:
        return -(-num_files // self._group_size)

    def _file_order(self, num_files: int, epoch) -> tf.Tensor:
        """Returns a permutation of the files, int32 [num_files]."""
        seed = tf.stack([self._seed, tf.cast(epoch, tf.int32)])
        return tf.argsort(tf.random.stateless_uniform([num_files], seed))


def _evaluate(make_tensor) -> np.ndarray:
    """Computes a tensor now, by the very operations that the pipeline uses."""
    with tf.Graph().as_default(), tf.Session(config=_cpu()) as session:
        return session.run(make_tensor())


def _cpu() -> tf.ConfigProto:
    return tf.ConfigProto(device_count={"GPU": 0})


def describe_epochs(
    shards: List[shards_lib.Shard], batch_size: int, num_train_steps: int
) -> dict:
    """Returns records, steps per epoch and epochs of a run over counted files."""
    num_records = sum(shard.num_records or 0 for shard in shards)
    return {
        "records": num_records,
        "steps_per_epoch": num_records / batch_size,
        "epochs": num_train_steps * batch_size / max(1, num_records),
    }
