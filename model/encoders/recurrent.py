"""Recurrent encoders: token after token, with a memory between them.

`lstm` and `gru` read forward; with `bidirectional`, every layer reads both ways with
half of the units each and the next one sees both. `bilstm` is two stacks that meet
only at the end. Reading backward starts at the last token, not in the padding.

The cells are in `model/recurrence.py`. U counts the units of one direction.
"""

import functools
from typing import Dict

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import dropout, recurrence
from model.encoders import base


def encode(
    layer: recurrence.Layer,
    embedded: tf.Tensor,
    mask: tf.Tensor,
    config: config_lib.EncoderConfig,
) -> base.Encoded:
    """Runs layers in one direction or in both; see `base.Encoder`.

    Args:
      layer: `recurrence.lstm` or `recurrence.gru`.
      embedded: float Tensor, [B, T, E], or what a layer below made of it.
      mask: int32 Tensor, [B, T].
      config: Architecture.
    """
    lengths = tf.reduce_sum(mask, axis=1)
    hidden, hidden_layers = embedded, []
    with tf.variable_scope("encoder"):
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d" % index):
                hidden = _directions(layer, hidden, lengths, config)
                hidden = dropout.apply(hidden, config.hidden_dropout_prob, "dropout")
            hidden_layers.append(hidden)
    return hidden_layers, []


def _directions(
    layer: recurrence.Layer,
    hidden: tf.Tensor,
    lengths: tf.Tensor,
    config: config_lib.EncoderConfig,
) -> tf.Tensor:
    """Runs a layer in as many directions as there are; [B, T, ...] -> [B, T, H]."""
    units = _units(config)
    with tf.variable_scope("forward"):
        forward = layer(hidden, units, config)
    if not config.bidirectional:
        return forward
    with tf.variable_scope("backward"):
        backward = layer(_reversed(hidden, lengths), units, config)
    return tf.concat([forward, _reversed(backward, lengths)], axis=-1)


def _encode_apart(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs a forward and a backward stack of LSTMs; see `base.Encoder`."""
    lengths = tf.reduce_sum(mask, axis=1)
    rate, units = config.hidden_dropout_prob, config.hidden_size // 2
    forward, backward = embedded, _reversed(embedded, lengths)
    hidden_layers = []
    with tf.variable_scope("encoder"):
        for index in range(config.num_hidden_layers):
            with tf.variable_scope("layer_%d/forward" % index):
                forward = dropout.apply(
                    recurrence.lstm(forward, units, config), rate, "dropout"
                )
            with tf.variable_scope("layer_%d/backward" % index):
                backward = dropout.apply(
                    recurrence.lstm(backward, units, config), rate, "dropout"
                )
            hidden_layers.append(
                tf.concat([forward, _reversed(backward, lengths)], axis=-1)
            )
    return hidden_layers, []


def _reversed(sequences: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Turns the tokens of [B, T, ...] around and leaves the padding at the end."""
    return tf.reverse_sequence(sequences, lengths, seq_axis=1, batch_axis=0)


def _units(config: config_lib.EncoderConfig) -> int:
    return config.hidden_size // (2 if config.bidirectional else 1)


def multiplications(
    num_gates: int, config: config_lib.EncoderConfig, length: int
) -> Dict[str, float]:
    """Returns the multiplications per token; see `base.Encoder`.

    Args:
      num_gates: Of the cell.
      config: Architecture; embedding_size is the width of what the first layer reads.
      length: T; they do not depend on it.
    """
    del length
    return _by_part(num_gates, config, _units(config), config.hidden_size)


def _multiplications_apart(
    config: config_lib.EncoderConfig, length: int
) -> Dict[str, float]:
    """Returns the multiplications per token of `bilstm`; see `base.Encoder`."""
    del length
    units = config.hidden_size // 2
    return _by_part(recurrence.LSTM_GATES, config, units, units)


def _by_part(
    num_gates: int, config: config_lib.EncoderConfig, units: int, inner_size: int
) -> Dict[str, float]:
    """Returns multiplications of layers that read `inner_size` units of each other."""
    width, num_layers = num_gates * config.hidden_size, config.num_hidden_layers
    input_sizes = config.embedding_size + (num_layers - 1) * inner_size
    return {
        "input": float(width * input_sizes),
        "recurrence": float(width * units * num_layers),
    }


def _sight(config: config_lib.EncoderConfig) -> str:
    if not config.bidirectional:
        return base.LEFT
    # The directions of a single layer never meet.
    return base.BOTH if config.num_hidden_layers > 1 else base.HALVES


def _see_halves(config: config_lib.EncoderConfig) -> str:
    del config
    return base.HALVES


def _check(config: config_lib.EncoderConfig) -> None:
    base.check_unused(config, LSTM.unused)
    if config.bidirectional:
        base.check_even_width(config)


def _check_apart(config: config_lib.EncoderConfig) -> None:
    if config.bidirectional:
        raise ValueError(
            "bidirectional is True, but the encoder %r has two directions already; "
            "leave bidirectional false, or set encoder to 'lstm', whose layers see "
            "both." % config.encoder
        )
    base.check_unused(config, BILSTM.unused)
    base.check_even_width(config)


LSTM = base.Encoder(
    encode=functools.partial(encode, recurrence.lstm),
    sight=_sight,
    check=_check,
    multiplications=functools.partial(multiplications, recurrence.LSTM_GATES),
    unused=base.TRANSFORMER_SETTINGS,
    initializer_range=base.WIDE_INITIALIZER_RANGE,
)
GRU = base.Encoder(
    encode=functools.partial(encode, recurrence.gru),
    sight=_sight,
    check=_check,
    multiplications=functools.partial(multiplications, recurrence.GRU_GATES),
    unused=base.TRANSFORMER_SETTINGS,
    initializer_range=base.WIDE_INITIALIZER_RANGE,
)
BILSTM = base.Encoder(
    encode=_encode_apart,
    sight=_see_halves,
    check=_check_apart,
    multiplications=_multiplications_apart,
    unused=(*base.TRANSFORMER_SETTINGS, "bidirectional"),
    initializer_range=base.WIDE_INITIALIZER_RANGE,
)
