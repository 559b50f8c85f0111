"""From token ids to vectors: start reading here.

    ids, mask, segments [B, T]
      -> embeddings      token + segment + position, normalized        [B, T, E]
      -> L layers        attention beside span convolution, feed-forward, or
                         another of the encoders by name                [B, T, H]

`config.py` says how wide and how deep, `encoders/` holds the layers, `heads.py` what
is predicted from the result. Shapes follow the glossary in `layers.py`.
"""

from typing import NamedTuple, Optional, Tuple

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import embeddings, encoders, layers


class Inputs(NamedTuple):
    """What every encoder reads.

    Attributes:
      ids: int32 Tensor, [B, T]; numbers of tokens in the vocabulary.
      mask: int32 Tensor, [B, T]; 1 for a token, 0 for padding.
      segments: int32 Tensor, [B, T]; 0 for the first text, 1 for the second.
    """

    ids: tf.Tensor
    mask: tf.Tensor
    segments: tf.Tensor


class EncoderOutput(NamedTuple):
    """What every encoder returns.

    Attributes:
      sequence: float Tensor, [B, T, H]; the last layer.
      pooled: float Tensor, [B, H]; its vector that has seen all tokens. That of the
        first token, [CLS], where every output sees both sides; of the last token
        where outputs see what is to their left; of both, half of the units each,
        where one half of the units sees what is to the left and the other the rest.
      layers: float Tensors, [B, T, H], one per layer; the last one is `sequence`.
      attention: float Tensors, [B, N, T, T], one per layer that attends; each row
        sums to 1, before dropout.
      token_table: float variable or Tensor, [V, E]; the token embeddings.
    """

    sequence: tf.Tensor
    pooled: tf.Tensor
    layers: Tuple[tf.Tensor, ...]
    attention: Tuple[tf.Tensor, ...]
    token_table: tf.Tensor


def encode(
    inputs: Inputs,
    config: config_lib.EncoderConfig,
    is_training: bool,
    scope: str = "electra",
    embeddings_scope: Optional[str] = None,
) -> EncoderOutput:
    """Turns tokens into vectors that know their context.

    A second call with the same scope uses the same variables.

    Args:
      inputs: `Inputs`; batch and length may be unknown until the graph runs.
      config: Architecture.
      is_training: Whether dropout is on.
      scope: Variable scope of the encoder.
      embeddings_scope: Variable scope of the embedding tables, `scope` by default.
        ELECTRA's generator reads the tables of its discriminator in this way; the
        projection to its own width stays in `scope`.

    Raises:
      ValueError: The sequences are longer than there are position embeddings, or
        the encoder cannot have the shape.
    """
    encoder = encoders.ENCODERS[config.encoder]
    encoder.check(config)
    if not is_training:
        config = config.without_dropout()
    with tf.variable_scope(embeddings_scope or scope, reuse=tf.AUTO_REUSE):
        embedded, token_table = embeddings.embed(inputs.ids, inputs.segments, config)
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        hidden_layers, attention = encoder.encode(embedded, inputs.mask, config)
    sequence = hidden_layers[-1]
    return EncoderOutput(
        sequence=sequence,
        pooled=pool(sequence, inputs.mask, encoder.sight(config)),
        layers=tuple(hidden_layers),
        attention=tuple(attention),
        token_table=token_table,
    )


def pool(sequence: tf.Tensor, mask: tf.Tensor, sight: str) -> tf.Tensor:
    """Returns the vector that has seen all tokens; [B, T, H] -> [B, H].

    Args:
      sequence: float Tensor, [B, T, H].
      mask: int32 Tensor, [B, T].
      sight: What each output has seen, one of those in `encoders`.
    """
    first = sequence[:, 0]
    if sight == encoders.BOTH:
        return first
    last_places = tf.maximum(tf.reduce_sum(mask, axis=1, keepdims=True) - 1, 0)
    last = layers.gather_positions(sequence, last_places)[:, 0]
    if sight == encoders.LEFT:
        return last
    half = layers.width(sequence) // 2
    return tf.concat([last[:, :half], first[:, half:]], axis=1)
