"""The best spans of a window, found in the graph.

Scores of all spans would be T x T numbers per record; what leaves the graph is the
few best with the characters that they stand for. Glossary: B records, T tokens, S
starts under consideration, A tokens of the longest answer, K spans that are kept.
"""

from typing import Dict, NamedTuple

import tensorflow.compat.v1 as tf

from model import layers

NOTHING = -1e9  # Score of what is no answer; sums of a few are still finite.


class View(NamedTuple):
    """What the tokens of a batch are.

    Attributes:
      is_passage: bool Tensor, [B, T]; belongs to the passage.
      is_answer: bool Tensor, [B, T]; belongs to it, or is [CLS], which stands for "no
        answer here".
      may_start: bool Tensor, [B, T]; an answer may start here: a token of the passage
        that no other window sees better.
    """

    is_passage: tf.Tensor
    is_answer: tf.Tensor
    may_start: tf.Tensor


class Spans(NamedTuple):
    """Some spans of each record, best first.

    Attributes:
      scores: float Tensor, [B, K]; NOTHING or less where there is no further span.
      starts: int32 Tensor, [B, K]; first token.
      ends: int32 Tensor, [B, K]; last token.
    """

    scores: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor


def view(features: Dict[str, tf.Tensor]) -> View:
    """Returns what the features of a batch say of its tokens."""
    length = layers.shape_list(features["input_ids"])[1]
    places = tf.range(length)[None]
    is_after_question = places >= features["context_start"][:, None]
    is_passage = is_after_question & (places < features["length"][:, None] - 1)
    is_first = tf.equal(places, 0)
    return View(
        is_passage=is_passage,
        is_answer=is_passage | is_first,
        may_start=is_passage & (features["is_max_context"] > 0),
    )


def allow(scores: tf.Tensor, is_allowed: tf.Tensor) -> tf.Tensor:
    """Returns scores that are beyond hope where something is not allowed."""
    return scores + NOTHING * (1.0 - tf.cast(is_allowed, tf.float32))


def of_band(
    starts: tf.Tensor, ends: tf.Tensor, max_answer_length: int, size: int
) -> Spans:
    """Returns the best spans where a span's score is a sum of two.

    All spans of at most A tokens are compared.

    Args:
      starts: float Tensor, [B, T]; score of an answer's first token.
      ends: float Tensor, [B, T]; score of its last.
      max_answer_length: A.
      size: K.
    """
    length = layers.shape_list(starts)[1]
    longer = tf.pad(ends, [[0, 0], [0, max_answer_length]], constant_values=NOTHING)
    shifted = [longer[:, more : more + length] for more in range(max_answer_length)]
    scores = starts[:, :, None] + tf.stack(shifted, axis=2)  # [B, T, A]
    best, places = _best(scores, size)
    first = places // max_answer_length
    last = tf.minimum(first + places % max_answer_length, length - 1)
    return Spans(best, first, last)


def of_beam(
    starts: tf.Tensor, scores: tf.Tensor, max_answer_length: int, size: int
) -> Spans:
    """Returns the best spans from some starts.

    Args:
      starts: int32 Tensor, [B, S]; first tokens.
      scores: float Tensor, [B, S, T]; of the span to each token.
      max_answer_length: A.
      size: K.
    """
    length = layers.shape_list(scores)[2]
    more = tf.range(length)[None, None] - starts[:, :, None]  # [B, S, T]
    scores = allow(scores, (more >= 0) & (more < max_answer_length))
    best, places = _best(scores, size)
    first = tf.gather(starts, places // length, batch_dims=1)
    return Spans(best, first, places % length)


def top(scores: tf.Tensor, size: int):
    """Returns the best of [B, N] and their places, [B, size], even if N is smaller.

    Places of what is not there are those of the last score.
    """
    longer = tf.pad(scores, [[0, 0], [0, size]], constant_values=NOTHING)
    best, places = tf.math.top_k(longer, size)
    return best, tf.minimum(places, layers.shape_list(scores)[1] - 1)


def outputs(spans: Spans, features: Dict[str, tf.Tensor]) -> Dict[str, tf.Tensor]:
    """Returns spans as scores and characters of the passage, [B, K] each.

    Where there is no further span, it ends before the first character.
    """
    is_there = tf.cast(spans.scores > 0.5 * NOTHING, tf.int32)
    return {
        "span_scores": spans.scores,
        "span_starts": is_there
        * tf.gather(features["char_starts"], spans.starts, batch_dims=1),
        "span_ends": is_there
        * tf.gather(features["char_ends"], spans.ends, batch_dims=1),
    }


def _best(scores: tf.Tensor, size: int):
    """[B, M, N] -> the best scores and their places in [M * N], [B, size] each."""
    batch_size, rows, columns = layers.shape_list(scores)
    return top(tf.reshape(scores, [batch_size, rows * columns]), size)
