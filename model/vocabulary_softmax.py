"""The softmax over the vocabulary: cross-entropy with a label, and drawing a token.

Shapes: R rows, V tokens in the vocabulary. Logits [R, V] are the largest tensor of a
pre-training step. Where kernels are compiled (`util.fusion`), each row's exponentials
are computed once, for the loss, its gradient and the draw; elsewhere TensorFlow's own
operations do it, which take several times longer on a CPU.
"""

from typing import Any, NamedTuple, Optional, Tuple

import tensorflow.compat.v1 as tf

from model import layers
from util import fusion, randomness

BLOCK_SIZE = 256  # Tokens whose weights are added up before one of them is drawn.
ALMOST_ONE = 1.0 - 1e-6


class CrossEntropy(NamedTuple):
    """Losses, and what was computed on the way to them.

    Attributes:
      losses: float32 [R].
      weights: float32 [R, blocks, BLOCK_SIZE]: exp(logit - the row's highest), and 0
        beyond the vocabulary; or None. No gradient passes.
    """

    losses: tf.Tensor
    weights: Optional[tf.Tensor]


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> CrossEntropy:
    """Returns -log softmax(logits)[label] of each row.

    Args:
      logits: float32 Tensor, [R, V].
      labels: int32 Tensor, [R], in [0, V).
    """
    if _is_fast(logits):
        losses, weights = _fast_cross_entropy(logits, labels)
        return CrossEntropy(losses, tf.stop_gradient(weights))
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=logits
    )
    return CrossEntropy(losses, None)


def draw(
    logits: tf.Tensor, name: str, weights: Optional[tf.Tensor] = None
) -> tf.Tensor:
    """Draws a token from the softmax of each row.

    Args:
      logits: float32 Tensor, [R, V].
      name: Of the draw; see `randomness.seed_pair`.
      weights: What `cross_entropy` computed of these logits, if anything.

    Returns:
      int32 Tensor, [R], in [0, V). No gradient passes.
    """
    logits = tf.stop_gradient(logits)
    seed = randomness.seed_pair(name)
    if _is_fast(logits):
        if weights is None:
            weights = _exponentials(logits, _highest(logits))
        uniform = tf.random.stateless_uniform([int(logits.shape[0])], seed)
        ids = _first_beyond(weights, uniform)
    else:
        ids = tf.random.stateless_categorical(logits, 1, seed, dtype=tf.int32)[:, 0]
    # Non-finite logits give V or more; their loss is reported, not an index error.
    return tf.minimum(ids, layers.width(logits) - 1)


def _is_fast(logits: tf.Tensor) -> bool:
    return fusion.is_enabled() and logits.shape.is_fully_defined()


@tf.custom_gradient
def _fast_cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> Tuple[Any, Any]:
    """Returns losses [R] and weights [R, blocks, BLOCK_SIZE]."""
    highest = _highest(logits)
    weights = _exponentials(logits, highest)
    totals = tf.reduce_sum(weights, axis=[1, 2])  # [R]
    places = tf.stack([tf.range(tf.size(labels)), labels], axis=1)  # [R, 2]
    losses = tf.log(totals) - (tf.gather_nd(logits, places) - highest[:, 0])

    def gradient(d_losses, unused_d_weights):
        factors = (d_losses / totals)[:, None]
        d_logits = _scaled(weights, factors, num_tokens=layers.width(logits))
        return tf.tensor_scatter_nd_sub(d_logits, places, d_losses), None

    return (losses, weights), gradient


def _highest(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(logits, axis=1, keepdims=True)  # [R, 1]


@fusion.kernel
def _exponentials(logits: tf.Tensor, highest: tf.Tensor) -> tf.Tensor:
    """Returns exp(logits - highest), [R, blocks, BLOCK_SIZE], with zeros at the end."""
    num_rows, num_tokens = layers.shape_list(logits)
    num_blocks = -(-num_tokens // BLOCK_SIZE)
    missing = num_blocks * BLOCK_SIZE - num_tokens
    weights = tf.pad(tf.exp(logits - highest), [[0, 0], [0, missing]])
    return tf.reshape(weights, [num_rows, num_blocks, BLOCK_SIZE])


@fusion.kernel
def _scaled(weights: tf.Tensor, factors: tf.Tensor, num_tokens: int) -> tf.Tensor:
    """Returns the weights times factors [R, 1], as [R, num_tokens]."""
    rows = tf.reshape(weights, [int(weights.shape[0]), -1])
    return rows[:, :num_tokens] * factors


def _first_beyond(weights: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
    """Returns where the running sum of weights exceeds a share of the total.

    Args:
      weights: float32 [R, blocks, BLOCK_SIZE], not negative.
      uniform: float32 [R], the share, in [0, 1).

    Returns:
      int32 [R]; a token with a weight above 0, if there is one.
    """
    sums = tf.cumsum(tf.reduce_sum(weights, axis=2), axis=1)  # [R, blocks]
    wanted = tf.minimum(uniform, ALMOST_ONE)[:, None] * sums[:, -1:]  # [R, 1]
    block = _count(sums <= wanted)  # [R]
    rows = tf.range(tf.size(block))
    last_block = int(weights.shape[1]) - 1
    chosen = tf.gather_nd(
        weights, tf.stack([rows, tf.minimum(block, last_block)], axis=1)
    )  # [R, BLOCK_SIZE]
    before = tf.where(sums <= wanted, sums, tf.zeros_like(sums))
    left = wanted - tf.reduce_max(before, axis=1, keepdims=True)
    inner = tf.cumsum(chosen, axis=1)
    # Added up in another order, the block's sum may differ in the last digit.
    left = tf.minimum(left, inner[:, -1:] * ALMOST_ONE)
    return block * BLOCK_SIZE + _count(inner <= left)


def _count(conditions: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(conditions, tf.int32), axis=1)
