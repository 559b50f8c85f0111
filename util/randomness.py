"""Randomness that can be repeated: every draw is a function of seed, place and step.

A stateful generator forgets where it stood when a run is killed. Here the numbers
drawn in the graph depend on the graph's seed, on the place in the graph (variable
scope and name) and on the global step alone, so that a resumed run draws exactly
what an uninterrupted one would have drawn.
"""

import contextlib
import threading
from typing import Any, Iterator, Sequence
import zlib

import numpy as np
import tensorflow.compat.v1 as tf

from util import fusion

_keys = threading.local()  # Replicas build their graphs in threads of their own.


def seed_pair(name: str) -> tf.Tensor:
    """Returns the seed for the `tf.random.stateless_*` functions at this place.

    Two calls with one name in one variable scope get the same seed; a replica of
    `tf.distribute` gets another than its siblings.

    Args:
      name: What is drawn, unique in the current variable scope.

    Returns:
      int32 Tensor, [2]: a hash of (graph seed, variable scope, name) plus the
      number of the replica, and the global step (0 without one) or what
      `keyed_by` put in its stead.
    """
    place = (tf.get_default_graph().seed, tf.get_variable_scope().name, name)
    place_hash = zlib.crc32(repr(place).encode("utf-8")) & 0x3FFFFFFF
    return tf.stack([place_hash + _replica_id(), _key()])


def random_bits(shape: Sequence[Any], name: str) -> tf.Tensor:
    """Returns random bits of this place and step, 32 in an int32 of the given shape.

    Philox, TensorFlow's generator, takes longer on a CPU than what dropout does with
    its numbers. Where kernels are compiled, the bits come from a hash instead.

    Args:
      shape: Sizes, integers or int32 scalars, of one axis at least.
      name: As in `seed_pair`.
    """
    seed = seed_pair(name)
    if fusion.is_enabled() and all(isinstance(size, int) for size in shape):
        return _hashed_counter(seed[0], seed[1], shape=tuple(shape))
    return tf.random.stateless_uniform(
        shape, seed, minval=-(2**31), maxval=2**31 - 1, dtype=tf.int32
    )


@fusion.kernel
def _hashed_counter(place: tf.Tensor, step: tf.Tensor, shape: Any) -> tf.Tensor:
    """Hashes the number of each element twice, with the place and then the step."""
    *rows, num_columns = shape
    row = tf.reshape(tf.range(int(np.prod(rows))) * num_columns, rows + [1])
    counter = row + tf.range(num_columns)
    place = _hash(place)
    key = _hash(step + _hash(place))
    return _hash(tf.bitwise.bitwise_xor(_hash(counter + place), key))


def _hash(bits: tf.Tensor) -> tf.Tensor:
    """Returns the finalizer of MurmurHash3 of int32 bits, a one-to-one function.

    Every bit of the argument changes each bit of the result half of the time. See
    https://github.com/aappleby/smhasher/wiki/MurmurHash3.
    """
    bits = _xor_shifted(bits, 16) * (0x85EBCA6B - 2**32)
    bits = _xor_shifted(bits, 13) * (0xC2B2AE35 - 2**32)
    return _xor_shifted(bits, 16)


def _xor_shifted(bits: tf.Tensor, places: int) -> tf.Tensor:
    """Returns bits ^ (bits >> places), zeros coming in from the left."""
    shifted = tf.bitwise.right_shift(bits, places)  # The sign comes in.
    shifted = tf.bitwise.bitwise_and(shifted, 2 ** (32 - places) - 1)
    return tf.bitwise.bitwise_xor(bits, shifted)


def hashed(bits: tf.Tensor) -> tf.Tensor:
    """Returns int32 bits that look random, a one-to-one function of int32 bits."""
    return _hash(bits)


def uniform_by_row(keys: tf.Tensor, num_columns: int, name: str) -> tf.Tensor:
    """Returns uniform numbers that depend on a key per row, and not on the step.

    Args:
      keys: int32 Tensor, [B].
      num_columns: C.
      name: As in `seed_pair`.

    Returns:
      float32 Tensor, [B, C], in [0, 1).
    """
    place = seed_pair(name)[0]
    row = _hash(tf.bitwise.bitwise_xor(keys, _hash(place)))
    bits = _hash(row[:, None] + _hash(tf.range(num_columns))[None, :])
    upper = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 8), 2**24 - 1)
    return tf.cast(upper, tf.float32) * 2.0**-24


def _replica_id() -> Any:
    if not tf.distribute.has_strategy():
        return 0
    context = tf.distribute.get_replica_context()
    return context.replica_id_in_sync_group if context else 0


def _key() -> tf.Tensor:
    stack = getattr(_keys, "stack", [])
    if stack:
        return stack[-1]
    global_step = tf.train.get_global_step()
    if global_step is None:
        return tf.constant(0)
    return tf.cast(global_step, tf.int32)


@contextlib.contextmanager
def keyed_by(key: tf.Tensor) -> Iterator[None]:
    """Lets a number of the caller's choice stand for the global step.

    Held-out evaluation keys its masks by the examples, so that every evaluation
    sees the same ones whatever the step.

    Args:
      key: int32 or int64 Tensor, [].
    """
    stack = _keys.__dict__.setdefault("stack", [])
    stack.append(tf.cast(key, tf.int32))
    try:
        yield
    finally:
        stack.pop()


@contextlib.contextmanager
def divided(number: tf.Tensor, count: int) -> Iterator[None]:
    """Gives each part of a step draws of its own.

    Args:
      number: int32 Tensor, []; of the part, 0 for the first.
      count: Of parts in a step.
    """
    with keyed_by(_key() * count + number):
        yield
