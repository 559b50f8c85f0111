"""Chains of elementwise operations as one kernel, compiled by XLA, on a CPU.

TensorFlow reads and writes its whole operands once per operation. A chain such as
gelu, which has a dozen of them, is bound by memory; as one kernel it is read and
written once, and its transcendental functions are vectorized, which those of
TensorFlow 1.15 are not. A kernel is traced and compiled once per combination of
shapes, however often graphs call it.

Only tensors whose shapes are known are compiled, because XLA compiles anew for every
shape. GPUs and TPUs do without: a GPU would need XLA's tool chain on the machine, and
a TPU compiles everything anyway.
"""

import functools
from typing import Any, Callable, Optional
import weakref

import tensorflow.compat.v1 as tf

from util import compat

_enabled: Any = weakref.WeakSet()  # Graphs.


def enable() -> None:
    """Lets kernels be compiled in the present graph."""
    _enabled.add(tf.get_default_graph())


def is_enabled() -> bool:
    """Whether kernels are compiled in the present graph."""
    return tf.get_default_graph() in _enabled


def kernel(
    function: Callable[..., Any], plain: Optional[Callable[..., Any]] = None
) -> Callable[..., Any]:
    """Makes a function one kernel where that is enabled and possible; a decorator.

    Args:
      function: Of tensors, and of numbers by name, without side effects; returns a
        tensor or a tuple of them, to within rounding the same either way.
      plain: What is called where no kernel is compiled; None for the function. It is
        there for functions that one kernel computes in another way than a chain of
        operations would.
    """
    compiled = compat.compiled(function)
    uncompiled = plain or function

    @functools.wraps(function)
    def call(*tensors: tf.Tensor, **numbers: Any) -> Any:
        is_static = all(tensor.shape.is_fully_defined() for tensor in tensors)
        if not is_static or not is_enabled():
            return uncompiled(*tensors, **numbers)
        return compiled(*tensors, **numbers)

    return call


def summing_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `kernel`, for functions that consist of sums along the last axis."""
    return kernel(function) if compat.vectorizes_sums() else function
