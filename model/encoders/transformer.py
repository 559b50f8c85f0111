"""The Transformer of BERT and ConvBERT: mixed attention, then feed-forward."""

from typing import List, Tuple

import tensorflow.compat.v1 as tf

from model import attention, dropout, layers
from model import config as config_lib


def encode(
    hidden: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> Tuple[List[tf.Tensor], List[tf.Tensor]]:
    """Runs the layers.

    Args:
      hidden: float Tensor, [B, T, H].
      mask: int32 Tensor, [B, T]; 1 for a token, 0 for padding.
      config: Architecture; its dropout rates are applied as they are.

    Returns:
      hidden_layers: L float Tensors, [B, T, H].
      weights: L float Tensors, [B, N, T, T].
    """
    shape = layers.shape_list(hidden)
    layout = attention.layout_of(mask)
    rows = layers.flatten_rows(hidden)  # [R, H]
    hidden_layers, weights = [], []
    with tf.variable_scope("encoder"):
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d" % index):
                rows, layer_weights = _layer(rows, layout, config)
            hidden_layers.append(tf.reshape(rows, shape))
            weights.append(layer_weights)
    return hidden_layers, weights


def _layer(
    rows: tf.Tensor, layout: attention.Layout, config: config_lib.EncoderConfig
) -> Tuple[tf.Tensor, tf.Tensor]:
    """One layer; [R, H] -> [R, H] and the attention weights [B, N, T, T]."""
    initializer = layers.normal(config.initializer_range)
    with tf.variable_scope("attention"):
        with tf.variable_scope("self"):
            mixed, weights = attention.mixed_attention(rows, layout, config)
        with tf.variable_scope("output"):
            mixed = layers.dense(mixed, config.hidden_size, "dense", initializer)
            mixed = dropout.apply(mixed, config.hidden_dropout_prob, "dropout")
            rows = layers.layer_norm(mixed + rows)
    outputs = _feed_forward(rows, config)
    with tf.variable_scope("output"):
        outputs = dropout.apply(outputs, config.hidden_dropout_prob, "dropout")
        return layers.layer_norm(outputs + rows), weights


def _feed_forward(rows: tf.Tensor, config: config_lib.EncoderConfig) -> tf.Tensor:
    """Two dense layers, grouped if the config says so; [R, H] -> [R, H]."""
    initializer = layers.normal(config.initializer_range)
    activation = layers.activation(config.hidden_act)
    inside, outside = config.intermediate_size, config.hidden_size
    if config.linear_groups == 1:
        with tf.variable_scope("intermediate"):
            rows = layers.dense(rows, inside, "dense", initializer, activation)
        with tf.variable_scope("output"):
            return layers.dense(rows, outside, "dense", initializer)
    slices = layers.to_groups(rows, config.linear_groups)  # [G, R, H/G]
    with tf.variable_scope("intermediate"):
        slices = layers.grouped_dense(slices, inside, "g_dense", initializer)
        slices = activation(slices)
    with tf.variable_scope("output"):
        slices = layers.grouped_dense(slices, outside, "g_dense", initializer)
    return layers.from_groups(slices)
