"""Separable convolution: each unit along the sequence by itself, then all units mixed.

ConvBERT summarizes with it the span around a token, from which the token's kernel is
made; see section 3.3 of https://arxiv.org/abs/2008.02496. Shapes follow the glossary
in `layers.py`.
"""

from typing import Any

import tensorflow.compat.v1 as tf

from model import layers
from util import compat, fusion


def separable_convolution(
    sequences: tf.Tensor, kernel_size: int, units: int, name: str, initializer: Any
) -> tf.Tensor:
    """Convolves every unit with its own K weights, then applies a dense layer.

    Args:
      sequences: float Tensor, [B, T, H]; taken to be zero beyond its ends.
      kernel_size: K, odd.
      units: Output width U.
      name: Variable scope; the variables are `depthwise_kernel` [K, H, 1],
        `pointwise_kernel` [1, H, U] and `bias` [U].
      initializer: Of the pointwise kernel; the weights of the depthwise one start
        with a standard deviation of 1 / K.

    Returns:
      float Tensor, [R, U].
    """
    hidden_size = layers.width(sequences)
    with tf.variable_scope(name):
        depthwise = tf.get_variable(
            "depthwise_kernel",
            [kernel_size, hidden_size, 1],
            initializer=layers.normal(1.0 / kernel_size),
        )
        pointwise = tf.get_variable(
            "pointwise_kernel", [1, hidden_size, units], initializer=initializer
        )
        bias = layers.bias_variable(units)
    summaries = depthwise_convolution(sequences, tf.squeeze(depthwise, 2))
    return layers.affine(layers.flatten_rows(summaries), tf.squeeze(pointwise, 0), bias)


def depthwise_convolution(sequences: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolves each unit of [B, T, H] with its column of the kernel, [K, H].

    Where kernels are compiled and TensorFlow's own operation is slower than one that
    adds up shifted sequences, it is that one, to within rounding.
    """
    if fusion.is_enabled() and compat.has_slow_depthwise_convolution():
        return _sum_of_shifts_with_gradient(sequences, kernel)
    return plain_depthwise_convolution(sequences, kernel)


def plain_depthwise_convolution(sequences: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """The same by TensorFlow's own operation."""
    outputs = tf.nn.depthwise_conv2d(
        _as_images(sequences), _as_filter(kernel), strides=[1] * 4, padding="SAME"
    )
    return tf.squeeze(outputs, 1)


def _as_images(sequences: tf.Tensor) -> tf.Tensor:
    return sequences[:, None]  # [B, 1, T, H]


def _as_filter(kernel: tf.Tensor) -> tf.Tensor:
    return kernel[None, :, :, None]  # [1, K, H, 1]


@tf.custom_gradient
def _sum_of_shifts_with_gradient(sequences: tf.Tensor, kernel: tf.Tensor) -> Any:
    def gradient(d_outputs):
        d_sequences = _sum_of_shifts(d_outputs, kernel[::-1])
        d_filter = tf.nn.depthwise_conv2d_backprop_filter(
            _as_images(sequences),
            [1] + kernel.shape.as_list() + [1],
            _as_images(d_outputs),
            strides=[1] * 4,
            padding="SAME",
        )
        return d_sequences, tf.squeeze(d_filter, [0, 3])

    return _sum_of_shifts(sequences, kernel), gradient


def _fused_sum_of_shifts(sequences: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    kernel_size = int(kernel.shape[0])
    outputs = 0.0
    for place, shifted in enumerate(layers.shifts(sequences, kernel_size)):
        outputs += shifted * kernel[place]  # [B, T, H]
    return outputs


_sum_of_shifts = fusion.kernel(_fused_sum_of_shifts, plain=plain_depthwise_convolution)
