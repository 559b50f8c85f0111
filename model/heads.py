"""Heads: what is predicted from the vectors of an encoder."""

from typing import Optional

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import dropout, layers

CLASSIFIER_DROPOUT = 0.1


POOLER_SCOPE = "electra/pooler"  # Where Google's BERT has its own.


def masked_lm(
    hidden: tf.Tensor,
    token_table: Optional[tf.Tensor],
    config: config_lib.EncoderConfig,
    scope: str = "generator_predictions",
) -> tf.Tensor:
    """Scores every token of the vocabulary at every given position.

    Args:
      hidden: float Tensor, [B, M, H]: the encoder's output at M positions.
      token_table: float Tensor or variable, [V, E]: the encoder's token embeddings,
        which are the output weights too; None gives the head weights of its own.
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
        return _over_vocabulary(layers.layer_norm(rows), token_table, config)


def language_model(
    hidden: tf.Tensor,
    token_table: Optional[tf.Tensor],
    config: config_lib.EncoderConfig,
    scope: str,
) -> tf.Tensor:
    """Scores every token of the vocabulary as the next one, at every position.

    Args:
      hidden: float Tensor, [B, T, H] or a part of its units.
      token_table: As in `masked_lm`; a vector of another width than the table's is
        projected first.
      config: Of the encoder.
      scope: Variable scope of the head.

    Returns:
      logits: float Tensor, [B * T, V].
    """
    rows = layers.flatten_rows(hidden)
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        if token_table is not None and layers.width(rows) != config.embedding_size:
            initializer = layers.normal(config.initializer_range)
            rows = layers.dense(rows, config.embedding_size, "dense", initializer)
        return _over_vocabulary(rows, token_table, config)


def _over_vocabulary(
    rows: tf.Tensor,
    token_table: Optional[tf.Tensor],
    config: config_lib.EncoderConfig,
) -> tf.Tensor:
    """[R, E] -> [R, V], in the present scope."""
    if token_table is None:
        token_table = tf.get_variable(
            "output_weights",
            [config.vocab_size, layers.width(rows)],
            initializer=layers.normal(config.initializer_range),
        )
    bias = tf.get_variable(
        "output_bias", [config.vocab_size], initializer=tf.zeros_initializer()
    )
    logits = tf.matmul(rows, token_table, transpose_b=True)
    return tf.nn.bias_add(logits, bias)


def pooled_classification(
    pooled: tf.Tensor,
    num_classes: int,
    config: config_lib.EncoderConfig,
    scope: str,
) -> tf.Tensor:
    """Scores the classes of a sequence in pre-training, through BERT's pooler.

    Args:
      pooled: float Tensor, [B, H].
      num_classes: C.
      config: Of the encoder.
      scope: Variable scope of the head; the pooler has one of its own.

    Returns:
      logits: float Tensor, [B, C].
    """
    initializer = layers.normal(config.initializer_range)
    with tf.variable_scope(POOLER_SCOPE, reuse=tf.AUTO_REUSE):
        size = layers.width(pooled)
        hidden = layers.dense(pooled, size, "dense", initializer, tf.tanh)
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        return layers.dense(hidden, num_classes, "dense", initializer)


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
    pooled: tf.Tensor,
    num_classes: int,
    is_training: bool,
    scope: str,
    dropout_rate: float = CLASSIFIER_DROPOUT,
) -> tf.Tensor:
    """Scores the classes of a sequence; one class is a regression.

    Args:
      pooled: float Tensor, [B, H].
      num_classes: C.
      is_training: Whether dropout is on.
      scope: Variable scope of the head.
      dropout_rate: Of training.

    Returns:
      logits: float Tensor, [B, C].
    """
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        rate = dropout_rate if is_training else 0.0
        return layers.dense(dropout.apply(pooled, rate, "pooled"), num_classes, "dense")
