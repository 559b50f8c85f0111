"""Dropout, after any tensor or after a softmax.

One random 32-bit number decides over two elements, and the gradient makes the mask of
the numbers again instead of keeping it: they take half the memory of what is dropped.
"""

import tensorflow.compat.v1 as tf

from model import layers
from util import fusion, randomness


def apply(inputs: tf.Tensor, rate: float, name: str) -> tf.Tensor:
    """Zeroes elements at random and scales the others, so that the mean is kept.

    The rate is rounded to a multiple of 1/65536; the scale fits the rounded rate.

    Args:
      inputs: float Tensor of any shape.
      rate: Probability of zeroing an element, in [0, 1); 0 returns the inputs.
      name: Unique in the variable scope: names the random stream.
    """
    kept = _kept_of_65536(rate)
    if kept == 65536:
        return inputs
    numbers = _random_numbers(inputs, name)

    @tf.custom_gradient
    def thinned(tensor):
        return _thin(tensor, numbers, kept), lambda d_outputs: _thin(
            d_outputs, numbers, kept
        )

    return thinned(inputs)


def apply_to_softmax(logits: tf.Tensor, rate: float, name: str) -> tf.Tensor:
    """Returns `apply(tf.nn.softmax(logits), rate, name)`, with a faster gradient.

    Args:
      logits: float Tensor, [B, ...].
      rate: As in `apply`.
      name: As in `apply`.
    """
    kept = _kept_of_65536(rate)
    if kept == 65536 or not _has_halves(logits):
        return apply(tf.nn.softmax(logits), rate, name)
    numbers = _random_numbers(logits, name)

    @tf.custom_gradient
    def thinned_softmax(logits):
        weights = tf.nn.softmax(logits)

        def gradient(d_outputs):
            d_logits = _softmax_gradient(
                _halves(weights), _halves(d_outputs), numbers, kept=kept
            )
            return tf.reshape(d_logits, logits.shape)

        return _thin(weights, numbers, kept), gradient

    return thinned_softmax(logits)


def _kept_of_65536(rate: float) -> int:
    kept = 65536 - int(round(rate * 65536))
    if kept <= 0:
        raise ValueError("The dropout rate must be below 1, got %s." % rate)
    return kept


def _random_numbers(inputs: tf.Tensor, name: str) -> tf.Tensor:
    """Returns random numbers, int32, one for every two of X elements.

    The upper halves of the numbers decide over the first elements, the lower halves
    over the rest. Shape [1, B / 2, ...] for inputs of shape [B, ...] if B is known to
    be even, else [1, (X + 1) // 2].
    """
    shape = [(layers.product_of(layers.shape_list(inputs)) + 1) // 2]
    if _has_halves(inputs):
        shape = inputs.shape.as_list()
        shape[0] //= 2
    return randomness.random_bits([1] + shape, name)


def _has_halves(tensor: tf.Tensor) -> bool:
    return tensor.shape.is_fully_defined() and int(tensor.shape[0]) % 2 == 0


def _halves(tensor: tf.Tensor) -> tf.Tensor:
    """[B, ...] -> [2, B / 2, ...]."""
    batch_size, *rest = tensor.shape.as_list()
    return tf.reshape(tensor, [2, batch_size // 2] + rest)


def _thin(tensor: tf.Tensor, numbers: tf.Tensor, kept: int) -> tf.Tensor:
    """Multiplies `kept` in 65536 elements by 65536 / kept, the others by 0."""
    if _has_halves(tensor):
        thinned = _thin_halves(_halves(tensor), numbers, kept=kept)
        return tf.reshape(thinned, tensor.shape)
    shape = layers.shape_list(tensor)
    mask = tf.reshape(_mask(numbers, kept), [-1])[: layers.product_of(shape)]
    return tensor * tf.reshape(mask, shape)


@fusion.kernel
def _thin_halves(halves, numbers, kept):
    return halves * _mask(numbers, kept)


@fusion.kernel
def _softmax_gradient(weights, d_outputs, numbers, kept):
    d_weights = d_outputs * _mask(numbers, kept)
    return weights * (
        d_weights - tf.reduce_sum(d_weights * weights, axis=-1, keepdims=True)
    )


def _mask(numbers: tf.Tensor, kept: int) -> tf.Tensor:
    """Returns 65536 / kept for `kept` in 65536 elements, for the others 0.

    Args:
      numbers: int32 Tensor, [1, ...].
      kept: In [1, 65536).

    Returns:
      float32 Tensor, [2, ...].
    """
    shifts = tf.reshape(tf.constant([0, 16]), [2] + [1] * (numbers.shape.ndims - 1))
    is_kept = tf.bitwise.left_shift(numbers, shifts) < (kept - 32768) << 16
    return tf.cast(is_kept, tf.float32) * (65536.0 / kept)
