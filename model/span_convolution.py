"""Span convolution: every token brings its own kernels, one per head.

    outputs[t, n] = sum over k of kernels[t, n, k] * values[t + k - K // 2, n]

Beyond the ends of a sequence the values are zero. Shapes follow the glossary in
`layers.py`; no tensor of shape [B, T, N, D, K] is ever made.
"""

from typing import Any

import tensorflow.compat.v1 as tf

from model import layers
from util import fusion


def convolve(
    values: tf.Tensor, kernels: tf.Tensor, is_plain: bool = False
) -> tf.Tensor:
    """Convolves the values of every token and head with a kernel of their own.

    Args:
      values: float Tensor, [B, T, N, D].
      kernels: float Tensor, [B, T, N, K]; K is odd.
      is_plain: Leave the gradient to TensorFlow, which pads and adds up K tensors
        and takes several times as long; it is there to compare with.

    Returns:
      float Tensor, [B, T, N, D].
    """
    if is_plain:
        return _weighted_sum_of_shifts(values, kernels)
    return _convolve(values, kernels)


def _weighted_sum_of_shifts(values: tf.Tensor, kernels: tf.Tensor) -> tf.Tensor:
    """The definition above, one product per place in the kernel."""
    outputs = 0.0
    for place, shifted in enumerate(layers.shifts(values, layers.width(kernels))):
        outputs += kernels[..., place : place + 1] * shifted  # [B, T, N, D]
    return outputs


_fused_convolution = fusion.kernel(_weighted_sum_of_shifts)


@tf.custom_gradient
def _convolve(values: tf.Tensor, kernels: tf.Tensor) -> Any:
    """The convolution with its gradient gathered rather than scattered.

    d_values[t]     = sum over k of kernels[t - s, k] * d_outputs[t - s], s = k - K // 2
    d_kernels[t, k] = d_outputs[t] . values[t + s]
    """

    def gradient(d_outputs: tf.Tensor) -> Any:
        d_values = _gradient_of_values(kernels, d_outputs)
        d_kernels = _gradient_of_kernels(
            values, d_outputs, kernel_size=layers.width(kernels)
        )
        return d_values, d_kernels

    return _fused_convolution(values, kernels), gradient


@fusion.kernel
def _gradient_of_values(kernels: tf.Tensor, d_outputs: tf.Tensor) -> tf.Tensor:
    size = layers.width(kernels)
    d_values = 0.0
    # The shift by -s is the K - 1 - k'th of the shifts.
    shifted_back = zip(
        layers.shifts(kernels, size)[::-1], layers.shifts(d_outputs, size)[::-1]
    )
    for place, (kernel, d_output) in enumerate(shifted_back):
        d_values += kernel[..., place : place + 1] * d_output  # [B, T, N, D]
    return d_values


@fusion.summing_kernel
def _gradient_of_kernels(
    values: tf.Tensor, d_outputs: tf.Tensor, kernel_size: int
) -> tf.Tensor:
    shifts = layers.shifts(values, kernel_size)
    d_kernels = [tf.reduce_sum(d_outputs * shifted, axis=-1) for shifted in shifts]
    return tf.stack(d_kernels, axis=-1)  # [B, T, N, K]
