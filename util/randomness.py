"""Randomness that can be repeated: every draw is a function of seed, place and step.

A stateful generator forgets where it stood when a run is killed. Here the numbers
drawn in the graph depend on the graph's seed, on the place in the graph (variable
scope and name) and on the global step alone, so that a resumed run draws exactly
what an uninterrupted one would have drawn.
"""

import contextlib
import hashlib
import random
import threading
from typing import Any, Iterator
import zlib

import numpy as np
import tensorflow.compat.v1 as tf

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


def python_random(seed: int, *names: Any) -> random.Random:
    """Returns a generator for one purpose, such as `(seed, "shard", 7)`."""
    return random.Random(int.from_bytes(_digest(seed, names), "little"))


def numpy_random(seed: int, *names: Any) -> np.random.RandomState:
    """Returns a NumPy generator for one purpose; see `python_random`."""
    return np.random.RandomState(
        np.frombuffer(_digest(seed, ("numpy",) + names), np.uint32)
    )


def _digest(seed: int, names: Any) -> bytes:
    return hashlib.sha256(repr((seed,) + names).encode("utf-8")).digest()
