"""Chains of elementwise operations as one kernel, compiled by XLA, on a CPU.

TensorFlow reads and writes its whole operands once per operation. A chain such as
gelu, which has a dozen of them, is bound by memory; as one kernel it is read and
written once, and its transcendental functions are vectorized, which those of
TensorFlow 1.15 are not.

Only tensors whose shapes are known are compiled, because XLA compiles anew for every
shape. GPUs and TPUs do without: a GPU would need XLA's tool chain on the machine, and
a TPU compiles everything anyway.
"""

from typing import Any, Callable
import weakref

import tensorflow.compat.v1 as tf

_graphs: Any = weakref.WeakSet()


def enable() -> None:
    """Lets `run` compile in the present graph."""
    _graphs.add(tf.get_default_graph())


def run(function: Callable[..., tf.Tensor], *tensors: tf.Tensor) -> tf.Tensor:
    """Calls a function, as one kernel where that is enabled and possible.

    Args:
      function: Of the tensors; elementwise operations, shifts, reshapes.
      *tensors: Its arguments.

    Returns:
      The function's result, one tensor; to within rounding the same either way.
    """
    is_static = all(tensor.shape.is_fully_defined() for tensor in tensors)
    if not is_static or tf.get_default_graph() not in _graphs:
        return function(*tensors)
    (result,) = tf.xla.experimental.compile(function, list(tensors))
    return result
