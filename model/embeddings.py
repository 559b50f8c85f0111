"""Embeddings: token, segment and position, added up and normalized."""

from typing import Any, Tuple

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import dropout, layers


def embed(
    ids: tf.Tensor, segments: tf.Tensor, config: config_lib.EncoderConfig
) -> Tuple[tf.Tensor, tf.Variable]:
    """Looks up the embeddings.

    Args:
      ids: int32 Tensor, [B, T].
      segments: int32 Tensor, [B, T].
      config: Architecture.

    Returns:
      embedded: float Tensor, [B, T, E].
      token_table: float variable, [V, E].

    Raises:
      ValueError: T is known and larger than max_position_embeddings.
    """
    size = config.embedding_size
    with tf.variable_scope("embeddings"):
        token_table = _table("word_embeddings", config.vocab_size, config)
        segment_table = _table("token_type_embeddings", config.type_vocab_size, config)
        position_table = _table(
            "position_embeddings", config.max_position_embeddings, config
        )
        tokens = tf.gather(token_table, ids)  # [B, T, E]
        # A product with the few segments: its gradient is one too, not a scatter.
        choice = tf.one_hot(tf.reshape(segments, [-1]), config.type_vocab_size)
        segments_embedded = tf.reshape(
            tf.matmul(choice, segment_table), layers.shape_list(ids) + [size]
        )
        positions = _first_positions(position_table, ids, config)  # [T, E]
        embedded = layers.layer_norm(tokens + segments_embedded + positions)
        embedded = dropout.apply(embedded, config.hidden_dropout_prob, "dropout")
    return embedded, token_table


def project(embedded: tf.Tensor, config: config_lib.EncoderConfig) -> tf.Tensor:
    """Widens the embeddings to the hidden size; [B, T, E] -> [B, T, H]."""
    if config.embedding_size == config.hidden_size:
        return embedded
    return layers.dense(embedded, config.hidden_size, "embeddings_project")


def _table(name: str, num_rows: int, config: config_lib.EncoderConfig) -> tf.Variable:
    return tf.get_variable(
        name,
        [num_rows, config.embedding_size],
        initializer=layers.normal(config.initializer_range),
    )


def _first_positions(
    table: Any, ids: tf.Tensor, config: config_lib.EncoderConfig
) -> tf.Tensor:
    """Returns the first T rows of the position table; [T, E]."""
    length = layers.shape_list(ids)[1]
    limit = config.max_position_embeddings
    message = (
        "A sequence is longer than max_position_embeddings (%d); shorten the "
        "sequences (max_seq_length) or raise max_position_embeddings." % limit
    )
    if isinstance(length, int):
        if length > limit:
            raise ValueError("%s Got a length of %d." % (message, length))
        return table[:length]
    check = tf.debugging.assert_less_equal(length, limit, message=message)
    with tf.control_dependencies([check] if check is not None else []):
        return table[: tf.identity(length)]
