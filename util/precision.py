"""Matrix products of numbers with fewer bits, in a graph that asks for it.

Mixed precision (https://arxiv.org/abs/1710.03740): the factors of the large products
are rounded to 16 bits, in training those of their gradients too. Weights, their
updates, layer norm, softmax, losses and everything else stay in float32. bfloat16 has
the range of float32; float16 has not, so that its losses must be scaled
(`model.loss_scale`).
"""

from typing import Any
import weakref

import tensorflow.compat.v1 as tf

DTYPES = {"float32": tf.float32, "bfloat16": tf.bfloat16, "float16": tf.float16}

_enabled: Any = weakref.WeakKeyDictionary()  # Graph -> type of the factors.


def enable(name: str) -> None:
    """Sets the type of the factors in the present graph, by a name in `DTYPES`."""
    _enabled[tf.get_default_graph()] = DTYPES[name]


def needs_loss_scaling() -> bool:
    """Whether the present graph's gradients may be too small for their type."""
    return _factors() == tf.float16


def product(left: Any, right: Any) -> tf.Tensor:
    """Returns the matrix product of two float32 tensors or variables, in float32."""
    dtype = _factors()
    return tf.cast(tf.matmul(tf.cast(left, dtype), tf.cast(right, dtype)), tf.float32)


def _factors() -> tf.DType:
    return _enabled.get(tf.get_default_graph(), tf.float32)
