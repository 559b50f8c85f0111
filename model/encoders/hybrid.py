"""An LSTM below convolutions, or convolutions below an LSTM; each of L layers.

Layer i of both stacks shares the variable scope `layer_i`.
"""

import dataclasses
import functools
from typing import Dict

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model.encoders import base, convolutional, recurrent


def _encode_recurrent_first(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs an LSTM, then convolutions: 2 * L layers; see `base.Encoder`."""
    read, _ = recurrent.LSTM.encode(embedded, mask, config)
    convolved, _ = convolutional.CNN.encode(read[-1], mask, config)
    return read + convolved, []


def _encode_convolution_first(
    embedded: tf.Tensor, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> base.Encoded:
    """Runs convolutions, then an LSTM: 2 * L layers; see `base.Encoder`."""
    convolved, _ = convolutional.CNN.encode(embedded, mask, config)
    read, _ = recurrent.LSTM.encode(convolved[-1], mask, config)
    return convolved + read, []


def _multiplications(
    below: base.Encoder,
    above: base.Encoder,
    config: config_lib.EncoderConfig,
    length: int,
) -> Dict[str, float]:
    """Returns the multiplications per token; see `base.Encoder`."""
    parts = below.multiplications(config, length)
    # The stack above reads H units.
    inner = dataclasses.replace(config, embedding_size=config.hidden_size)
    parts.update(above.multiplications(inner, length))
    return parts


def _check(config: config_lib.EncoderConfig) -> None:
    base.check_unused(config, RCNN.unused)


RCNN = base.Encoder(
    encode=_encode_recurrent_first,
    sight=base.sees_left,
    check=_check,
    multiplications=functools.partial(
        _multiplications, recurrent.LSTM, convolutional.CNN
    ),
    unused=convolutional.CNN.unused,
    initializer_range=base.WIDE_INITIALIZER_RANGE,
)
CRNN = base.Encoder(
    encode=_encode_convolution_first,
    sight=base.sees_left,
    check=_check,
    multiplications=functools.partial(
        _multiplications, convolutional.CNN, recurrent.LSTM
    ),
    unused=convolutional.CNN.unused,
    initializer_range=base.WIDE_INITIALIZER_RANGE,
)
