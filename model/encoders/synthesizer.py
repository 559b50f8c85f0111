"""Synthesizer: Transformer layers whose attention weights no query asks for.

See "Synthesizer: Rethinking Self-Attention in Transformer Models", sections 3.1 and
3.2, https://arxiv.org/abs/2005.00743. A token's scores follow from the token alone
(`synt_type="dense"`) or from its place alone ("random"). There are weights for
P = max_position_embeddings places; a batch uses the first T of them.
"""

from typing import Any, Callable, Dict, Tuple

import tensorflow.compat.v1 as tf

from model import attention, dropout, embeddings, layers
from model import config as config_lib
from model.encoders import base, transformer


def encode(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs layers of synthesized attention; see `base.Encoder`.

    Raises:
      ValueError: T is known and larger than max_position_embeddings.
    """
    hidden = embeddings.project(embedded, config)
    layout = attention.layout_of(mask)
    layout = layout._replace(length=embeddings.checked_length(layout.length, config))
    return transformer.run_layers(hidden, layout, config, _mix)


def _mix(
    rows: tf.Tensor, layout: attention.Layout, config: config_lib.EncoderConfig
) -> Tuple[tf.Tensor, tf.Tensor]:
    """Mixes tokens by synthesized weights.

    Returns:
      mixed: float Tensor, [R, H].
      weights: float Tensor, [B, 1, T, T]; each row sums to 1.
    """
    scores = SCORES[config.synt_type](rows, layout, config) + layout.bias
    kept = dropout.apply_to_softmax(  # [B, 1, T, T]
        scores, config.attention_probs_dropout_prob, "attention"
    )
    size = config.hidden_size
    initializer = layers.normal(config.initializer_range)
    value = layers.dense(rows, size, "value", initializer)
    value = tf.reshape(value, [layout.batch_size, 1, layout.length, size])
    return tf.reshape(tf.matmul(kept, value), [-1, size]), tf.nn.softmax(scores)


def _dense_scores(
    rows: tf.Tensor, layout: attention.Layout, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Returns what each token says of the places; [B, 1, T, T]."""
    num_places = config.max_position_embeddings
    initializer = layers.normal(config.initializer_range)
    inside = layers.dense(rows, num_places, "dense_1", initializer, tf.nn.relu)
    kernel, bias = layers.dense_variables(
        num_places, num_places, "dense_2", initializer
    )
    length = layout.length
    scores = layers.affine(inside, kernel[:, :length], bias[:length])  # [R, T]
    return tf.reshape(scores, [layout.batch_size, 1, length, length])


def _random_scores(
    rows: tf.Tensor, layout: attention.Layout, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Returns what each place says of the places; [1, 1, T, T]."""
    del rows
    num_places = config.max_position_embeddings
    table = tf.get_variable(
        "scores",
        [num_places, num_places],
        initializer=layers.normal(config.initializer_range),
    )
    return table[: layout.length, : layout.length][None, None]


SCORES: Dict[str, Callable[..., Any]] = {
    config_lib.DENSE_SYNTHESIZER: _dense_scores,
    config_lib.RANDOM_SYNTHESIZER: _random_scores,
}


def multiplications(config: config_lib.EncoderConfig, length: int) -> Dict[str, float]:
    """Returns the multiplications per token; see `base.Encoder`."""
    hidden, num_places = config.hidden_size, config.max_position_embeddings
    per_layer: Dict[str, float] = {
        "value": hidden * hidden,
        "attention": length * hidden,
        "output": hidden * hidden,
    }
    if config.synt_type == config_lib.DENSE_SYNTHESIZER:
        per_layer["scores"] = num_places * (hidden + length)
    per_layer.update(transformer.feed_forward_multiplications(config))
    parts = base.in_all_layers(config, per_layer)
    parts.update(base.projection_multiplications(config))
    return parts


def _check(config: config_lib.EncoderConfig) -> None:
    base.check_unused(config, SYNTHESIZER.unused)


SYNTHESIZER = base.Encoder(
    encode=encode,
    sight=base.sees_both,
    check=_check,
    multiplications=multiplications,
    unused=("num_attention_heads", *base.CONVOLUTION_SETTINGS, "bidirectional"),
)
