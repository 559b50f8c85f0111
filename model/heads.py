"""Heads: what is predicted from the vectors of an encoder."""

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import dropout, layers

CLASSIFIER_DROPOUT = 0.1


def masked_lm(
    hidden: tf.Tensor,
    token_table: tf.Tensor,
    config: config_lib.EncoderConfig,
    scope: str = "generator_predictions",
) -> tf.Tensor:
    """Scores every token of the vocabulary at every given position.

    Args:
      hidden: float Tensor, [B, M, H]: the encoder's output at M positions.
      token_table: float Tensor or variable, [V, E]: the encoder's token embeddings,
        which are the output weights too.
      config: Of the encoder.
      scope: Variable scope of the head.

    Returns:
      logits: float Tensor, [B * M, V].
    """
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        rows = layers.dense(
            layers.flatten_rows(hidden),
            config.embedding_size,
            "dense",
            layers.normal(config.initializer_range),
            layers.activation(config.hidden_act),
        )
        rows = layers.layer_norm(rows)
        bias = tf.get_variable(
            "output_bias", [config.vocab_size], initializer=tf.zeros_initializer()
        )
    logits = tf.matmul(rows, token_table, transpose_b=True)
    return tf.nn.bias_add(logits, bias)


def token_binary(
    sequence: tf.Tensor,
    config: config_lib.EncoderConfig,
    scope: str = "discriminator_predictions",
) -> tf.Tensor:
    """Scores one yes-or-no question about every token.

    Args:
      sequence: float Tensor, [B, T, H].
      config: Of the encoder.
      scope: Variable scope of the head.

    Returns:
      logits: float Tensor, [B, T].
    """
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        hidden = layers.dense(
            sequence,
            config.hidden_size,
            "dense",
            layers.normal(config.initializer_range),
            layers.activation(config.hidden_act),
        )
        logits = layers.dense(hidden, 1, "dense_1")
    return tf.squeeze(logits, -1)


def classification(
    pooled: tf.Tensor, num_classes: int, is_training: bool, scope: str
) -> tf.Tensor:
    """Scores the classes of a sequence; one class is a regression.

    Args:
      pooled: float Tensor, [B, H].
      num_classes: C.
      is_training: Whether dropout is on.
      scope: Variable scope of the head.

    Returns:
      logits: float Tensor, [B, C].
    """
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        rate = CLASSIFIER_DROPOUT if is_training else 0.0
        return layers.dense(dropout.apply(pooled, rate, "pooled"), num_classes, "dense")
