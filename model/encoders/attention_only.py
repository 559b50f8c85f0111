"""Attention and nothing else: no residual, no feed-forward block, no normalization."""

from typing import Dict

import tensorflow.compat.v1 as tf

from model import attention, embeddings, layers
from model import config as config_lib
from model.encoders import base, transformer


def encode(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs layers of self-attention with an output projection; see `base.Encoder`."""
    hidden = embeddings.project(embedded, config)
    shape = layers.shape_list(hidden)
    layout = attention.layout_of(mask)
    rows = layers.flatten_rows(hidden)  # [R, H]
    initializer = layers.normal(config.initializer_range)
    hidden_layers, weights = [], []
    with tf.variable_scope("encoder"):
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d/attention" % index):
                with tf.variable_scope("self"):
                    rows, layer_weights = attention.mixed_attention(
                        rows, layout, config
                    )
                with tf.variable_scope("output"):
                    rows = layers.dense(rows, config.hidden_size, "dense", initializer)
            hidden_layers.append(tf.reshape(rows, shape))
            weights.append(layer_weights)
    return hidden_layers, weights


def multiplications(config: config_lib.EncoderConfig, length: int) -> Dict[str, float]:
    """Returns the multiplications per token; see `base.Encoder`."""
    per_layer = transformer.attention_multiplications(config, length)
    parts = base.in_all_layers(config, per_layer)
    parts.update(base.projection_multiplications(config))
    return parts


def _check(config: config_lib.EncoderConfig) -> None:
    base.check_unused(config, ATTENTION_ONLY.unused)


ATTENTION_ONLY = base.Encoder(
    encode=encode,
    sight=base.sees_both,
    check=_check,
    multiplications=multiplications,
    unused=(
        *base.CONVOLUTION_SETTINGS,
        "linear_groups",
        "parameter_sharing",
        "bidirectional",
    ),
)
