"""Causal convolutions: every token sees the K - 1 tokens to its left, K with itself.

`cnn` is linear; `gatedcnn` is "Language Modeling with Gated Convolutional Networks",
https://arxiv.org/abs/1612.08083, with a residual around every `block_size` layers
after the first. K is conv_kernel_size and may be even. What is to the left of the
first token counts as zero.
"""

from typing import Dict, Sequence

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import layers
from model.encoders import base


def encode(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs a convolution to the hidden size, then L more; see `base.Encoder`.

    Args:
      embedded: float Tensor, [B, T, E], or what a layer below made of it.
      mask: Not needed: padding is to the right of every token.
      config: Architecture.
    """
    del mask
    hidden, hidden_layers = embedded, []
    with tf.variable_scope("encoder"):
        with tf.variable_scope("layer_0"):
            hidden = convolve(hidden, ["input"], config)
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d" % index):
                hidden = convolve(hidden, ["convolution"], config)
            hidden_layers.append(hidden)
    return hidden_layers, []


def encode_gated(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs L gated convolutions; see `base.Encoder`."""
    del mask
    hidden, hidden_layers = embedded, []
    block_input = embedded
    with tf.variable_scope("encoder"):
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d" % index):
                convolved = convolve(hidden, ["convolution", "gate"], config)
            values, gates = tf.split(convolved, 2, axis=-1)
            hidden = values * tf.sigmoid(gates)
            if index and index % config.block_size == 0:
                hidden += block_input
            if index % config.block_size == 0:
                block_input = hidden  # As wide as what follows; the embeddings are not.
            hidden_layers.append(hidden)
    return hidden_layers, []


def convolve(
    sequences: tf.Tensor, names: Sequence[str], config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Applies causal convolutions of H units each as one.

    Args:
      sequences: float Tensor, [B, T, E].
      names: Variable scopes; each has `kernel` [K, E, H] and `bias` [H].
      config: Architecture.

    Returns:
      float Tensor, [B, T, len(names) * H].
    """
    kernel_size, units = config.conv_kernel_size, config.hidden_size
    kernels, biases = [], []
    for name in names:
        with tf.variable_scope(name):
            kernel = tf.get_variable(
                "kernel",
                [kernel_size, layers.width(sequences), units],
                initializer=layers.normal(config.initializer_range),
            )
            kernels.append(kernel)
            biases.append(layers.bias_variable(units))
    padded = tf.pad(sequences, [[0, 0], [kernel_size - 1, 0], [0, 0]])
    outputs = tf.nn.conv1d(padded, tf.concat(kernels, axis=2), 1, "VALID")
    return tf.nn.bias_add(outputs, tf.concat(biases, axis=0))


def multiplications(config: config_lib.EncoderConfig, length: int) -> Dict[str, float]:
    """Returns the multiplications per token; see `base.Encoder`."""
    del length
    hidden, num_layers = config.hidden_size, config.num_hidden_layers
    input_sizes = config.embedding_size + num_layers * hidden
    return {"convolution": float(config.conv_kernel_size * hidden * input_sizes)}


def _multiplications_gated(
    config: config_lib.EncoderConfig, length: int
) -> Dict[str, float]:
    """Returns the multiplications per token of `gatedcnn`; see `base.Encoder`."""
    del length
    hidden, num_layers = config.hidden_size, config.num_hidden_layers
    input_sizes = config.embedding_size + (num_layers - 1) * hidden
    count = float(config.conv_kernel_size * hidden * input_sizes)
    return {"convolution": count, "gate": count}


def _check(config: config_lib.EncoderConfig) -> None:
    base.check_unused(config, CNN.unused)


CNN = base.Encoder(
    encode=encode,
    sight=base.sees_left,
    check=_check,
    multiplications=multiplications,
    unused=(*base.TRANSFORMER_SETTINGS, "bidirectional"),
)
GATED_CNN = base.Encoder(
    encode=encode_gated,
    sight=base.sees_left,
    check=_check,
    multiplications=_multiplications_gated,
    unused=CNN.unused,
)
