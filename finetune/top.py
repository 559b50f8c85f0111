"""What lies between the encoder and the heads: pooling, a BiLSTM.

Glossary: B sequences in the batch, T tokens, H hidden size.
"""

import dataclasses
from typing import Sequence

import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from model import config as config_lib
from model import encoders, layers, modeling
from util import settings

SCOPE = "task_specific/top"
ENCODER, FIRST, MEAN, MAX, LAST = "encoder", "first", "mean", "max", "last"


@dataclasses.dataclass(frozen=True)
class TopSettings(settings.Section):
    """What the heads of tasks are given of the encoder's output."""

    pooling: str = settings.setting(
        ENCODER,
        "Vector of a whole sequence: the encoder's own ([CLS], or what has seen all "
        "tokens), the first token's, the last one's, or the mean or maximum of all.",
        choices=[ENCODER, FIRST, MEAN, MAX, LAST],
    )
    bilstm_top: bool = settings.setting(
        False, "Put a bidirectional LSTM of the encoder's width between it and heads."
    )


def check(top: TopSettings, tasks: Sequence[task_lib.Task]) -> None:
    """Refuses a pooling that nothing looks at.

    Raises:
      ValueError: The heads of all tasks see single tokens only.
    """
    if top.pooling != ENCODER and not any(task.head.uses_pooled for task in tasks):
        raise ValueError(
            "pooling is %r, but %s looks at single tokens, not at the vector of a "
            "whole sequence; leave pooling at %r."
            % (top.pooling, " and ".join(task.name for task in tasks), ENCODER)
        )


def apply(
    encoded: modeling.EncoderOutput,
    mask: tf.Tensor,
    top: TopSettings,
    config: config_lib.EncoderConfig,
) -> modeling.EncoderOutput:
    """Returns what the heads are given.

    Args:
      encoded: Of the encoder.
      mask: int32 Tensor, [B, T]; 1 for a token, 0 for padding, which no pooling sees.
      top: What is wanted.
      config: Of the encoder; without dropout outside of training.
    """
    if top.bilstm_top:
        encoded = _with_bilstm(encoded, mask, config)
    if top.pooling != ENCODER:
        encoded = encoded._replace(pooled=pool(encoded.sequence, mask, top.pooling))
    return encoded


def _with_bilstm(
    encoded: modeling.EncoderOutput, mask: tf.Tensor, config: config_lib.EncoderConfig
) -> modeling.EncoderOutput:
    config = dataclasses.replace(
        config, encoder="lstm", bidirectional=True, num_hidden_layers=1
    )
    lstm = encoders.ENCODERS[config.encoder]
    with tf.variable_scope(SCOPE, reuse=tf.AUTO_REUSE):
        (sequence,), _ = lstm.encode(encoded.sequence, mask, config)
    pooled = modeling.pool(sequence, mask, lstm.sight(config))
    return encoded._replace(sequence=sequence, pooled=pooled)


def pool(sequence: tf.Tensor, mask: tf.Tensor, pooling: str) -> tf.Tensor:
    """Returns one vector per sequence; [B, T, H] -> [B, H].

    Args:
      sequence: float Tensor, [B, T, H].
      mask: int32 Tensor, [B, T]; every sequence has a token.
      pooling: FIRST, MEAN, MAX or LAST.
    """
    if pooling == FIRST:
        return sequence[:, 0]
    if pooling == LAST:
        places = tf.maximum(tf.reduce_sum(mask, axis=1, keepdims=True) - 1, 0)  # [B, 1]
        return layers.gather_positions(sequence, places)[:, 0]
    weights = tf.cast(mask, sequence.dtype)[:, :, tf.newaxis]  # [B, T, 1]
    if pooling == MEAN:
        count = tf.maximum(tf.reduce_sum(weights, axis=1), 1.0)
        return tf.reduce_sum(sequence * weights, axis=1) / count
    hidden = sequence.dtype.min * (1.0 - weights)
    return tf.reduce_max(sequence * weights + hidden, axis=1)
