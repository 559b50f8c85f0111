"""Embeddings: token, segment and position, added up and normalized; or tokens alone."""

from typing import Any, Callable, Dict, Tuple

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
      token_table: float variable, [V, E]; with embedding_delta a Tensor.

    Raises:
      ValueError: T is known and larger than max_position_embeddings.
    """
    with tf.variable_scope("embeddings"):
        token_table = _token_table(config)
        summed = SUMS[config.embedding](token_table, ids, segments, config)
        embedded = layers.layer_norm(summed)
        embedded = dropout.apply(embedded, config.hidden_dropout_prob, "dropout")
    return embedded, token_table


def _token_table(config: config_lib.EncoderConfig) -> Any:
    """Returns the token table, [V, E].

    Gradient-disentangled sharing: the losses of a generator and a discriminator pull
    a shared table in different directions. The discriminator's reaches only a table
    of differences. See https://arxiv.org/abs/2111.09543, section 3.2.
    """
    table = _table("word_embeddings", config.vocab_size, config)
    if not config.embedding_delta:
        return table
    delta = tf.get_variable(
        "word_embeddings_delta",
        [config.vocab_size, config.embedding_size],
        initializer=tf.zeros_initializer(),
    )
    return tf.stop_gradient(table) + delta


def _token_segment_position(
    token_table: Any,
    ids: tf.Tensor,
    segments: tf.Tensor,
    config: config_lib.EncoderConfig,
) -> tf.Tensor:
    """Adds up the three rows of each token; [B, T, E]."""
    segment_table = _table("token_type_embeddings", config.type_vocab_size, config)
    position_table = _table(
        "position_embeddings", config.max_position_embeddings, config
    )
    tokens = tf.gather(token_table, ids)  # [B, T, E]
    # A product with the few segments: its gradient is one too, not a scatter.
    choice = tf.one_hot(tf.reshape(segments, [-1]), config.type_vocab_size)
    segments_embedded = tf.reshape(
        tf.matmul(choice, segment_table),
        layers.shape_list(ids) + [config.embedding_size],
    )
    length = checked_length(layers.shape_list(ids)[1], config)
    return tokens + segments_embedded + position_table[:length]


def _token_alone(
    token_table: Any,
    ids: tf.Tensor,
    segments: tf.Tensor,
    config: config_lib.EncoderConfig,
) -> tf.Tensor:
    """Looks up the row of each token; [B, T, E]."""
    del segments, config
    return tf.gather(token_table, ids)


SUMS: Dict[str, Callable[..., tf.Tensor]] = {
    config_lib.BERT_EMBEDDING: _token_segment_position,
    config_lib.WORD_EMBEDDING: _token_alone,
}


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


def checked_length(length: Any, config: config_lib.EncoderConfig) -> Any:
    """Returns a length for which there are positions.

    Args:
      length: T, an integer or an int32 scalar, which is checked when the graph runs.
      config: Architecture.

    Raises:
      ValueError: T is known and larger than max_position_embeddings.
    """
    limit = config.max_position_embeddings
    message = (
        "A sequence is longer than max_position_embeddings (%d); shorten the "
        "sequences (max_seq_length) or raise max_position_embeddings." % limit
    )
    if isinstance(length, int):
        if length > limit:
            raise ValueError("%s Got a length of %d." % (message, length))
        return length
    check = tf.debugging.assert_less_equal(length, limit, message=message)
    with tf.control_dependencies([check] if check is not None else []):
        return tf.identity(length)
