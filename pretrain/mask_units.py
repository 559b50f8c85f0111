"""Draws of positions: of single tokens, of whole words, of spans of neighbours.

Glossary as in `pretrain/masking.py`. Candidates are the tokens that may be chosen. A
unit is a run of candidates that are chosen together; every token has the number of its
unit, which never falls from left to right.
"""

from typing import Tuple

import numpy as np
import tensorflow.compat.v1 as tf

TOKEN, WORD, SPAN = "token", "word", "span"
UNITS = (TOKEN, WORD, SPAN)
ROUNDS = 8  # Units that may be skipped, for being too large, in one example.


def draw_without_replacement(
    candidates: tf.Tensor, wanted: tf.Tensor, num_slots: int, keys: tf.Tensor
) -> Tuple[tf.Tensor, tf.Tensor]:
    """Draws distinct positions.

    The M largest of independent uniform keys are a uniform draw of M distinct
    positions; what is no candidate gets a key below every other.

    Args:
      candidates: bool [B, T].
      wanted: int32 [B]; how many to draw.
      num_slots: M.
      keys: float32 [B, T] in [0, 1).

    Returns:
      positions, int32 [B, M], and which of them are chosen, bool [B, M].
    """
    keys = tf.where(candidates, keys, -tf.ones_like(keys))
    _, positions = tf.math.top_k(keys, k=num_slots)
    num_candidates = tf.reduce_sum(tf.cast(candidates, tf.int32), axis=1)
    return positions, tf.sequence_mask(tf.minimum(wanted, num_candidates), num_slots)


def draw_with_replacement(
    candidates: tf.Tensor, wanted: tf.Tensor, draws: tf.Tensor
) -> Tuple[tf.Tensor, tf.Tensor]:
    """As `draw_without_replacement`, but each slot draws on its own.

    A position drawn by an earlier slot of the example leaves the later slot empty.

    Args:
      candidates: bool [B, T].
      wanted: int32 [B].
      draws: float32 [B, M] in [0, 1).
    """
    num_slots = int(draws.shape[1])
    num_candidates = tf.reduce_sum(tf.cast(candidates, tf.int32), axis=1)
    order = tf.argsort(1 - tf.cast(candidates, tf.int32), axis=1, stable=True)
    ranks = draws * tf.cast(num_candidates[:, None], tf.float32)
    ranks = tf.minimum(
        tf.cast(ranks, tf.int32), tf.maximum(num_candidates - 1, 0)[:, None]
    )
    positions = tf.gather(order, ranks, batch_dims=1)  # [B, M]
    is_same = tf.equal(positions[:, :, None], positions[:, None, :])  # [B, M, M]
    earlier = tf.linalg.band_part(tf.cast(is_same, tf.int32), -1, 0)
    is_first = tf.equal(tf.reduce_sum(earlier, axis=2), 1)  # Only itself.
    limit = tf.where(num_candidates > 0, wanted, tf.zeros_like(wanted))
    return positions, tf.sequence_mask(limit, num_slots) & is_first


def words(candidates: tf.Tensor, continues: tf.Tensor) -> tf.Tensor:
    """Returns the number of each token's word, int32 [B, T].

    Args:
      candidates: bool [B, T].
      continues: bool [B, T]; whether a token goes on with the word of the one before.
    """
    return _numbered(candidates, tf.logical_not(continues))


def span_lengths(uniform: tf.Tensor, prob: float, max_length: int) -> tf.Tensor:
    """Turns uniform numbers into lengths of spans, int32, in [1, max_length].

    P(length = k) is proportional to prob * (1 - prob)^(k - 1), as in SpanBERT,
    https://arxiv.org/abs/1907.10529, section 3.1.

    Args:
      uniform: float32 in [0, 1).
      prob: p of the geometric distribution.
      max_length: The longest span.
    """
    chances = prob * (1.0 - prob) ** np.arange(max_length)
    limits = np.cumsum(chances / chances.sum())[:-1].astype(np.float32)
    is_longer = uniform[..., None] >= limits
    return 1 + tf.reduce_sum(tf.cast(is_longer, tf.int32), axis=-1)


def spans(candidates: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Returns the number of each token's span, int32 [B, T].

    Spans follow one another from the first token on. One that meets what is no
    candidate ends there, and what is left of it is a span of its own.

    Args:
      candidates: bool [B, T].
      lengths: int32 [B, T], positive.
    """
    length = int(candidates.shape[1])
    ends = tf.cumsum(lengths, axis=1)  # Place after each span.
    places = tf.zeros_like(lengths) + tf.range(length)
    span = tf.searchsorted(ends, places, side="right")  # [B, T]
    is_first = tf.not_equal(span[:, 1:], span[:, :-1])
    return _numbered(candidates, _with_true(is_first))


def _numbered(candidates: tf.Tensor, is_first: tf.Tensor) -> tf.Tensor:
    """Counts the units: they start where is_first says and after what is none."""
    follows = _with_true(tf.logical_not(candidates[:, :-1]))
    starts = candidates & (is_first | follows)
    return tf.maximum(tf.cumsum(tf.cast(starts, tf.int32), axis=1) - 1, 0)


def _with_true(rest: tf.Tensor) -> tf.Tensor:
    """[B, T - 1] -> [B, T], True in front."""
    return tf.pad(rest, [[0, 0], [1, 0]], constant_values=True)


def draw_units(
    numbers: tf.Tensor,
    candidates: tf.Tensor,
    wanted: tf.Tensor,
    num_slots: int,
    keys: tf.Tensor,
) -> Tuple[tf.Tensor, tf.Tensor]:
    """Chooses whole units in random order, skipping those too large for what is left.

    Args:
      numbers: int32 [B, T]; of each token's unit.
      candidates: bool [B, T].
      wanted: int32 [B]; most tokens to choose, at most num_slots.
      num_slots: M.
      keys: float32 [B, T] in [0, 1); a random number per unit.

    Returns:
      positions, int32 [B, M], and which of them are chosen, bool [B, M].
    """
    keys = tf.gather(keys, numbers, batch_dims=1)
    keys = tf.where(candidates, keys, -tf.ones_like(keys))
    _, order = tf.math.top_k(keys, k=int(candidates.shape[1]))  # Stable: units whole.
    alive = tf.gather(candidates, order, batch_dims=1)
    unit = tf.gather(numbers, order, batch_dims=1)
    for _ in range(ROUNDS):
        fits = _fits(alive, unit, wanted)
        too_large = alive & tf.logical_not(fits)
        # The first unit too large is left out, so that those behind it move up.
        number = tf.cumsum(tf.cast(too_large & _is_first(unit), tf.int32), axis=1)
        alive &= tf.logical_not(too_large & tf.equal(number, 1))
    chosen = alive & _fits(alive, unit, wanted)
    _, slots = tf.math.top_k(tf.cast(chosen, tf.int32), k=num_slots)
    return (
        tf.gather(order, slots, batch_dims=1),
        tf.gather(chosen, slots, batch_dims=1),
    )


def _is_first(unit: tf.Tensor) -> tf.Tensor:
    """Bool [B, T]: the first token of each unit, in the order of the draw."""
    return _with_true(tf.not_equal(unit[:, 1:], unit[:, :-1]))


def _fits(alive: tf.Tensor, unit: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Bool [B, T]: whether all tokens up to the end of a token's unit are few enough.

    Within a unit the count of tokens so far rises to its end, so that a unit fits if
    none of its tokens is beyond the limit: no token of the same unit later is.
    """
    count = tf.cumsum(tf.cast(alive, tf.int32), axis=1)
    beyond = tf.cast(count > wanted[:, None], tf.int32)  # 0 ... 0 1 ... 1
    first_beyond = tf.reduce_sum(1 - beyond, axis=1, keepdims=True)  # [B, 1]
    last = int(unit.shape[1]) - 1
    unit_beyond = tf.gather(unit, tf.minimum(first_beyond, last), batch_dims=1)
    is_same = tf.equal(unit, unit_beyond) & (first_beyond <= last)
    return tf.equal(beyond, 0) & tf.logical_not(is_same)
