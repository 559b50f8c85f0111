"""The Transformer of BERT and ConvBERT: tokens are mixed, then feed-forward.

`transformer` sees the whole text, `gpt` what was read so far. With
`parameter_sharing` every layer has the variables of the first, as in ALBERT
(https://arxiv.org/abs/1909.11942, section 3.1).
"""

import re
from typing import Any, Callable, Dict, Tuple

import tensorflow.compat.v1 as tf

from model import attention, dropout, embeddings, layers
from model import config as config_lib
from model.encoders import base

# (rows [R, H], layout, config) -> (mixed [R, ...], weights [B, N, T, T])
Mix = Callable[
    [tf.Tensor, attention.Layout, config_lib.EncoderConfig],
    Tuple[tf.Tensor, tf.Tensor],
]


def encode(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs layers of attention and span convolution; see `base.Encoder`."""
    hidden = embeddings.project(embedded, config)
    return run_layers(
        hidden, attention.layout_of(mask), config, attention.mixed_attention
    )


def encode_left(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs layers whose attention does not look ahead; see `base.Encoder`."""
    hidden = embeddings.project(embedded, config)
    layout = _without_later_tokens(attention.layout_of(mask))
    return run_layers(hidden, layout, config, attention.mixed_attention)


def _without_later_tokens(layout: attention.Layout) -> attention.Layout:
    """Returns a layout whose bias, [B, 1, T, T], hides token s > t from token t.

    Later tokens are hidden more than padding, so that not even an output whose left
    is all padding looks ahead.
    """
    places = tf.range(layout.length)
    is_later = tf.cast(places[None, :] > places[:, None], tf.float32)  # [T, T]
    return layout._replace(bias=layout.bias + is_later * 2.0 * attention.MASKED_SCORE)


def run_layers(
    hidden: tf.Tensor,
    layout: attention.Layout,
    config: config_lib.EncoderConfig,
    mix: Mix,
) -> base.Encoded:
    """Runs layers that differ only in how they mix tokens.

    Args:
      hidden: float Tensor, [B, T, H].
      layout: Of the batch.
      config: Architecture.
      mix: Called once per layer.

    Returns:
      hidden_layers: L float Tensors, [B, T, H].
      weights: L float Tensors, [B, N, T, T].
    """
    shape = layers.shape_list(hidden)
    rows = layers.flatten_rows(hidden)  # [R, H]
    getter = _of_first_layer if config.parameter_sharing else None
    hidden_layers, weights = [], []
    with tf.variable_scope("encoder", custom_getter=getter):
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d" % index):
                rows, layer_weights = _layer(rows, layout, config, mix)
            hidden_layers.append(tf.reshape(rows, shape))
            weights.append(layer_weights)
    return hidden_layers, weights


def _of_first_layer(getter: Callable[..., Any], name: str, *args: Any, **options: Any):
    """Gets the variable of `layer_0` of that name.

    The scopes of the layers stay apart: dropout draws its numbers by them.
    """
    return getter(re.sub(r"/layer_\d+/", "/layer_0/", name), *args, **options)


def _layer(
    rows: tf.Tensor,
    layout: attention.Layout,
    config: config_lib.EncoderConfig,
    mix: Mix,
) -> Tuple[tf.Tensor, tf.Tensor]:
    """One layer; [R, H] -> [R, H] and the attention weights [B, N, T, T]."""
    initializer = layers.normal(config.initializer_range)
    with tf.variable_scope("attention"):
        with tf.variable_scope("self"):
            mixed, weights = mix(rows, layout, config)
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


def multiplications(config: config_lib.EncoderConfig, length: int) -> Dict[str, float]:
    """Returns the multiplications per token; see `base.Encoder`."""
    per_layer = attention_multiplications(config, length)
    per_layer.update(feed_forward_multiplications(config))
    if config.has_convolution:
        hidden, heads = config.hidden_size, config.num_kept_heads * config.head_size
        kernel = config.conv_kernel_size
        num_kernel_weights = config.num_kept_heads * kernel
        per_layer.update(
            {
                "convolution's input": hidden * heads,
                "convolution's kernels": hidden * (kernel + heads)
                + heads * num_kernel_weights,
                "span convolution": kernel * heads,
                "output": 2 * hidden * heads,
            }
        )
    parts = base.in_all_layers(config, per_layer)
    parts.update(base.projection_multiplications(config))
    return parts


def attention_multiplications(
    config: config_lib.EncoderConfig, length: int
) -> Dict[str, float]:
    """Returns the multiplications of one layer's attention, by part."""
    hidden, heads = config.hidden_size, config.num_kept_heads * config.head_size
    return {
        "query, key, value": 3 * hidden * heads,
        "attention": 2 * length * heads,
        "output": hidden * heads,
    }


def feed_forward_multiplications(
    config: config_lib.EncoderConfig,
) -> Dict[str, float]:
    """Returns the multiplications of one layer's feed-forward block."""
    size = config.hidden_size * config.intermediate_size
    return {"feed-forward": 2 * size / config.linear_groups}


def _check(config: config_lib.EncoderConfig) -> None:
    base.check_unused(config, TRANSFORMER.unused)


def _check_left(config: config_lib.EncoderConfig) -> None:
    if config.has_convolution:
        raise ValueError(
            "conv_type is %r, but a span convolution sees tokens to the right, which "
            "the encoder %r must not; set conv_type to %r and head_ratio to 1."
            % (config.conv_type, config.encoder, config_lib.NO_CONVOLUTION)
        )
    base.check_unused(config, GPT.unused)


TRANSFORMER = base.Encoder(
    encode=encode,
    sight=base.sees_both,
    check=_check,
    multiplications=multiplications,
    unused=("bidirectional",),
)
GPT = base.Encoder(
    encode=encode_left,
    sight=base.sees_left,
    check=_check_left,
    multiplications=multiplications,
    unused=("bidirectional", *base.CONVOLUTION_SETTINGS),
)
